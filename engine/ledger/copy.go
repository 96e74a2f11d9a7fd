package ledger

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/motherlode-pool/motherlode/engine/sharelog"
	"github.com/motherlode-pool/motherlode/engine/store"
)

// A copy is the rows of a ledger, of one moment, as a stream. Integers are big-endian,
// sizes are uvarints, buckets and rows in the order of their bytes:
//
//	8 bytes "MLCOPY01" | u64 schema | u64 position | u64 up to where schemes are
//	saved | u64 up to where statistics are folded |
//	1, size, name of a bucket | 2, size, key, size, value for each row | ... | 3
const copyMagic = "MLCOPY01"

const (
	copyBucket = 1
	copyRow    = 2
	copyEnd    = 3

	copyBuffer = 256 << 10
	maxField   = 1 << 30 // bytes of a key or a value in a copy
)

// ErrCopy is a stream that is no copy of a ledger, or not all of one.
const ErrCopy Error = "copy of a ledger is cut short or is none"

// copyHead is what a copy begins with.
type copyHead struct {
	schema                     uint64
	position, schemes, counted sharelog.Position
}

// Copy writes all rows, of one moment, for Compare. The moment lasts until the last row
// is written: give it a file, or who reads at once.
func (l *Ledger) Copy(w io.Writer) error {
	out := bufio.NewWriterSize(w, copyBuffer)
	err := l.db.View(func(tx store.Tx) error {
		head, err := headOf(tx)
		if err != nil {
			return err
		}
		out.WriteString(copyMagic)
		for _, v := range []uint64{head.schema, uint64(head.position), uint64(head.schemes), uint64(head.counted)} {
			out.Write(u64(v))
		}
		return tx.ForEach(func(name []byte, b store.Bucket) error {
			writeField(out, copyBucket, name)
			return b.ForEach(func(k, v []byte) error { return writeField(out, copyRow, k, v) })
		})
	})
	if err != nil {
		return err
	}
	return errors.Join(out.WriteByte(copyEnd), out.Flush())
}

func writeField(out *bufio.Writer, mark byte, fields ...[]byte) error {
	out.WriteByte(mark)
	var err error
	for _, f := range fields {
		out.Write(binary.AppendUvarint(out.AvailableBuffer(), uint64(len(f))))
		_, err = out.Write(f) // a Writer keeps its first error
	}
	return err
}

// headOf reads where a ledger is.
func headOf(tx store.Tx) (h copyHead, err error) {
	meta := tx.Bucket(bucketMeta)
	if meta == nil {
		return h, fmt.Errorf("%w: nothing is in it", ErrDamaged)
	}
	for _, f := range []struct {
		key []byte
		to  *sharelog.Position
	}{{keyPosition, &h.position}, {keySchemes, &h.schemes}, {keyCounted, &h.counted}, {keySchema, (*sharelog.Position)(&h.schema)}} {
		raw := meta.Get(f.key)
		if raw == nil {
			continue // nothing was folded yet
		}
		if *f.to, err = parsePosition(raw); err != nil {
			return h, err
		}
	}
	return h, nil
}

// copyReader reads a copy, row by row.
type copyReader struct {
	in     *bufio.Reader
	head   copyHead
	bucket []byte
	key    []byte // of the present row
	value  []byte
}

func newCopyReader(r io.Reader) (*copyReader, error) {
	c := &copyReader{in: bufio.NewReaderSize(r, copyBuffer)}
	var start [len(copyMagic) + 4*8]byte
	if _, err := io.ReadFull(c.in, start[:]); err != nil {
		return nil, fmt.Errorf("%w: its start: %w", ErrCopy, err)
	}
	if magic := start[:len(copyMagic)]; string(magic) != copyMagic {
		return nil, fmt.Errorf("%w: it begins with %q", ErrCopy, magic)
	}
	at := func(i int) uint64 { return binary.BigEndian.Uint64(start[len(copyMagic)+8*i:]) }
	c.head = copyHead{at(0), sharelog.Position(at(1)), sharelog.Position(at(2)), sharelog.Position(at(3))}
	return c, nil
}

// next goes to the next row, which is valid until the one after it.
func (c *copyReader) next() (more bool, err error) {
	for {
		mark, err := c.in.ReadByte()
		if err != nil {
			return false, fmt.Errorf("%w: %w", ErrCopy, err)
		}
		switch mark {
		case copyBucket:
			if c.bucket, err = c.field(c.bucket); err != nil {
				return false, err
			}
		case copyRow:
			if c.key, err = c.field(c.key); err != nil {
				return false, err
			}
			c.value, err = c.field(c.value)
			return err == nil, err
		case copyEnd:
			return false, nil
		default:
			return false, fmt.Errorf("%w: mark %d", ErrCopy, mark)
		}
	}
}

func (c *copyReader) field(into []byte) ([]byte, error) {
	n, err := binary.ReadUvarint(c.in)
	if err != nil || n > maxField {
		return nil, fmt.Errorf("%w: a field of %d bytes (%v)", ErrCopy, n, err)
	}
	if uint64(cap(into)) < n {
		into = make([]byte, n)
	}
	into = into[:n]
	if _, err := io.ReadFull(c.in, into); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCopy, err)
	}
	return into, nil
}
