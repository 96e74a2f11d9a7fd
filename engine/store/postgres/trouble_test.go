package postgres

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/engine/store"
	"github.com/motherlode-pool/motherlode/internal/testpostgres"
)

var bucketName = []byte("b")

func mustNew(t *testing.T, url string, o Options) *Store {
	t.Helper()
	s, err := New(url, o)
	if err != nil {
		t.Fatal(err)
	}
	s.lockWait = 300 * time.Millisecond
	t.Cleanup(func() { s.Close() })
	return s
}

func put(s *Store, value string) error {
	return s.Update(func(tx store.Tx) error {
		if err := tx.MakeBucket(bucketName); err != nil {
			return err
		}
		return tx.Bucket(bucketName).Put([]byte("k"), []byte(value))
	})
}

func mustPut(t *testing.T, s *Store, value string) {
	t.Helper()
	if err := put(s, value); err != nil {
		t.Fatal(err)
	}
}

// get reads by a View and by an Update, which must agree.
func get(t *testing.T, s *Store) (value string) {
	t.Helper()
	var inUpdate string
	read := func(to *string) func(store.Tx) error {
		return func(tx store.Tx) error {
			*to = string(tx.Bucket(bucketName).Get([]byte("k")))
			return nil
		}
	}
	if err := errors.Join(s.View(read(&value)), s.Update(read(&inUpdate))); err != nil {
		t.Fatal(err)
	}
	if value != inUpdate {
		t.Errorf("a View reads %q, an Update %q", value, inUpdate)
	}
	return value
}

// terminate ends the connections of the stores, as an operator may.
func terminate(t *testing.T, server *testpostgres.Server) {
	t.Helper()
	server.MustExec(t, "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'motherlode'")
}

// TestLostConnection has the next Update fail and the one after it succeed; Views
// go on at once.
func TestLostConnection(t *testing.T) {
	server := testpostgres.Must(t)
	s := mustNew(t, server.MustURL(t), Options{})
	mustPut(t, s, "1")
	if got := get(t, s); got != "1" {
		t.Fatal(got)
	}
	terminate(t, server)
	if err := s.View(func(tx store.Tx) error { tx.Bucket(bucketName).Get(nil); return nil }); err != nil {
		t.Errorf("View: %v", err)
	}
	if err := put(s, "2"); !errors.Is(err, store.ErrFailed) {
		t.Errorf("got %v, want ErrFailed", err)
	}
	mustPut(t, s, "3")
	if got := get(t, s); got != "3" {
		t.Errorf("got %q, want 3", got)
	}
}

// TestServerIsDown sees errors that say so, at once, and none of what was computed
// of empty answers.
func TestServerIsDown(t *testing.T) {
	server := testpostgres.Must(t)
	s := mustNew(t, server.MustURL(t), Options{})
	mustPut(t, s, "1")
	s.cache.young, s.cache.whole = map[rowID]kept{}, map[int32]bool{} // so that rows are asked for
	server.Kill()
	wrong := errors.New("computed of nothing")
	read := func(tx store.Tx) error {
		if tx.Bucket(bucketName).Get([]byte("k")) == nil {
			return wrong
		}
		return nil
	}
	for _, err := range []error{s.Update(read), s.Update(read), s.View(read), s.View(read)} {
		if !errors.Is(err, store.ErrFailed) || errors.Is(err, wrong) {
			t.Errorf("got %v, want ErrFailed", err)
		}
	}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	mustPut(t, s, "2")
	time.Sleep(restAfter)
	if got := get(t, s); got != "2" {
		t.Errorf("got %q, want 2", got)
	}
}

// TestAnotherWriter takes the lock while a store's connection is lost: the store
// writes nothing any more, and does not believe the database either.
func TestAnotherWriter(t *testing.T) {
	server := testpostgres.Must(t)
	url := server.MustURL(t)
	s := mustNew(t, url, Options{})
	mustPut(t, s, "1")
	terminate(t, server)
	other := mustNew(t, url, Options{})
	mustPut(t, other, "other")
	for range 2 {
		if err := put(s, "2"); !errors.Is(err, store.ErrFailed) {
			t.Errorf("while the other has it: got %v, want ErrFailed", err)
		}
	}
	other.Close()
	if err := put(s, "3"); !errors.Is(err, store.ErrFailed) || !errors.Is(err, ErrForeign) {
		t.Errorf("after it: got %v, want ErrForeign", err)
	}
	if err := s.View(func(tx store.Tx) error { tx.Bucket(bucketName).Get([]byte("k")); return nil }); !errors.Is(err, store.ErrFailed) {
		t.Errorf("View: got %v, want ErrFailed", err)
	}
	if got := get(t, mustNew(t, url, Options{})); got != "other" {
		t.Errorf("got %q, want the other's", got)
	}
}

// TestOnlyTheTokenGuards has another writer that holds no lock: the commit itself
// must find out.
func TestOnlyTheTokenGuards(t *testing.T) {
	server := testpostgres.Must(t)
	url := server.MustURL(t)
	s := mustNew(t, url, Options{})
	mustPut(t, s, "1")
	server.MustExec(t, "update "+s.schema+".owner set writer = 'x'")
	if err := put(s, "2"); !errors.Is(err, ErrForeign) || !errors.Is(err, store.ErrFailed) {
		t.Errorf("got %v, want ErrForeign", err)
	}
	rows := server.MustQuery(t, "public", "select convert_from(value, 'UTF8') from "+s.schema+".rows")
	if len(rows) != 1 || rows[0][0] != "1" {
		t.Errorf("got %v, want 1", rows)
	}
}

