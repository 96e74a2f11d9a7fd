package convert_test

import (
	"strings"
	"testing"

	"github.com/motherlode-pool/motherlode/configs/convert"
)

// The files for monitors go on where ckpool has written them, unless that is where the
// new pool has its own.
func TestFilesOfCKPoolGoOn(t *testing.T) {
	for name, c := range map[string]struct{ logdir, want string }{
		"a folder":           {`, "logdir": "/var/log/ckpool/"`, "/var/log/ckpool/"},
		"none":               {``, ""},
		"data_dir":           {`, "logdir": "./data/"`, ""},
		"within data_dir":    {`, "logdir": "data/shares"`, ""},
		"not within, a like": {`, "logdir": "database"`, "database"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := convert.Convert("ckpool.conf", []byte(`{"btcd": [{"url": "127.0.0.1:8332"}], "btcaddress": "bc1q"`+c.logdir+`}`), convert.Options{Format: convert.CKPool})
			if err != nil {
				t.Fatal(err)
			}
			if files := mustParse(t, got.TOML).Pools["ckpool"].CKPoolFiles; files != c.want {
				t.Errorf("got %q, want %q", files, c.want)
			}
			if left := strings.Contains(got.TOML, "# logdir: is the folder of this program's own files"); left != (c.want == "" && c.logdir != "") {
				t.Errorf("named as left: %t\n%s", left, got.TOML)
			}
		})
	}
}

// A path that was relative to where the other pool was started is said to be another
// one now.
func TestRelativePaths(t *testing.T) {
	const note = "is taken from the folder of the new configuration, and the other pool took it from the one that it was started in: write the whole path"
	for name, c := range map[string]struct{ text, key, file string }{
		"folder of ckpool":        {`{"btcd": [{"url": "a:1"}], "logdir": "logs"}`, "logdir", "logs"},
		"cookie of ckpool":        {`{"btcd": [{"url": "a:1"}, {"url": "b:1", "cookie": "../.cookie"}]}`, "btcd[1].cookie", "../.cookie"},
		"cookie of public-pool":   {"BITCOIN_RPC_URL=http://a\nBITCOIN_RPC_PORT=1\nBITCOIN_RPC_COOKIEFILE=c/.cookie\n", "BITCOIN_RPC_COOKIEFILE", "c/.cookie"},
		"whole paths of ckpool":   {`{"btcd": [{"url": "a:1", "cookie": "/c/.cookie"}], "logdir": "/var/log/ckpool"}`, "", ""},
		"whole path, public-pool": {"BITCOIN_RPC_URL=http://a\nBITCOIN_RPC_PORT=1\nBITCOIN_RPC_COOKIEFILE=/c/.cookie\n", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := convert.Convert("f", []byte(c.text), convert.Options{})
			if err != nil {
				t.Fatal(err)
			}
			var said []convert.Note
			for _, n := range got.Carried {
				if strings.Contains(n.Text, note) {
					said = append(said, n)
				}
			}
			switch {
			case c.key == "" && len(said) > 0:
				t.Errorf("got %v", said)
			case c.key != "" && (len(said) != 1 || said[0].Key != c.key || !strings.Contains(said[0].Text, `"`+c.file+`"`)):
				t.Errorf("got %v, want one of %s", said, c.key)
			}
			if in := strings.Contains(got.TOML, "write the whole"); in != (c.key != "") {
				t.Errorf("in the file: %t\n%s", in, got.TOML)
			}
		})
	}
}
