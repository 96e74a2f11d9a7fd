package main

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"net"
	"strings"
	"testing"
)

// Two outputs to keys, one to a script, one of data, by hand.
const (
	keyOutput     = "00f2052a01000000" + "160014" + "751e76e8199196d454941c45d1b3a323f1433bd6"
	taprootOutput = "0065cd1d00000000" + "225120" + "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"
	oldOutput     = "0100000000000000" + "1976a914" + "751e76e8199196d454941c45d1b3a323f1433bd6" + "88ac"
	dataOutput    = "0000000000000000" + "026a00"
	coinbaseHead  = "02000000" + "01" + "0000000000000000000000000000000000000000000000000000000000000000ffffffff"
)

// servePool answers one miner as a pool does.
func servePool(t *testing.T, lines ...string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		in := bufio.NewScanner(conn)
		for _, line := range lines {
			if strings.Contains(line, `"id":`) && !strings.Contains(line, `"id":null`) && !in.Scan() {
				return
			}
			if _, err := conn.Write([]byte(line + "\n")); err != nil {
				return
			}
		}
		in.Scan()
	}()
	return l.Addr().String()
}

func TestStratumCoinbase(t *testing.T) {
	subscribed := `{"id":1,"result":[[["mining.notify","1"]],"aabbccdd",8],"error":null}`
	admitted := `{"id":2,"result":true,"error":null}`
	tail := "ffffffff" + "04" + keyOutput + taprootOutput + oldOutput + dataOutput + "00000000"
	notify := `{"id":null,"method":"mining.notify","params":["1","00","` + coinbaseHead + "0e0151" + `","` + tail + `",[],"20000000","207fffff","00000000",true]}`
	for _, x := range []struct {
		name, user string
		lines      []string
		want       []string
		failure    string
	}{
		{"a witness address", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4.rig", []string{subscribed, admitted, notify}, []string{
			"50.00000000  bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4   <- yours",
			"5.00000000  bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0\n",
			"0.00000001  key hash 751e76e8", "data 00", "4 outputs", "yours: 50.00000000, which is 90.9091 % of the block",
		}, ""},
		{"an old address", "1BgGZ9tcN4rm9KBzDn7KprQz87SZ26SAMH", []string{subscribed, admitted, notify}, []string{
			"0.00000001  1BgGZ9tcN4rm9KBzDn7KprQz87SZ26SAMH   <- yours", "yours: 0.00000001",
		}, ""},
		{"not in it", "ltc1qw508d6qejxtdg4y5r3zarvary0c5xw7kgmn4n9", []string{subscribed, admitted, strings.ReplaceAll(notify, keyOutput, taprootOutput)}, []string{
			"none of them is yours",
		}, ""},
		{"another form", "bitcoincash:qp63uahgrxged4z5jswyt5dn5v3lzsem6cy4spdc2h", []string{subscribed, admitted, notify}, []string{"is no address of a form"}, ""},
		{"refused", "x", []string{subscribed, `{"id":2,"result":null,"error":[24,"no address",null]}`}, nil, "no address"},
		{"cut short", "x", []string{subscribed, admitted, strings.Replace(notify, dataOutput+"00000000", "", 1)}, nil, "cut short"},
		{"no coinbase", "x", []string{subscribed, admitted, `{"id":null,"method":"mining.notify","params":["1"]}`}, nil, "have no coinbase"},
		{"no JSON", "x", []string{"hello"}, nil, "no JSON"},
	} {
		t.Run(x.name, func(t *testing.T) {
			var out bytes.Buffer
			c := stratumCoinbase{user: x.user, password: "x", agent: "test", decimals: 8}
			err := c.run(t.Context(), "stratum+tcp://"+servePool(t, x.lines...), &out)
			if x.failure != "" {
				if err == nil || !strings.Contains(err.Error(), x.failure) {
					t.Errorf("got %v, want %q", err, x.failure)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			for _, want := range x.want {
				if !strings.Contains(out.String(), want) {
					t.Errorf("%q is missing in\n%s", want, out.String())
				}
			}
		})
	}
	for _, url := range []string{"nowhere", "http://127.0.0.1:1"} {
		if err := (&stratumCoinbase{user: "x", decimals: 8}).run(t.Context(), url, &bytes.Buffer{}); err == nil {
			t.Errorf("%s: no error", url)
		}
	}
}

func FuzzCoinbaseOutputs(f *testing.F) {
	whole, err := hex.DecodeString(coinbaseHead + "0151" + "ffffffff" + "02" + keyOutput + dataOutput + "00000000")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(whole)
	f.Fuzz(func(t *testing.T, raw []byte) {
		outs, err := coinbaseOutputs(raw)
		if err == nil && len(outs)*9 > len(raw) {
			t.Errorf("%d outputs of %d bytes", len(outs), len(raw))
		}
		showCoinbase(&bytes.Buffer{}, outs, "1BgGZ9tcN4rm9KBzDn7KprQz87SZ26SAMH", len(raw), 8)
	})
}
