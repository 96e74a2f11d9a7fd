package notify

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"
)

const (
	memoryVersion = 1
	rememberFor   = 8 * 24 * time.Hour // a block that did not change for so long; all chains' rewards mature sooner
	day           = 24 * time.Hour
	maxQueue      = 1000 // notices that wait for one hook
	maxPayments   = 1000 // whose states are remembered
)

// memory is what was told and what waits to be told: all that is kept in the file.
type memory struct {
	Version  int                    `json:"version"`
	Since    time.Time              `json:"since"` // what changed before, and is not below, is not told
	Blocks   map[string]toldBlock   `json:"blocks"`
	Payments map[uint64]string      `json:"payments"` // state that was last seen
	Watches  map[string]*watch      `json:"watches"`
	Workers  map[string]*workerSeen `json:"workers"`
	Bests    map[string]toldBest    `json:"bests"`
	Queues   map[string]*queue      `json:"queues"` // by hook
}

// toldBlock is what was told of a block.
type toldBlock struct {
	State string    `json:"state"`
	Found bool      `json:"found"` // that it was found
	At    time.Time `json:"at"`    // when it came to the state
}

// toldBest is the best share that was told, and when.
type toldBest struct {
	Difficulty float64   `json:"difficulty"`
	At         time.Time `json:"at"`
}

// queue is what waits for one hook, oldest first.
type queue struct {
	Waiting []waiting `json:"waiting"`
	Left    int       `json:"left_out"` // for which there was no room, since the last message
}

type waiting struct {
	Since  time.Time `json:"since"`
	Notice Notice    `json:"notice"`
}

func newMemory(now time.Time) *memory {
	m := &memory{Version: memoryVersion, Since: now}
	m.complete()
	return m
}

// complete makes the maps that a file may lack.
func (m *memory) complete() {
	if m.Blocks == nil {
		m.Blocks = map[string]toldBlock{}
	}
	if m.Payments == nil {
		m.Payments = map[uint64]string{}
	}
	if m.Watches == nil {
		m.Watches = map[string]*watch{}
	}
	if m.Workers == nil {
		m.Workers = map[string]*workerSeen{}
	}
	if m.Bests == nil {
		m.Bests = map[string]toldBest{}
	}
	if m.Queues == nil {
		m.Queues = map[string]*queue{}
	}
}

// loadMemory reads the file, which need not be there. With an error, which says what
// became of the file, the memory begins now.
func loadMemory(path string, now time.Time) (*memory, error) {
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return newMemory(now), nil
	}
	if err != nil {
		return newMemory(now), err
	}
	var m memory
	if err = json.Unmarshal(raw, &m); err == nil && m.Version != memoryVersion {
		err = fmt.Errorf("version %d, expected %d", m.Version, memoryVersion)
	}
	if err != nil {
		aside := path + ".damaged"
		return newMemory(now), errors.Join(fmt.Errorf("%s cannot be used and is kept as %s: %w", path, aside, err), os.Rename(path, aside))
	}
	m.complete()
	for key, w := range m.Watches {
		if w == nil {
			delete(m.Watches, key)
		}
	}
	for key, w := range m.Workers {
		if w == nil {
			delete(m.Workers, key)
		}
	}
	return &m, nil
}

// forget drops what is too old to matter.
func (m *memory) forget(now time.Time) {
	old := now.Add(-rememberFor)
	if m.Since.Before(old.Add(-day)) { // by days, so that the file need not be written each time
		m.Since = old
		for key, b := range m.Blocks {
			if b.At.Before(old) {
				delete(m.Blocks, key)
			}
		}
	}
	for key, w := range m.Watches {
		if w.Looked.IsZero() {
			w.Looked = now // it was read from the file and may be of something that is no more
		}
		if w.forgotten(now) {
			delete(m.Watches, key)
		}
	}
	for key, w := range m.Workers {
		if w.Last.Before(old) {
			delete(m.Workers, key)
		}
	}
	if n := len(m.Payments) - maxPayments; n > 0 {
		ids := make([]uint64, 0, len(m.Payments))
		for id := range m.Payments {
			ids = append(ids, id)
		}
		slices.Sort(ids)
		for _, id := range ids[:n] {
			delete(m.Payments, id)
		}
	}
}

// push adds a notice. Where there is no room the oldest goes that is not about money,
// and fit is false.
func (q *queue) push(now time.Time, n Notice) (fit bool) {
	if slices.ContainsFunc(q.Waiting, func(w waiting) bool { return w.Notice.ID == n.ID }) {
		return true
	}
	if fit = len(q.Waiting) < maxQueue; !fit {
		i := max(0, slices.IndexFunc(q.Waiting, func(w waiting) bool { return !infoOf(w.Notice.Kind).keep }))
		q.Waiting = slices.Delete(q.Waiting, i, i+1)
		q.Left++
	}
	q.Waiting = append(q.Waiting, waiting{now, n})
	return fit
}

// writeFile replaces a file as a whole: after a crash it is the old or the new one.
func writeFile(path string, data []byte) error {
	dir := filepath.Dir(path)
	f, err := os.CreateTemp(dir, filepath.Base(path)+".new-") // mode 0600
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	err = errors.Join(err, f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}
