package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/internal/guidetest"
	"github.com/motherlode-pool/motherlode/internal/simchain"
	"github.com/motherlode-pool/motherlode/internal/simrsk"
	"github.com/motherlode-pool/motherlode/internal/testnode"
)

// Addresses of main networks: a hash of zeros, behind the version byte that the
// chain's own source has (0, 52, 63, 33 and 130).
const (
	mainBitcoin    = "1111111111111111111114oLvT2"
	mainNamecoin   = "MvaNCeVyvP6ZXYFWGpKaDX9ujEQ418F7sm"
	mainSyscoin    = "SMJ12qn9jNCCXJnTYRz5Yu9ZenERqvYwfg"
	mainElastos    = "EH9uVaqWRxHuzJbroqzX18yxmeW8XVJyV9"
	mainUnobtanium = "uJwR17kTJTEuKM8GBYJS3JPGpaVdSr7CW1"
)

// guideFile is the configuration of the guide to a public pool.
const guideFile = "/etc/motherlode/motherlode.toml"

// TestGuidePublicMain checks that file for the main networks, as it stands but for
// addresses, certificate and token.
func TestGuidePublicMain(t *testing.T) {
	t.Parallel()
	p := guidePlay(t,
		"YOUR-BITCOIN-ADDRESS", mainBitcoin, "YOUR-NAMECOIN-ADDRESS", mainNamecoin,
		"YOUR-SYSCOIN-ADDRESS", mainSyscoin, "YOUR-ELASTOS-ADDRESS", mainElastos,
		"YOUR-UNOBTANIUM-ADDRESS", mainUnobtanium,
	)
	p.Replace = append(p.Replace, mustGuideFiles(t, p.Dir)...)
	blocks, err := guidetest.Parse(mustRead(t, filepath.Join(guides, "public-pool.md")))
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range blocks {
		if b.Mark["file"] != guideFile {
			continue
		}
		file := filepath.Join(p.Dir, "motherlode.toml")
		if err := os.WriteFile(file, []byte(p.Here(b.Text)), 0o600); err != nil {
			t.Fatal(err)
		}
		if out, code := auditProcess(t, p.Dir, "check", file); code != 0 || !strings.Contains(out, "6 coins, 1 pool") {
			t.Errorf("exit code %d:\n%s", code, out)
		}
		if err := os.Remove(filepath.Join(p.Dir, "operator.token")); err != nil {
			t.Fatal(err)
		}
		if out, code := auditProcess(t, p.Dir, "check", file); code != 2 || !strings.Contains(out, "http.operator_token_file: cannot be read") {
			t.Errorf("without the operator's token: exit code %d:\n%s", code, out)
		}
		return
	}
	t.Fatal("the guide has no file " + guideFile)
}

