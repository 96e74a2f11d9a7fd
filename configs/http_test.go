package configs

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// httpPools is a configuration with an [http] table in front.
func httpPools(http string, drivers ...string) string {
	var b strings.Builder
	b.WriteString("[http]\n" + http + "\n")
	for _, d := range drivers {
		b.WriteString("[coins." + d + "]\ndriver = \"" + d + "\"\n[pools." + d + "]\nparent = \"" + d + "\"\naddress = \"a\"\n[[pools." + d + ".listen]]\naddress = \"127.0.0.1:0\"\n")
	}
	return b.String()
}

func TestHTTPKeys(t *testing.T) {
	for name, c := range map[string]struct{ http, want string }{
		"nothing":             {``, ""},
		"all":                 {"stratum_host = \"pool.example.org\"\npublic_pool = \"bitcoin\"\noperator_token_file = \"f\"\noperator_plain = true", ""},
		"an address":          {`stratum_host = "2001:db8::1"`, ""},
		"off":                 {`public_pool = "off"`, ""},
		"a host with port":    {`stratum_host = "pool.example.org:3333"`, "http.stratum_host"},
		"a URL":               {`stratum_host = "https://pool.example.org"`, "http.stratum_host"},
		"no such pool":        {`public_pool = "btc"`, "expected one of bitcoin, litecoin"},
		"plain and no token":  {`operator_plain = true`, "http.operator_plain"},
		"a key that is wrong": {`operator_token = "x"`, "operator_token"},
	} {
		t.Run(name, func(t *testing.T) {
			c0, err := Parse("f.toml", []byte(httpPools(c.http, "bitcoin", "litecoin")))
			if err == nil {
				err = c0.Validate()
			}
			switch {
			case c.want == "" && err != nil:
				t.Errorf("got %v", err)
			case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
				t.Errorf("got %v, want something about %q", err, c.want)
			}
		})
	}
}

func TestWidgetPool(t *testing.T) {
	for name, c := range map[string]struct {
		http    string
		drivers []string
		want    string
	}{
		"the only one of Bitcoin's kind": {"", []string{"bitcoin", "litecoin"}, "bitcoin"},
		"none of it":                     {"", []string{"litecoin"}, ""},
		"two of it":                      {"", []string{"bitcoin", "bitcoincash"}, ""},
		"the named one of two":           {`public_pool = "bitcoincash"`, []string{"bitcoin", "bitcoincash"}, "bitcoincash"},
		"off":                            {`public_pool = "off"`, []string{"bitcoin"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			cfg, err := Parse("f.toml", []byte(httpPools(c.http, c.drivers...)))
			if err != nil {
				t.Fatal(err)
			}
			if got := cfg.WidgetPool(); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestOperatorToken(t *testing.T) {
	dir := t.TempDir()
	for name, c := range map[string]struct {
		text  string
		mode  os.FileMode
		token string
		words string
	}{
		"good":        {"0123456789abcdef\n", 0o600, "0123456789abcdef", ""},
		"short":       {"secret\n", 0o600, "", "at least 16"},
		"empty":       {"", 0o600, "", "at least 16"},
		"two lines":   {"0123456789abcdef\n0123456789abcdef\n", 0o600, "", "one line"},
		"everybody's": {"0123456789abcdef\n", 0o644, "", "chmod"},
		"none":        {"", 0, "", "cannot be read"},
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(dir, name)
			if c.mode != 0 {
				if err := os.WriteFile(file, []byte(c.text), c.mode); err != nil {
					t.Fatal(err)
				}
			}
			cfg := &Config{HTTP: HTTP{OperatorTokenFile: file}}
			got, err := cfg.OperatorToken()
			if got != c.token || (err == nil) != (c.words == "") || err != nil && !strings.Contains(err.Error(), c.words) {
				t.Errorf("got %q, %v; want %q, something about %q", got, err, c.token, c.words)
			}
		})
	}
}
