package ckpoolfiles

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"slices"
	"syscall"
	"time"
)

// round writes what is due, and pool.status in the end. A file that cannot be written
// does not keep the others from it.
func (w *Writer) round(ctx context.Context) error {
	start := time.Now()
	if err := w.folder.prepare(); err != nil {
		return err
	}
	if w.known == nil {
		if err := w.recall(start); err != nil {
			w.known = nil
			return err
		}
	}
	var failures []error
	begun := start
	for i, name := range w.dueAt(start) {
		if err := w.account(name, time.Now()); err != nil {
			failures = append(failures, err)
			w.known[name].due = time.Now().Add(every) // behind the others of the next round
		}
		if ctx.Err() != nil || len(failures) == maxFailures {
			break
		}
		if (i+1)%restEach == 0 {
			begun = rest(ctx, begun, start.Add(roundTime))
		}
		if time.Since(start) >= roundTime {
			break
		}
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	failures = append(failures, w.status(time.Now()))
	return first(failures)
}

// first is the first failure: the others are most often the same.
func first(failures []error) error {
	for _, err := range failures {
		if err != nil {
			return err
		}
	}
	return nil
}

// rest waits as long as the work since a time has taken, but not beyond the end of the
// round, and returns when it ends.
func rest(ctx context.Context, since, end time.Time) time.Time {
	timer := time.NewTimer(min(time.Since(since), time.Until(end)))
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
	return time.Now()
}

func (w *Writer) status(now time.Time) error {
	p, err := w.source.Pool(now)
	if err != nil {
		return fmt.Errorf("numbers of the pool: %w", err)
	}
	text, err := p.Status(now)
	if err != nil {
		return err
	}
	return w.folder.write(poolFolder, statusFile, text)
}

// recall finds the accounts of late, and those whose files are of a time when they
// still had rates.
func (w *Writer) recall(now time.Time) error {
	files, err := w.folder.written(usersFolder)
	if err != nil {
		return err
	}
	w.known = map[string]*tracked{}
	err = w.source.Past(func(account string, lastShare time.Time) error {
		over := lastShare.Add(idleAccount)
		file, _ := FileName(account)
		if at, ok := files[file]; now.Before(over) || ok && at.Before(over) {
			w.track(account)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("accounts of the past: %w", err)
	}
	return nil
}

// track is an account whose file is kept new, nil where there are too many.
func (w *Writer) track(account string) *tracked {
	t := w.known[account]
	if t != nil {
		return t
	}
	if len(w.known) >= maxTracked {
		if !w.told {
			w.told = true
			w.log.Warn("there are more accounts than files for ckpool's monitors are written for; the further ones have none", "accounts", maxTracked)
		}
		return nil
	}
	t = &tracked{}
	w.known[account] = t
	return t
}

// dueAt are the accounts to look at, those first that have waited longest: who is
// active, or was in the round before, and who has been idle for long enough.
func (w *Writer) dueAt(start time.Time) []string {
	now := map[string]bool{}
	for _, account := range w.source.Active(w.since) {
		now[account] = true
		w.track(account)
	}
	for _, round := range []map[string]bool{now, w.active} {
		for account := range round {
			if t := w.known[account]; t != nil && t.due.After(start) {
				t.due = start
			}
		}
	}
	w.since, w.active = start, now

	var names []string
	for account, t := range w.known {
		if !t.due.After(start) {
			names = append(names, account)
		}
	}
	slices.SortFunc(names, func(a, b string) int {
		return cmp.Or(w.known[a].due.Compare(w.known[b].due), cmp.Compare(a, b))
	})
	return names
}

// account writes what has changed of an account.
func (w *Writer) account(name string, now time.Time) error {
	t := w.known[name]
	t.due = now.Add(every / 2) // whatever becomes of it, the next round
	a, err := w.source.Account(name, now)
	switch {
	case errors.Is(err, ErrUnknown):
		if !w.active[name] {
			delete(w.known, name)
		}
		return nil
	case err != nil:
		return fmt.Errorf("numbers of an account: %w", err)
	}
	text, err := a.User()
	if err != nil {
		return err
	}
	wrote, err := w.changed(usersFolder, a.Name, t.wrote, w.fingerprint(text), func() ([]byte, error) { return text, nil })
	t.wrote = wrote
	if err = first([]error{err, w.workers(t, &a, now)}); err != nil {
		return err
	}
	idle := now.Sub(time.UnixMilli(a.LastShare))
	t.due = now.Add(max(idle/idleShare, every/2))
	if idle > idleAccount && !w.active[name] {
		delete(w.known, name)
	}
	return nil
}

// workers writes the files of an account's workers, and removes those of workers that
// are told of no more.
func (w *Writer) workers(t *tracked, a *Account, now time.Time) (err error) {
	before := t.workers
	if before == nil { // of an earlier run
		before = make(map[string]uint64, len(a.Gone))
		for _, name := range a.Gone {
			before[name] = 0
		}
	}
	t.workers = make(map[string]uint64, len(a.Workers))
	for i := range a.Workers {
		worker := &a.Workers[i]
		text, e := worker.File(time.Time{}) // the same as long as nothing else changes
		if e == nil {
			t.workers[worker.Name], e = w.changed(workerFolder, worker.Name, before[worker.Name], w.fingerprint(text), func() ([]byte, error) { return worker.File(now) })
		}
		err = first([]error{err, e})
	}
	for name := range before {
		file, ok := FileName(name)
		if _, told := t.workers[name]; told || !ok {
			continue
		}
		if e := w.folder.remove(workerFolder, file); e != nil {
			t.workers[name] = 0 // again in the next round
			err = first([]error{err, e})
		}
	}
	return err
}

func (w *Writer) fingerprint(text []byte) uint64 { return max(1, maphash.Bytes(w.seed, text)) }

// changed writes a file whose fingerprint is another one than before, and returns the
// one of what is there; 0 where that is not known. Names that the file system does not
// take are left out.
func (w *Writer) changed(sub, name string, before, now uint64, text func() ([]byte, error)) (uint64, error) {
	file, ok := FileName(name)
	if before == now || !ok {
		return now, nil
	}
	content, err := text()
	if err == nil {
		err = w.folder.write(sub, file, content)
	}
	switch {
	case errors.Is(err, syscall.ENAMETOOLONG):
		return now, nil
	case err != nil:
		return 0, err
	}
	return now, nil
}