// mustGuideFiles makes what the configuration names, and returns what to replace.
func mustGuideFiles(t *testing.T, dir string) []string {
	t.Helper()
	cert, key := mustCertificate(t, dir)
	token := filepath.Join(dir, "operator.token")
	if err := os.WriteFile(token, []byte("0123456789abcdef0123456789abcdef\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return []string{
		`"/etc/motherlode/cert.pem"`, fmt.Sprintf("%q", cert), `"/etc/motherlode/key.pem"`, fmt.Sprintf("%q", key),
		`"/etc/motherlode/operator.token"`, fmt.Sprintf("%q", token),
	}
}

// guideChain is a simulated node of the guide: where the guide has the real one.
type guideChain struct {
	name, url, access string
	cfg               simchain.Config
}

// TestGuidePublic runs docs/guides/public-pool.md on simulated nodes of all six
// chains, and mines a block of each, through the port with TLS as well.
func TestGuidePublic(t *testing.T) {
	notUnderRace(t)
	t.Parallel()
	const each8 = 0x201fffff
	chains := []guideChain{
		{"bitcoin", "http://127.0.0.1:8332", `user = "pool", password = "BTC-RPC-PASSWORD", zmq = "tcp://127.0.0.1:28332"`, simchain.Config{Parent: true, Bits: each8}},
		{"namecoin", "http://127.0.0.1:8336", `user = "pool", password = "NMC-RPC-PASSWORD", zmq = "tcp://127.0.0.1:28333"`, simchain.Config{ChainID: 1, Bits: each8}},
		{"syscoin", "http://127.0.0.1:8370", `user = "pool", password = "SYS-RPC-PASSWORD", zmq = "tcp://127.0.0.1:28334"`, simchain.Config{Dialect: simchain.Syscoin, ChainID: 16, Bits: each8, ParentEvery: 10}},
		{"elastos", "http://127.0.0.1:20336", `user = "pool", password = "ELA-RPC-PASSWORD"`, simchain.Config{Dialect: simchain.Elastos, ChainID: 1224, Bits: each8}},
		{"unobtanium", "http://127.0.0.1:65535", `user = "pool", password = "UNO-RPC-PASSWORD"`, simchain.Config{ChainID: 117, Bits: each8, PubKeyVersion: 130, ScriptVersion: 30}},
	}
	web, addr, secure := mustFreePort(t), mustFreePort(t), mustFreePort(t)
	p := guidePlay(t,
		"YOUR-BITCOIN-ADDRESS", testnode.AnyAddress, "YOUR-NAMECOIN-ADDRESS", testnode.AnyAddress, "YOUR-SYSCOIN-ADDRESS", testnode.AnyAddress,
		"YOUR-ELASTOS-ADDRESS", mainElastos, "YOUR-UNOBTANIUM-ADDRESS", mainUnobtanium,
		"0.0.0.0:3333", addr, "0.0.0.0:3443", secure, "0.0.0.0:3335", mustFreePort(t), "0.0.0.0:3334", mustFreePort(t), "127.0.0.1:8080", web,
	)
	p.Replace = append(p.Replace, mustGuideFiles(t, p.Dir)...)
	p.Replace = append(p.Replace, `"/var/lib/motherlode"`, fmt.Sprintf("%q", filepath.Join(p.Dir, "data")), guideFile, filepath.Join(p.Dir, "motherlode.toml"))
	for _, c := range chains {
		c.cfg.Name = c.name
		p.Replace = append(p.Replace, c.url, mustSim(t, c.cfg).URL(), c.access, `user = "u", password = "p"`)
	}
	rsk, err := simrsk.New(simrsk.Config{Target: [32]byte{0x1f, 0xff, 0xff}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { rsk.Close() })
	p.Replace = append(p.Replace, "http://127.0.0.1:4444", rsk.URL())
	for _, driver := range []string{"bitcoin", "namecoin", "syscoin", "elastos", "rsk", "auxpow"} {
		line := fmt.Sprintf("driver = %q", driver)
		p.Replace = append(p.Replace, line, line+"\nnetwork = \"regtest\"")
	}

	all := []string{"bitcoin", "namecoin", "syscoin", "elastos", "unobtanium", "rootstock"}
	p.Ready = func() bool { return fetchJSON("http://"+web+"/api/v1/pools", &struct{}{}) == nil }
	p.Steps = map[string]func(){
		"all chains are mined": func() {
			poll(t, "work of all chains", 60*time.Second, func() bool {
				return !strings.Contains(mustFetch(t, "http://"+web+"/status.txt"), "is not mined")
			})
		},
		"TLS": func() { mustTLS(t, secure) },
		"a block of every chain": func() {
			c := mustConnect(t, addr, testnode.AnyAddress+".rig")
			poll(t, "a block of every chain", 60*time.Second, func() bool {
				mustSubmit(t, c, testnode.AnyAddress+".rig")
				for _, chain := range all {
					if guideBlocks(web, chain, "accepted") == 0 {
						return false
					}
				}
				return true
			})
		},
	}
	p.Run(t, mustRead(t, filepath.Join(guides, "public-pool.md")))
}

// mustTLS wants an answer through TLS.
func mustTLS(t *testing.T, addr string) {
	t.Helper()
	conn, err := tls.DialWithDialer(&net.Dialer{Timeout: 10 * time.Second}, "tcp", addr, &tls.Config{InsecureSkipVerify: true})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
	if _, err := conn.Write([]byte(`{"id":1,"method":"mining.subscribe","params":[]}` + "\n")); err != nil {
		t.Fatal(err)
	}
	if n, err := conn.Read(make([]byte, 1000)); n == 0 || err != nil {
		t.Errorf("no answer to mining.subscribe: %v", err)
	}
}

// mustCertificate makes a certificate that signs itself, and its key.
func mustCertificate(t *testing.T, dir string) (cert, key string) {
	t.Helper()
	signer, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	from := x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{"pool.example.org"}, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, &from, &from, &signer.PublicKey, signer)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(signer)
	if err != nil {
		t.Fatal(err)
	}
	write := func(name, kind string, body []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: body}), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	return write("cert.pem", "CERTIFICATE", der), write("key.pem", "PRIVATE KEY", secret)
}
