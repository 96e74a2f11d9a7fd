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
