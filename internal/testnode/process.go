package testnode

import (
	"os/exec"
	"runtime"
	"sync"
)

// keptOutput is how much of a node's last words is kept for an error.
const keptOutput = 4096

// process is a running program.
type process struct {
	cmd  *exec.Cmd
	tail tail
	done chan struct{} // closed when it has ended
}

// run starts a program. The kernel kills it when the thread that started it
// ends, so that thread is kept for as long as the program runs.
func run(file string, args []string, dir string) (*process, error) {
	p := &process{cmd: exec.Command(file, args...), done: make(chan struct{})}
	p.cmd.Dir = dir
	p.cmd.Stdout, p.cmd.Stderr = &p.tail, &p.tail
	ownLife(p.cmd)
	started := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		defer close(p.done)
		err := p.cmd.Start()
		started <- err
		if err == nil {
			p.cmd.Wait()
		}
	}()
	if err := <-started; err != nil {
		<-p.done
		return nil, err
	}
	return p, nil
}

func (p *process) kill() {
	p.cmd.Process.Kill()
	<-p.done
}

func (p *process) output() string { return p.tail.String() }

// tail keeps the end of what is written to it.
type tail struct {
	mu sync.Mutex
	b  []byte
}

func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.b = append(t.b, b...)
	if extra := len(t.b) - keptOutput; extra > 0 {
		t.b = append(t.b[:0], t.b[extra:]...)
	}
	return len(b), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.b)
}
