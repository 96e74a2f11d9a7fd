package testpostgres

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// binaries is where Debian has the programs of each version.
const binaries = "/usr/lib/postgresql/*/bin/postgres"

const startWait = 60 * time.Second // on a machine under load

// Server is a running server.
type Server struct {
	dir  string // data, and the socket
	bin  string
	mu   sync.Mutex
	proc *exec.Cmd
	done chan struct{}
}

var shared struct {
	sync.Mutex
	server  *Server
	schemas atomic.Int64
}

// Must is the server of this process, started with the first call. The test is
// skipped where PostgreSQL is not installed.
func Must(t testing.TB) *Server {
	t.Helper()
	bin := newest()
	if bin == "" {
		t.Skip("skipped: Debian's package postgresql is not installed")
	}
	shared.Lock()
	defer shared.Unlock()
	if shared.server == nil {
		s, err := start(bin)
		if err != nil {
			t.Fatalf("starting %s: %v", bin, err)
		}
		shared.server = s
	}
	return shared.server
}

// Main is for TestMain: it runs the tests and stops the server, and is the exit
// code.
func Main(m *testing.M) int {
	defer func() {
		shared.Lock()
		defer shared.Unlock()
		if shared.server != nil {
			shared.server.Kill()
			os.RemoveAll(shared.server.dir)
		}
	}()
	return m.Run()
}

// newest is the folder of the newest version's programs.
func newest() (dir string) {
	files, _ := filepath.Glob(binaries)
	best := 0
	for _, f := range files {
		bin := filepath.Dir(f)
		if v, err := strconv.Atoi(filepath.Base(filepath.Dir(bin))); err == nil && v > best {
			best, dir = v, bin
		}
	}
	return dir
}

func start(bin string) (*Server, error) {
	base := os.TempDir()
	if os.Geteuid() == 0 {
		base = "/tmp" // which the other user can enter
	}
	dir, err := os.MkdirTemp(base, "pg") // short: a socket's path has 107 bytes
	if err != nil {
		return nil, err
	}
	s := &Server{dir: dir, bin: bin}
	if err := s.initialise(); err != nil {
		os.RemoveAll(dir)
		return nil, err
	}
	return s, nil
}

func (s *Server) initialise() error {
	if uid, gid, ok := account(); ok {
		if err := os.Chown(s.dir, uid, gid); err != nil {
			return err
		}
	}
	cmd := s.command("initdb", "-D", s.dir+"/data", "-A", "trust", "-U", "motherlode", "--no-sync", "--encoding=UTF8", "--no-locale")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	return s.Start()
}

// command runs a program of the server as the server's user.
func (s *Server) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(s.bin, name), args...)
	cmd.Dir = s.dir
	cmd.Env = []string{"LC_ALL=C", "PATH=" + os.Getenv("PATH")}
	cmd.SysProcAttr = &syscall.SysProcAttr{}
	dieWithParent(cmd.SysProcAttr)
	if uid, gid, ok := account(); ok {
		runAs(cmd.SysProcAttr, uid, gid)
	}
	return cmd
}

// account is the user that the server runs as, where it is not the present one.
func account() (uid, gid int, ok bool) {
	if os.Geteuid() != 0 {
		return 0, 0, false
	}
	for _, name := range []string{"postgres", "nobody"} {
		if u, err := user.Lookup(name); err == nil {
			uid, errUID := strconv.Atoi(u.Uid)
			gid, errGID := strconv.Atoi(u.Gid)
			return uid, gid, errUID == nil && errGID == nil
		}
	}
	return 0, 0, false
}

// Start starts the server after Kill, and waits until it answers.
func (s *Server) Start() error {
	end := time.Now().Add(startWait)
	for {
		output, err := s.launch(end)
		if err == nil {
			return nil
		}
		// Processes of the server before may take a moment to see that it is gone.
		if time.Now().After(end) {
			return fmt.Errorf("%w: %s", err, output)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// launch runs the server. The kernel kills it when the thread that started it
// ends, so that thread is kept.
func (s *Server) launch(end time.Time) (output string, err error) {
	var log strings.Builder
	cmd := s.command("postgres", "-D", s.dir+"/data", "-F", "-k", s.dir, "-c", "listen_addresses=", "-c", "full_page_writes=off",
		"-c", "shared_buffers=32MB", "-c", "max_connections=200", "-c", "log_min_messages=fatal")
	cmd.Stderr = &log
	cmd.WaitDelay = time.Second // its children have the pipe too
	started, done := make(chan error, 1), make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			cmd.Wait()
		}
	}()
	if err := <-started; err != nil {
		<-done
		return "", err
	}
	s.mu.Lock()
	s.proc, s.done = cmd, done
	s.mu.Unlock()
	for {
		if err = s.Exec("select 1"); err == nil {
			return "", nil
		}
		select {
		case <-done:
			return log.String(), errors.New("it has ended")
		case <-time.After(10 * time.Millisecond):
		}
		if time.Now().After(end) {
			s.Kill()
			return log.String(), err
		}
	}
}

// Kill ends the server as kill -9 does.
func (s *Server) Kill() {
	s.mu.Lock()
	proc, done := s.proc, s.done
	s.mu.Unlock()
	if proc != nil {
		proc.Process.Kill()
		<-done
	}
}

// Signal sends a signal to the server's main process.
func (s *Server) Signal(sig os.Signal) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.proc.Process.Signal(sig)
}

// URL is the connection string of a schema of a user's own.
func (s *Server) URL(schema string) string {
	return "postgres://motherlode@/postgres?host=" + s.dir + "&search_path=" + schema
}

// MustURL is the connection string of a schema that nobody has used.
func (s *Server) MustURL(testing.TB) string {
	return s.URL(fmt.Sprint("schema", shared.schemas.Add(1)))
}

// Exec runs a script as the server's superuser.
func (s *Server) Exec(sql string) error {
	ctx, cancel := context.WithTimeout(context.Background(), startWait)
	defer cancel()
	c, err := pgconn.Connect(ctx, s.URL("public"))
	if err != nil {
		return err
	}
	defer c.Close(ctx)
	return c.Exec(ctx, sql).Close()
}

// MustExec runs a script, or fails the test.
func (s *Server) MustExec(t testing.TB, sql string) {
	t.Helper()
	if err := s.Exec(sql); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

// MustQuery is the answer to a query, as text.
func (s *Server) MustQuery(t testing.TB, schema, sql string) (rows [][]string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), startWait)
	defer cancel()
	c, err := pgconn.Connect(ctx, s.URL(schema))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(context.Background())
	out := c.ExecParams(ctx, sql, nil, nil, nil, nil).Read()
	if out.Err != nil {
		t.Fatalf("%s: %v", sql, out.Err)
	}
	for _, raw := range out.Rows {
		var row []string
		for _, v := range raw {
			row = append(row, string(v))
		}
		rows = append(rows, row)
	}
	return rows
}