// TestServerWentBack takes commits away, as a copy that is put in place does: Views
// refuse what lacks them until an Update has been there.
func TestServerWentBack(t *testing.T) {
	server := testpostgres.Must(t)
	s := mustNew(t, server.MustURL(t), Options{})
	mustPut(t, s, "1")
	server.MustExec(t, "update "+s.schema+".owner set commits = commits - 1")
	if err := s.View(func(tx store.Tx) error { tx.Bucket(bucketName).Get([]byte("k")); return nil }); !errors.Is(err, errBack) {
		t.Errorf("View: got %v, want errBack", err)
	}
}

// TestLayouts opens a database of an older layout, which is brought up to date with
// its rows, and refuses one of a newer.
func TestLayouts(t *testing.T) {
	server := testpostgres.Must(t)
	url := server.MustURL(t)
	s := mustNew(t, url, Options{})
	mustPut(t, s, "1")
	s.Close()

	next := append(layouts[:len(layouts):len(layouts)], "alter table SCHEMA.rows add column extra integer;")
	s = mustNew(t, url, Options{})
	s.layouts = next
	if got := get(t, s); got != "1" {
		t.Errorf("got %q, want 1", got)
	}
	mustPut(t, s, "2")
	s.Close()
	if rows := server.MustQuery(t, "public", "select layout from "+s.schema+".owner"); rows[0][0] != "2" {
		t.Errorf("layout: got %v, want 2", rows)
	}
	s = mustNew(t, url, Options{})
	if err := put(s, "3"); !errors.Is(err, ErrNewer) || errors.Is(err, store.ErrFailed) {
		t.Errorf("got %v, want ErrNewer", err)
	}
	if err := mustNew(t, url, Options{}).View(func(tx store.Tx) error { tx.Bucket(bucketName); return nil }); !errors.Is(err, ErrNewer) {
		t.Errorf("View: got %v, want ErrNewer", err)
	}
	if _, err := Check(url); !errors.Is(err, ErrNewer) {
		t.Errorf("Check: got %v, want ErrNewer", err)
	}

	s = mustNew(t, server.MustURL(t), Options{}) // a step that fails leaves nothing
	s.layouts = append(layouts[:len(layouts):len(layouts)], "no sql;")
	if err := put(s, "1"); !errors.Is(err, store.ErrFailed) {
		t.Errorf("got %v, want ErrFailed", err)
	}
	s.layouts = layouts
	mustPut(t, s, "1")
}

// TestSetup runs a script once, again when it has changed, and lives without it.
func TestSetup(t *testing.T) {
	server := testpostgres.Must(t)
	url := server.MustURL(t)
	var log bytes.Buffer
	for _, c := range []struct{ script, want, logged string }{
		{"create view SCHEMA.v as select 1", "1", ""},
		{"create view SCHEMA.v as select 1", "1", ""},
		{"create or replace view SCHEMA.v as select 2", "2", ""},
		{"create or replace view SCHEMA.v as nonsense", "2", "views could not be made"},
	} {
		log.Reset()
		s := mustNew(t, url, Options{Setup: c.script, Logger: slog.New(slog.NewTextHandler(&log, nil))})
		mustPut(t, s, "1")
		s.Close()
		if got := server.MustQuery(t, "public", "select * from "+s.schema+".v")[0][0]; got != c.want {
			t.Errorf("%s: got %s", c.script, got)
		}
		if (log.Len() > 0) != (c.logged != "") || !strings.Contains(log.String(), c.logged) {
			t.Errorf("%s: logged %s", c.script, log.String())
		}
	}
}

func TestConnectionString(t *testing.T) {
	for _, c := range []struct{ url, schema, fails string }{
		{"postgres://u@/d?host=/run/postgresql", `"motherlode"`, ""},
		{"postgres://u@/d?search_path=pool2", `"pool2"`, ""},
		{"postgres://u@/d?search_path=a,b", "", "no single schema"},
		{"postgres://u:secret@h/d?sslmode=what", "", "sslmode"},
		{"postgres://u:secret@h:port/d", "", "port"},
	} {
		s, err := New(c.url, Options{})
		if c.fails == "" && (err != nil || s.schema != c.schema) {
			t.Errorf("%s: got %v", c.url, err)
		}
		if c.fails != "" && (err == nil || !strings.Contains(err.Error(), c.fails) || strings.Contains(err.Error(), "u:secret")) {
			t.Errorf("%s: got %v, want %q and no password", c.url, err, c.fails)
		}
	}
}

func TestCheck(t *testing.T) {
	server := testpostgres.Must(t)
	url := server.MustURL(t)
	want := func(what string) {
		t.Helper()
		if a, err := Check(url); err != nil || !strings.Contains(a.String(), what) {
			t.Errorf("got %v, %v; want %q", a, err, what)
		}
	}
	want("is not used yet")
	for _, wrong := range []string{strings.Replace(url, "motherlode@", "nobody:secret@", 1), strings.Replace(url, "/postgres?", "/nothing?", 1)} {
		_, err := Check(wrong)
		if !errors.Is(err, store.ErrFailed) || !strings.Contains(fmt.Sprint(err), "lets nobody in") || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: got %v", wrong, err)
		}
	}
	s := mustNew(t, url, Options{})
	mustPut(t, s, "1")
	want("is in use by a running pool")
	s.Close()
	for end := time.Now().Add(20 * time.Second); ; { // the server lets go of the lock a little after the connection's end
		if a, err := Check(url); err == nil && strings.Contains(a.String(), "is not in use now") {
			break
		} else if time.Now().After(end) {
			t.Fatalf("got %v, %v long after the end", a, err)
		}
		time.Sleep(5 * time.Millisecond)
	}
	if _, err := Check("postgres://u:secret@/d?host=/nowhere"); !errors.Is(err, store.ErrFailed) || strings.Contains(err.Error(), "secret") {
		t.Errorf("got %v, want ErrFailed without the password", err)
	}
}
