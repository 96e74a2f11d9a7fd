//go:build unix

package postgres

import (
	"errors"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/engine/store"
	"github.com/motherlode-pool/motherlode/internal/testnode"
	"github.com/motherlode-pool/motherlode/internal/testpostgres"
)

// TestHangingServer stops the server, with an idle connection that a View tries
// first: the View and Check end within the time of one question.
func TestHangingServer(t *testing.T) {
	server := testpostgres.Must(t)
	url := server.MustURL(t)
	s := mustNew(t, url, Options{})
	mustPut(t, s, "1")
	if got := get(t, s); got != "1" { // leaves an idle connection
		t.Fatal(got)
	}
	hang(t, server, s)
	var group sync.WaitGroup
	within := func(what string, ask func() error) {
		group.Go(func() {
			begun := time.Now()
			err := ask()
			if took := time.Since(begun); took > viewWait+4*time.Second || !errors.Is(err, store.ErrFailed) {
				t.Errorf("%s: got %v after %v, want ErrFailed within %v", what, err, took, viewWait)
			}
		})
	}
	for range 2 * maxViews { // more than there are places
		within("View", func() error {
			return s.View(func(tx store.Tx) error { tx.Bucket(bucketName).Get([]byte("k")); return nil })
		})
	}
	within("Check", func() error { _, err := Check(url); return err })
	group.Wait()
}

// hang stops the server's main process, which takes no connections any more, and the
// processes that serve the idle connections of the store.
func hang(t *testing.T, server *testpostgres.Server, s *Store) {
	t.Helper()
	stopped := []int{}
	t.Cleanup(func() {
		if err := server.Signal(syscall.SIGCONT); err != nil {
			t.Error(err)
		}
		for _, pid := range stopped {
			_ = syscall.Kill(pid, syscall.SIGCONT) // it may have ended
		}
	})
	for _, c := range append(s.idle[:len(s.idle):len(s.idle)], s.conn) {
		pid := int(c.pg.PID())
		stopped = append(stopped, pid)
		testnode.MustPause(t, pid)
	}
	if err := server.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
}

// TestCloseOfHangingServer has an Update wait for an answer: Close ends it, and
// what comes later fails as it does while the server is down.
func TestCloseOfHangingServer(t *testing.T) {
	server := testpostgres.Must(t)
	s := mustNew(t, server.MustURL(t), Options{})
	mustPut(t, s, "1")
	get(t, s)
	hang(t, server, s)
	begun := time.Now()
	failed := make(chan error, 1)
	waits := make(chan struct{})
	go func() {
		failed <- s.Update(func(tx store.Tx) error {
			close(waits)
			return tx.Bucket(bucketName).Put([]byte("k"), []byte("2"))
		})
	}()
	<-waits
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if err := <-failed; !errors.Is(err, store.ErrFailed) {
		t.Errorf("Update: got %v, want ErrFailed", err)
	}
	if took := time.Since(begun); took > closeWait+3*time.Second {
		t.Errorf("Close took %v, want %v", took, closeWait)
	}
	if err := put(s, "3"); !errors.Is(err, store.ErrFailed) {
		t.Errorf("after Close: got %v, want ErrFailed", err)
	}
}
