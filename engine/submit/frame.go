package submit

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
)

// The frame, as drawn in the package's comment.
const (
	fileMagic   = "MLFOUND1"
	frameMagic  = "\xe1MLJ"
	frameHeader = 12        // magic, length, checksum
	maxPayload  = 512 << 20 // a block and its head are far below; more is damage
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// errShort says that the bytes end within a frame.
var errShort = errors.New("frame is cut short")

// frameStart is a frame's header, the length of the head, and the head; the
// bodies follow it as they are.
func frameStart(head []byte, bodies [][]byte) ([]byte, error) {
	size := 4 + len(head)
	for _, b := range bodies {
		size += len(b)
	}
	if size > maxPayload {
		return nil, fmt.Errorf("record of %d bytes, at most %d", size, maxPayload)
	}
	out := make([]byte, frameHeader, frameHeader+4+len(head))
	out = binary.LittleEndian.AppendUint32(out, uint32(len(head)))
	out = append(out, head...)
	sum := crc32.Update(0, castagnoli, out[frameHeader:])
	for _, b := range bodies {
		sum = crc32.Update(sum, castagnoli, b)
	}
	copy(out, frameMagic)
	binary.LittleEndian.PutUint32(out[4:], uint32(size))
	binary.LittleEndian.PutUint32(out[8:], sum)
	return out, nil
}

// frame reads the frame that data starts with: its head, its bodies one after
// the other, and how many bytes it takes. The error is errShort where more
// bytes might make it whole.
func frame(data []byte) (head, bodies []byte, size int, err error) {
	if n := min(len(data), len(frameMagic)); string(data[:n]) != frameMagic[:n] {
		return nil, nil, 0, fmt.Errorf("%w: no frame where one is due", ErrDamaged)
	}
	if len(data) < frameHeader {
		return nil, nil, 0, errShort
	}
	length := uint64(binary.LittleEndian.Uint32(data[4:]))
	sum := binary.LittleEndian.Uint32(data[8:])
	data = data[frameHeader:]
	if length < 4 || length > maxPayload {
		return nil, nil, 0, fmt.Errorf("%w: frame of %d bytes", ErrDamaged, length)
	}
	if uint64(len(data)) < length {
		return nil, nil, 0, errShort
	}
	payload := data[:length]
	if got := crc32.Checksum(payload, castagnoli); got != sum {
		return nil, nil, 0, fmt.Errorf("%w: checksum %08x, want %08x", ErrDamaged, got, sum)
	}
	n := uint64(binary.LittleEndian.Uint32(payload))
	if n > length-4 {
		return nil, nil, 0, fmt.Errorf("%w: head of %d bytes in a frame of %d", ErrDamaged, n, length)
	}
	return payload[4 : 4+n], payload[4+n:], frameHeader + int(length), nil
}

// scan is what a journal holds.
type scan struct {
	records []record
	good    int     // bytes from the start up to the end of the last whole frame
	damage  []error // what was skipped, and where
}

// parse reads a journal. It skips what is damaged as long as whole frames
// follow; a cut-off end is no damage. An error means that it is no journal.
func parse(data []byte) (scan, error) {
	var s scan
	if n := min(len(data), len(fileMagic)); string(data[:n]) != fileMagic[:n] {
		return s, ErrFormat
	}
	if len(data) < len(fileMagic) {
		return s, nil
	}
	s.good = len(fileMagic)
	for at := len(fileMagic); at < len(data); {
		head, bodies, size, err := frame(data[at:])
		if err == nil {
			var rec record
			if rec, err = decode(head, bodies); err == nil {
				s.records = append(s.records, rec)
				at += size
				s.good = at
				continue
			}
		}
		next := nextFrame(data, at+1)
		if next < 0 && errors.Is(err, errShort) {
			break
		}
		s.damage = append(s.damage, fmt.Errorf("at byte %d: %w", at, err))
		if next < 0 {
			break
		}
		at = next
	}
	return s, nil
}

// nextFrame is where the next whole frame starts, at or after from; -1 if none.
func nextFrame(data []byte, from int) int {
	for at := from; at < len(data); at++ {
		i := bytes.Index(data[at:], []byte(frameMagic))
		if i < 0 {
			return -1
		}
		at += i
		if _, _, _, err := frame(data[at:]); err == nil {
			return at
		}
	}
	return -1
}
