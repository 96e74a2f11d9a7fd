package main

import (
	"bufio"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/internal/simchain"
	"github.com/motherlode-pool/motherlode/internal/testminer"
	"github.com/motherlode-pool/motherlode/stratum/leases"
)

const (
	resumeMiners = 2000
	resumeLimit  = 60 * time.Second // for all to be back; it takes a second or two
)

// idler is a miner that logs in and does nothing.
type idler struct {
	conn            net.Conn
	session, extra1 string
}

// login connects as the session that i was before, when it was one.
func (i *idler) login(addr, user string) error {
	conn, err := net.DialTimeout("tcp", addr, 30*time.Second)
	if err != nil {
		return err
	}
	i.conn = conn
	conn.SetDeadline(time.Now().Add(60 * time.Second))
	fmt.Fprintf(conn, `{"id":1,"method":"mining.subscribe","params":["idler","%s"]}`+"\n"+`{"id":2,"method":"mining.authorize","params":["%s","x"]}`+"\n", i.session, user)
	in := bufio.NewReaderSize(conn, 512)
	line, err := in.ReadBytes('\n')
	if err != nil {
		return err
	}
	var m struct {
		Result []json.RawMessage
	}
	var pairs [][2]string
	if err := json.Unmarshal(line, &m); err != nil || len(m.Result) != 3 {
		return fmt.Errorf("subscribe: %s", line)
	}
	if err := json.Unmarshal(m.Result[0], &pairs); err != nil {
		return err
	}
	i.session = pairs[1][1]
	if err := json.Unmarshal(m.Result[1], &i.extra1); err != nil {
		return err
	}
	_, err = in.ReadBytes('\n') // authorized
	return err
}

// storm logs all in, some at a time, and returns how long that took.
func storm(t *testing.T, addr string, all []idler) time.Duration {
	t.Helper()
	begin := time.Now()
	var group sync.WaitGroup
	const lanes = 32
	for lane := range lanes {
		group.Go(func() {
			for i := lane; i < len(all); i += lanes {
				if err := all[i].login(addr, fmt.Sprintf("%s.idler%d", demoAddress, i)); err != nil {
					t.Errorf("miner %d: %v", i, err)
					return
				}
			}
		})
	}
	group.Wait()
	return time.Since(begin)
}

// TestMinersResumeAfterAKill kills the built binary below two thousand miners:
// when it runs again they come back with the extranonce1 that they had.
func TestMinersResumeAfterAKill(t *testing.T) {
	t.Parallel()
	parent := mustSim(t, simchain.Config{Name: "parent", Parent: true, Bits: killParent})
	addr, data := mustFreePort(t), filepath.Join(t.TempDir(), "data")
	file := mustWrite(t, killConfig(data, addr, parent))

	p := mustStart(t, "run", file)
	miner := mustConnect(t, addr, demoAddress)
	mineOne(t, miner)
	all := make([]idler, resumeMiners)
	storm(t, addr, all)
	poll(t, "the sessions to be kept", 10*time.Second, func() bool { return keptSessions(t, filepath.Join(data, "sessions", "p")) > resumeMiners })
	p.kill()
	values := map[string]int{hex.EncodeToString(miner.Extranonce): -1}
	for i := range all {
		all[i].conn.Close()
		if other, twice := values[all[i].extra1]; twice {
			t.Fatalf("miners %d and %d both had extranonce1 %s", i, other, all[i].extra1)
		}
		values[all[i].extra1] = i
	}

	mustStart(t, "run", file)
	fresh := mustConnect(t, addr, demoAddress) // nobody's old value, though it comes first
	if i, had := values[hex.EncodeToString(fresh.Extranonce)]; had {
		t.Errorf("a new miner got extranonce1 %x, which is miner %d's", fresh.Extranonce, i)
	}
	back, err := testminer.Resume(addr, "sha256d", demoAddress, miner.Session)
	if err != nil {
		t.Fatal(err)
	}
	defer back.Close()
	if string(back.Extranonce) != string(miner.Extranonce) || back.Session != miner.Session {
		t.Errorf("session %s came back as %s with extranonce1 %x, want %x", miner.Session, back.Session, back.Extranonce, miner.Extranonce)
	}
	mineOne(t, back)

	before := make([]idler, len(all))
	copy(before, all)
	took := storm(t, addr, all)
	for i := range all {
		all[i].conn.Close()
		if all[i].session != before[i].session || all[i].extra1 != before[i].extra1 {
			t.Errorf("miner %d came back as %s with %s, want %s with %s", i, all[i].session, all[i].extra1, before[i].session, before[i].extra1)
		}
	}
	t.Logf("%d miners were back after %v", resumeMiners, took)
	if took > resumeLimit {
		t.Errorf("that is more than %v", resumeLimit)
	}
}

// mineOne mines one share, which must be accepted.
func mineOne(t *testing.T, c *testminer.Client) {
	t.Helper()
	s, err := c.Solve(demoAddress)
	if err != nil {
		t.Fatal(err)
	}
	r, err := c.Call("mining.submit", s.Params...)
	if err != nil || !r.OK() {
		t.Fatalf("share: %s, %v", r, err)
	}
}

// keptSessions is how many sessions a copy of the file says, as it would be read
// after a kill now.
func keptSessions(t *testing.T, path string) int {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		return 0
	}
	file := filepath.Join(t.TempDir(), "copy")
	if err := os.WriteFile(file, b, 0o600); err != nil {
		t.Fatal(err)
	}
	store := leases.New(file)
	defer store.Close()
	k, err := store.Load()
	if err != nil {
		t.Fatal(err)
	}
	return len(k.Leases)
}
