package sharelog

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Day is the part of the log that was written on one day of UTC. The days in
// their order, put behind each other, are the log without the headers of its
// segments.
type Day struct {
	Date   string // 2026-11-20
	First  Position
	Size   int64
	SHA256 [sha256.Size]byte
	Ended  bool // a later day has begun: it changes no more
}

// Days finds where in a log its days begin, by reading it once and following it.
//
// A write, which is what one acknowledgement of the log covers, is of the day of
// its first record's time, and of no earlier day than the write before it: a clock
// that is set back begins no day again. One that was once far ahead has all that
// follows counted to that day, until its date has come.
//
// Of a log whose start was retired before NewDays the first day is none: where it
// began, and so what it had in all, is no longer known.
type Days struct {
	log   *Log
	from  Position // where reading began
	hurry chan struct{}

	mu      sync.Mutex
	days    []Day    // up to at; never changed, only replaced
	at      Position // up to where the log was read
	failed  error
	changed chan struct{} // closed when the others change

	read atomic.Uint64 // bytes read so far, for people
}

// begun is the day that is being written.
type begun struct {
	date  string
	first Position
	sum   hash.Hash
}

// daysPause is how long Days lets the log grow before it reads on, unless someone
// asks.
const daysPause = 30 * time.Second

// NewDays makes the days of a log. It does no I/O.
func NewDays(log *Log) *Days {
	start := log.Start()
	return &Days{log: log, from: start, at: start, hurry: make(chan struct{}, 1), changed: make(chan struct{})}
}

// Run reads the log and follows it until ctx ends (nil), the log is closed (nil)
// or cannot be read. It is called once.
func (d *Days) Run(ctx context.Context) error {
	w := &dayReader{days: d, pos: d.at, hashed: d.at}
	defer w.close()
	pause := time.NewTimer(0)
	defer pause.Stop()
	for ctx.Err() == nil {
		err := w.read(ctx)
		d.note(w, err)
		if err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return fmt.Errorf("days of the share log: %w", err)
		}
		pause.Reset(daysPause)
		select {
		case <-ctx.Done():
		case <-pause.C:
		case <-d.hurry:
		}
		if err := d.log.Wait(ctx, w.pos); errors.Is(err, ErrClosed) {
			return nil
		}
	}
	return nil
}

// note publishes the days up to where the log was read.
func (d *Days) note(w *dayReader, err error) {
	days := w.list()
	d.mu.Lock()
	defer d.mu.Unlock()
	d.days, d.at, d.failed = days, w.pos, err
	close(d.changed)
	d.changed = make(chan struct{})
}

// List is the days up to what the log holds now; it waits for Run to come there.
// Where ctx ends before, the error says how far it is.
func (d *Days) List(ctx context.Context) ([]Day, error) {
	end := d.log.End()
	for {
		d.mu.Lock()
		at, failed, changed := d.at, d.failed, d.changed
		if failed == nil && at >= end {
			defer d.mu.Unlock()
			return d.kept(), nil
		}
		d.mu.Unlock()
		if failed != nil {
			return nil, failed
		}
		select {
		case d.hurry <- struct{}{}:
		default:
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("%w: %d of %d bytes so far", ErrReading, d.read.Load(), end-d.log.Start())
		case <-changed:
		}
	}
}

// ErrReading says that the log is still being read.
const ErrReading Error = "the share log is being read for its days"

// kept is the days that are kept whole. The caller holds mu.
func (d *Days) kept() []Day {
	start := d.log.Start()
	for i := range d.days {
		first := d.days[i].First
		whole := first > d.from || first == 0 // else what was before reading began may be of the same day
		if first >= start && whole {
			return d.days[i:]
		}
	}
	return nil
}

// Section is the part of the log that is a day's.
func (d *Days) Section(one *Day) *Section {
	return d.log.Section(one.First, one.First+Position(one.Size))
}

// dayReader is Run's walk through the log.
type dayReader struct {
	days    *Days
	ended   []Day
	current *begun
	pos     Position // of buf
	hashed  Position // up to where current.sum goes
	buf     []byte
	memory  []byte
	section *Section
	decoder decoder
}

func (w *dayReader) close() {
	if w.section != nil {
		w.section.Close()
	}
}

