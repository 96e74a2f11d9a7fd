package submit

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
)

// compact rewrites the journal with what is still of use. Found blocks go on
// being appended while the new file is written and synced; only the copying of
// those holds them up.
func (c *Courier) compact() error {
	c.mu.Lock()
	before := c.journal.length()
	records := c.snapshot()
	c.mu.Unlock()
	return c.journal.replace(records, before)
}

// snapshot is the records that make up what is known. Courier.mu is held.
func (c *Courier) snapshot() []record {
	var out []record
	for _, r := range c.rows {
		if r.state != Pending {
			out = append(out, record{kind: kindRow, found: r.found, n: r.tried, taken: r.numbered, state: r.state, final: r.final})
		}
		// Those on their way may be in the old file already, or come after.
		for _, s := range slices.Concat(r.solutions, r.incoming) {
			out = append(out, foundRecord(s.found, s.n))
		}
	}
	return out
}

func (j *journal) length() int64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.size
}

// replace puts a file of records, and of what was appended after the first
// before bytes, in the journal's place.
func (j *journal) replace(records []record, before int64) (err error) {
	name := j.path() + ".new"
	osf, err := os.OpenFile(name, os.O_WRONLY|os.O_APPEND|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	f := j.wrapped(osf)
	defer func() {
		if err != nil {
			err = errors.Join(err, f.Close(), os.Remove(name))
		}
	}()
	size, err := writeAll(f, records)
	if err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	return j.swap(f, name, size, before)
}

// writeAll writes a whole journal and returns its size.
func writeAll(w io.Writer, records []record) (int64, error) {
	size := int64(len(fileMagic))
	if _, err := io.WriteString(w, fileMagic); err != nil {
		return 0, err
	}
	for _, rec := range records {
		b, err := rec.whole()
		if err != nil {
			return 0, err
		}
		if _, err := w.Write(b); err != nil {
			return 0, err
		}
		size += int64(len(b))
	}
	return size, nil
}

// swap copies what was appended meanwhile to f, and puts f in the place of the
// journal.
func (j *journal) swap(f file, name string, size, before int64) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.f == nil {
		return errors.New("journal is not open")
	}
	old, err := os.Open(j.path())
	if err != nil {
		return err
	}
	defer old.Close()
	tail := io.NewSectionReader(old, before, j.size-before)
	if n, err := io.Copy(f, tail); err != nil || n != j.size-before {
		return fmt.Errorf("copied %d of %d bytes: %w", n, j.size-before, errors.Join(err, io.ErrShortWrite))
	}
	if err := f.Sync(); err != nil {
		return err
	}
	if err := os.Rename(name, j.path()); err != nil {
		return err
	}
	_ = j.f.Close() // every byte of it is in the new file
	size += j.size - before
	j.f, j.size, j.rewrite = f, size, size
	syncDir(j.dir)
	return nil
}

// syncDir makes a rename last. Where a folder cannot be synced the rename is as
// lasting as the system makes it, and either file serves.
func syncDir(dir string) {
	if d, err := os.Open(dir); err == nil {
		_ = d.Sync()
		_ = d.Close()
	}
}
