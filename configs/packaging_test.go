package configs

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestPackagedFilesFitTogether: a configuration that ships in a package or an image is
// right but for the address and the password, and what stands beside it says the same
// ports and folders.
func TestPackagedFilesFitTogether(t *testing.T) {
	read := func(path string) string {
		text, err := os.ReadFile("../packaging/" + path)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	for file, beside := range map[string][]string{
		"debian/motherlode.toml": {"systemd/motherlode.service", "systemd/motherlode.socket"},
		"docker/motherlode.toml": {"docker/Dockerfile", "docker/compose.yml"},
	} {
		text := read(file)
		// What stands in comments is right too.
		for name, text := range map[string]string{"as it is": text, "with Namecoin": regexp.MustCompile(`(?m)^#( |$)([\[ a-z]*[=\[])`).ReplaceAllString(text, "$2")} {
			cfg, err := Parse(file, []byte(text))
			if err != nil {
				t.Errorf("%s, %s: %v", file, name, err)
				continue
			}
			if cfg.DataDir != "/var/lib/motherlode" || cfg.Pools["solo"].Listen[0].Address != "0.0.0.0:3333" {
				t.Errorf("%s: %+v", file, cfg)
			}
		}
		for _, other := range beside {
			if s := read(other); !strings.Contains(s, "3333") && !strings.Contains(s, "/var/lib/motherlode") {
				t.Errorf("%s has neither the port nor the folder of %s", other, file)
			}
		}
	}
	// The Prometheus of compose differs from the one that ships by its target alone.
	strip := func(s string) string {
		lines := strings.Split(s, "\n")
		lines = slices.DeleteFunc(lines, func(l string) bool { return strings.HasPrefix(l, "#") || l == "" })
		return strings.ReplaceAll(strings.Join(lines, "\n"), "127.0.0.1:8080", "motherlode:8080")
	}
	plain, err := os.ReadFile("prometheus/prometheus.yml")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := strip(read("docker/prometheus.yml")), strip(string(plain)); got != want {
		t.Errorf("packaging/docker/prometheus.yml:\n%s\nwant:\n%s", got, want)
	}
}