// read goes to the present end of the log, which is that of a write.
func (w *dayReader) read(ctx context.Context) error {
	end := w.days.log.End()
	w.close()
	w.section = w.days.log.Section(w.pos, end)
	if w.memory == nil {
		w.memory = make([]byte, 0, readAhead)
	}
	w.buf = w.memory[:0]
	for w.pos < end {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := w.fill(end); err != nil {
			return err
		}
		start := w.pos
		if err := w.walk(); err != nil {
			return err
		}
		w.days.read.Add(uint64(w.pos - start))
		if w.pos == start && len(w.buf) == int(end-w.pos) {
			return fmt.Errorf("%w: a frame at position %d does not end", ErrCorrupt, w.pos)
		}
	}
	return nil
}

// fill reads more behind buf.
func (w *dayReader) fill(end Position) error {
	have := len(w.buf)
	want := int(min(uint64(end-w.pos), uint64(max(readAhead, 2*have))))
	if cap(w.memory) < want {
		w.memory = make([]byte, 0, want)
	}
	copy(w.memory[:have], w.buf)
	w.buf = w.memory[:want]
	_, err := io.ReadFull(w.section, w.buf[have:])
	return err
}

// walk passes over the whole frames in buf. A mark goes with the frame behind it,
// whose time it has.
func (w *dayReader) walk() error {
	start, at := w.pos, 0
	for {
		n, short, wrong := checkFrame(w.buf[at:])
		if short {
			break
		}
		next := 0
		if wrong == "" && w.buf[at+frameKind] == byte(kindMark) {
			if !markAt(w.buf[at:at+n], start+Position(at)) {
				wrong = "mark of a write is of another place"
			} else if next, short, wrong = checkFrame(w.buf[at+n:]); short {
				break
			}
		}
		if wrong != "" {
			return fmt.Errorf("%w: at position %d: %s", ErrCorrupt, start+Position(at), wrong)
		}
		if next > 0 {
			frame := w.buf[at+n : at+n+next]
			w.turn(start+Position(at), Kind(frame[frameKind])&^moreFollow, frame[frameHead:], w.buf[:at])
		}
		at += n + next
	}
	w.add(w.buf[:at])
	w.buf, w.pos = w.buf[at:], w.pos+Position(at)
	return nil
}

// add hashes what of buf's start is not hashed yet.
func (w *dayReader) add(buf []byte) {
	if skip := int(w.hashed - w.pos); w.current != nil && skip < len(buf) {
		w.current.sum.Write(buf[skip:])
	}
	w.hashed = max(w.hashed, w.pos+Position(len(buf)))
}

// turn begins a new day at a write, where its first record is of a later one.
func (w *dayReader) turn(at Position, k Kind, payload, before []byte) {
	date := "1970-01-01" // also of a record of a later version
	if rec, ok := w.decoder.decode(k, payload); ok {
		if text := time.UnixMilli(rec.When()).UTC().Format(time.DateOnly); len(text) == len(date) {
			date = text
		}
	}
	if w.current != nil && date <= w.current.date {
		return
	}
	w.add(before)
	if w.current != nil {
		w.ended = append(w.ended, w.current.day(at, true))
	}
	w.current = &begun{date: date, first: at, sum: sha256.New()}
}

// day is the day up to end, where it has been hashed to.
func (b *begun) day(end Position, ended bool) Day {
	one := Day{Date: b.date, First: b.first, Size: int64(end - b.first), Ended: ended}
	b.sum.Sum(one.SHA256[:0])
	return one
}

// list is all days up to where the log was read.
func (w *dayReader) list() []Day {
	all := slices.Clone(w.ended)
	if w.current != nil {
		all = append(all, w.current.day(w.pos, false))
	}
	return all
}

// When is the time that the record is of, in Unix milliseconds.
func (r *Record) When() int64 {
	switch r.Kind {
	case KindShare:
		return r.Share.Time
	case KindRejects:
		return r.Rejects.Time
	case KindJob:
		return r.Job.Time
	case KindBlock:
		return r.Block.Time
	case KindTerms:
		return r.Terms.Time
	case KindPayment:
		return r.Payment.Time
	case KindSettings:
		return r.Settings.Time
	case KindCoinbase:
		return r.Coinbase.Time
	}
	return 0
}
