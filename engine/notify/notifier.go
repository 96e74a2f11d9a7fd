package notify

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/motherlode-pool/motherlode/engine/status"
)

// How often is looked.
const (
	lookEvery    = 5 * time.Second
	moneyEvery   = 15 * time.Second
	workersEvery = 30 * time.Second
	saveEvery    = time.Minute // what may be lost: times of workers
)

// Defaults of Options.
const (
	DefaultDownAfter    = time.Minute
	DefaultWorkerSilent = 10 * time.Minute
)

// Options are what a Notifier is made of.
type Options struct {
	Logger *slog.Logger
	File   string // what was told, and what waits; see the package comment
	Source Source
	Hooks  []Hook // names differ

	DownAfter    time.Duration // a state must last so long; 0 is DefaultDownAfter
	WorkerSilent time.Duration // a worker that sent nothing for so long is down; 0 is DefaultWorkerSilent
}

// Notifier tells hooks what happens. Its methods are safe for concurrent use.
type Notifier struct {
	o     Options
	log   *slog.Logger
	hooks []*hook
	wake  chan struct{} // of one: blocks changed

	changed changedBlocks

	made time.Time // where there is no file, what was before is not told

	// Of Run's own goroutine.
	started             time.Time
	poolsGood           map[string]time.Time // since when a pool's miners have had work
	poolsBad            map[string]bool
	nextMoney, nextWork time.Time
	nextSave            time.Time
	scanFailed          bool // the log has it

	mu     sync.Mutex // never held while anything is read, written or sent
	memory *memory
	dirty  bool // memory differs from the file

	saving     sync.Mutex
	saveFailed bool   // behind saving
	saved      []byte // behind saving: what is in the file
}

// New makes a Notifier. It does no I/O.
func New(o Options) *Notifier {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.DownAfter <= 0 {
		o.DownAfter = DefaultDownAfter
	}
	if o.WorkerSilent <= 0 {
		o.WorkerSilent = DefaultWorkerSilent
	}
	n := &Notifier{
		o: o, log: o.Logger, wake: make(chan struct{}, 1), poolsGood: map[string]time.Time{}, poolsBad: map[string]bool{},
		made: time.Now().Truncate(time.Millisecond), // as blocks and payments have it
	}
	n.memory = newMemory(n.made)
	for _, h := range o.Hooks {
		if h.PerHour <= 0 {
			h.PerHour = 1
		}
		n.hooks = append(n.hooks, &hook{Hook: h, wake: make(chan struct{}, 1), queue: &queue{}})
	}
	return n
}

// Run tells the hooks until ctx ends. What is not delivered then waits in the file.
func (n *Notifier) Run(ctx context.Context) error {
	select { // before, another process may still have the folder
	case <-ctx.Done():
		return nil
	case <-n.o.Source.Ready():
	}
	n.load()
	var hooks sync.WaitGroup
	defer func() {
		hooks.Wait()
		n.save()
	}()
	for _, h := range n.hooks {
		hooks.Go(func() { n.serve(ctx, h) })
	}
	n.started = time.Now()
	n.changed.missed() // what came before this process
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		n.blocks(ctx)
		n.saveIfDirty()
		select {
		case <-ctx.Done():
			return nil
		case <-n.wake:
		case <-tick.C:
			n.look(time.Now())
		}
	}
}

// look looks at all that has to be asked for.
func (n *Notifier) look(now time.Time) {
	n.states(now)
	if !now.Before(n.nextMoney) {
		n.nextMoney = now.Add(moneyEvery)
		n.payments(now)
	}
	if !now.Before(n.nextWork) {
		n.nextWork = now.Add(workersEvery)
		n.workers(now)
		n.bests(now)
	}
	if !now.Before(n.nextSave) {
		n.nextSave = now.Add(saveEvery)
		n.mu.Lock()
		n.memory.forget(now)
		n.dirty = true
		n.mu.Unlock()
	}
}

// load reads the file. Queues of hooks that are no longer there go.
func (n *Notifier) load() {
	m, err := loadMemory(n.o.File, n.made)
	if err != nil {
		n.log.Warn("what hooks were told cannot be read: nothing from before this start is told", "error", err)
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	old := m.Queues
	m.Queues = map[string]*queue{}
	for _, h := range n.hooks {
		if q := old[h.Name]; q != nil {
			h.queue = q
		}
		m.Queues[h.Name] = h.queue
	}
	n.memory, n.dirty = m, true
}

// tell queues a notice for the hooks that want it. mu is held.
func (n *Notifier) tell(now time.Time, notice Notice) {
	notice = notice.finish()
	n.dirty = true
	for _, h := range n.hooks {
		if !h.wants(&notice) {
			continue
		}
		if !h.queue.push(now, notice) {
			h.noRoom++
		}
		select {
		case h.wake <- struct{}{}:
		default:
		}
	}
}

// wanted reports whether any hook hears of an event.
func (n *Notifier) wanted(event Kind) bool {
	for _, h := range n.hooks {
		if h.hears(event) {
			return true
		}
	}
	return false
}

func (n *Notifier) saveIfDirty() {
	n.mu.Lock()
	dirty := n.dirty
	n.mu.Unlock()
	if dirty {
		n.save()
	}
}

// save writes the file. Where that fails the hooks are told all the same.
func (n *Notifier) save() {
	n.saving.Lock()
	defer n.saving.Unlock()
	n.mu.Lock()
	data, err := json.Marshal(n.memory)
	n.dirty = false
	n.mu.Unlock()
	if err == nil && bytes.Equal(data, n.saved) {
		return
	}
	if err == nil {
		err = writeFile(n.o.File, data)
	}
	if n.saved = data; err != nil {
		n.saved = nil
	}
	if err != nil && !n.saveFailed {
		n.log.Warn("what hooks were told cannot be written: after a restart they may be told again", "file", n.o.File, "error", err)
	}
	n.saveFailed = err != nil
}

// View is how the hooks are, in the order of the configuration.
func (n *Notifier) View() []status.Hook {
	n.mu.Lock()
	defer n.mu.Unlock()
	out := make([]status.Hook, 0, len(n.hooks))
	for _, h := range n.hooks {
		row := status.Hook{
			Name: h.Name, Kind: h.Kind, To: h.Sender.String(), Sent: h.sent, Failed: h.failed, GivenUp: h.givenUp,
			Waiting: len(h.queue.Waiting), LastSent: h.lastSent, Problem: h.problem,
			Messages: h.messages, Refused: h.refused, Retries: h.retries, TooOld: h.tooOld, NoRoom: h.noRoom,
		}
		for _, w := range h.queue.Waiting { // what lost its place to an older one of money is not in order
			if row.Oldest.IsZero() || w.Since.Before(row.Oldest) {
				row.Oldest = w.Since
			}
		}
		out = append(out, row)
	}
	return out
}

// Try sends a test notice to a hook and returns the receiver's words.
func Try(ctx context.Context, h Hook) (answer string, err error) {
	if h.Sender == nil {
		return "", errors.New("hook has no sender")
	}
	now := time.Now()
	notice := Notice{
		ID: idOf("test", h.Name, now.String()), Kind: Test, Time: now, Title: "Motherlode: a test",
		Text: "This is a test of the hook \"" + h.Name + "\". Nothing has happened.",
	}
	ctx, cancel := context.WithTimeout(ctx, sendWait)
	defer cancel()
	return h.Sender.Send(ctx, &Message{ID: notice.ID, Notices: []Notice{notice.finish()}})
}
