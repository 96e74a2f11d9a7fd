package main

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/internal/guidetest"
	"github.com/motherlode-pool/motherlode/internal/testnode"
)

// guides is where the guides are.
const guides = "../../docs/guides"

// TestGuidesNameWhatThereIs holds every command line of README, docs and guides
// against the program, and follows their links.
func TestGuidesNameWhatThereIs(t *testing.T) {
	files := []string{"../../README.md", "../../packaging/README.md"}
	for _, pattern := range []string{"../../docs/*.md", guides + "/*.md"} {
		more, err := filepath.Glob(pattern)
		if err != nil || len(more) == 0 {
			t.Fatalf("%s: %d files, %v", pattern, len(more), err)
		}
		files = append(files, more...)
	}
	p := guidetest.Program{Name: "motherlode", Root: newRoot}
	for _, file := range files {
		for _, fault := range p.CheckText(mustRead(t, file)) {
			t.Errorf("%s: %v", strings.TrimPrefix(file, "../../"), fault)
		}
		for _, fault := range guidetest.CheckLinks(file) {
			t.Errorf("%s: %v", strings.TrimPrefix(file, "../../"), fault)
		}
	}
}

// guideCommands are the command lines under a heading of the second level.
func guideCommands(t *testing.T, path, heading string) (lines []string) {
	t.Helper()
	section, err := guidetest.Section(mustRead(t, path), heading)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	blocks, err := guidetest.Parse(section)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	for _, b := range blocks {
		if b.Lang == "sh" {
			lines = append(lines, guidetest.Lines(b.Text)...)
		}
	}
	if len(lines) == 0 {
		t.Fatalf("%s has no commands under %q", path, heading)
	}
	return lines
}

// notUnderRace leaves a guide to the other run of the tests: it is played with the
// program as its users have it, in many processes.
func notUnderRace(t *testing.T) {
	t.Helper()
	if raceEnabled {
		t.Skip("many processes under the race detector take a minute: the other run of the tests has done it")
	}
}

// guidePlay is a guide in a folder of its own, with the program under its name.
func guidePlay(t *testing.T, replace ...string) *guidetest.Play {
	t.Helper()
	dir, err := os.MkdirTemp("", "mlguide") // a socket's path is short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Mkdir(filepath.Join(dir, "bin"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(mustBinary(t), filepath.Join(dir, "bin", "motherlode")); err != nil {
		t.Fatal(err)
	}
	return &guidetest.Play{
		Dir:     dir,
		Env:     []string{"HOME=" + dir, "XDG_DATA_HOME=", "PATH=" + filepath.Join(dir, "bin") + ":" + os.Getenv("PATH")},
		Replace: replace,
	}
}

// TestGuideSolo mines a block as docs/guides/solo.md says, on a real btcd.
func TestGuideSolo(t *testing.T) {
	notUnderRace(t)
	t.Parallel()
	node := testnode.MustBTCD(t)
	web, addr := mustFreePort(t), mustFreePort(t)
	p := guidePlay(t,
		"http://127.0.0.1:8332 --cookie ~/.bitcoin/.cookie", node.URL+" --cookie cookie",
		"--zmq tcp://127.0.0.1:28332", "",
		"bc1qYOURADDRESS --http", testnode.MiningAddress+" --listen "+addr+" --http",
		"0.0.0.0:3333", addr, "127.0.0.1:3333", addr, "0.0.0.0:8080", web, "127.0.0.1:8080", web,
		"network main", "network regtest",
		"--threads 1", "--threads 1 --rate 20", // on this chain every second try is a block
	)
	if err := os.WriteFile(filepath.Join(p.Dir, "cookie"), []byte(node.User+":"+node.Password), 0o600); err != nil {
		t.Fatal(err)
	}
	p.Steps = map[string]func(){"the dashboard knows the device": func() {
		var account struct {
			Pools []struct {
				Best *struct{ Difficulty float64 } `json:"best_share"`
			}
		}
		poll(t, "a best share of the device", 60*time.Second, func() bool {
			return fetchJSON("http://"+web+"/api/v1/accounts/bitaxe", &account) == nil &&
				len(account.Pools) == 1 && account.Pools[0].Best != nil && account.Pools[0].Best.Difficulty > 0
		})
		if page := string(mustGet(t, "http://"+web+"/")); !strings.Contains(page, "<title>") {
			t.Errorf("the dashboard: %s", page)
		}
	}}
	p.Run(t, mustRead(t, filepath.Join(guides, "solo.md")))
}

// TestGuideOdds computes the table of docs/guides/solo.md again.
func TestGuideOdds(t *testing.T) {
	section, err := guidetest.Section(mustRead(t, filepath.Join(guides, "solo.md")), "What the odds are")
	if err != nil {
		t.Fatal(err)
	}
	const difficulty, hashes, day = 100e12, 1 << 32, 86400.0
	units := map[string]float64{"kH/s": 1e3, "MH/s": 1e6, "GH/s": 1e9, "TH/s": 1e12}
	rows := 0
	for line := range strings.Lines(section) {
		cells := strings.Split(line, "|")
		if len(cells) != 6 {
			continue
		}
		rate, unit, ok := strings.Cut(strings.TrimSpace(cells[2]), " ")
		if !ok || units[unit] == 0 {
			continue // the heading
		}
		rows++
		seconds := difficulty * hashes / (guideNumber(t, rate) * units[unit])
		for _, x := range []struct {
			cell string
			want float64
		}{{strings.TrimPrefix(strings.TrimSpace(cells[3]), "1 in "), seconds / day}, {strings.TrimSuffix(strings.TrimSpace(cells[4]), " years"), seconds / day / 365.25}} {
			if got := guideNumber(t, x.cell); math.Abs(got-x.want) > 0.05*x.want {
				t.Errorf("%s: the guide says %g, it is %g", strings.TrimSpace(cells[1]), got, x.want)
			}
		}
	}
	if rows != 3 {
		t.Errorf("%d rows, want 3", rows)
	}
}

func guideNumber(t *testing.T, text string) float64 {
	t.Helper()
	n, err := strconv.ParseFloat(strings.ReplaceAll(text, ",", ""), 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// fetchJSON asks an HTTP address for JSON.
func fetchJSON(url string, into any) error {
	reply, err := http.Get(url)
	if err != nil {
		return err
	}
	defer reply.Body.Close()
	if reply.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", url, reply.Status)
	}
	return json.NewDecoder(reply.Body).Decode(into)
}
