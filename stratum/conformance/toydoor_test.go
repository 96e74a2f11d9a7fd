package conformance

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"math/big"
	"net"
	"strings"
	"testing"
	"time"
)

// mustCertificate is a self-signed certificate.
func mustCertificate(t *testing.T) *tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	from := x509.Certificate{SerialNumber: big.NewInt(now.UnixNano()), NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, &from, &from, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// overTLS speaks TLS, with the certificate that there is at the time.
func (y *toy) overTLS(l net.Listener) net.Listener {
	cfg := &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
		y.mu.Lock()
		defer y.mu.Unlock()
		return y.certificate, nil
	}}
	if y.is("old TLS") {
		cfg.MinVersion = tls.VersionTLS10
	}
	return tls.NewListener(l, cfg)
}

// readProxy takes the header of the PROXY protocol that a connection may begin
// with.
func (s *toySession) readProxy(in *bufio.Reader) {
	from := ""
	head, _ := in.Peek(12)
	switch {
	case strings.HasPrefix(string(head), "PROXY "):
		text, _ := in.ReadString('\n')
		if fields := strings.Fields(text); len(fields) > 2 {
			from = fields[2]
		}
	case strings.HasPrefix(string(head), "\r\n\r\n\x00"):
		head, _ = in.Peek(28)
		if len(head) == 28 {
			from = net.IP(head[16:20]).String()
		}
		_, _ = in.Discard(28)
	}
	if from != "" && !s.toy.is("proxy header not heard") {
		s.toy.mu.Lock()
		s.from = from
		s.toy.mu.Unlock()
	}
}

// serves reports whether a session counts as one of an address.
func (y *toy) serves(address string) bool {
	y.mu.Lock()
	defer y.mu.Unlock()
	for s := range y.live {
		if s.from == address {
			return true
		}
	}
	return false
}
