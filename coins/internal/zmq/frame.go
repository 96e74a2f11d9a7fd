package zmq

import (
	"encoding/binary"
	"fmt"
	"io"
)

// ErrorKind is the kind of an error; it works with errors.Is.
type ErrorKind string

// The kinds.
const (
	ErrGreeting  = ErrorKind("peer does not speak ZMTP 3")
	ErrMechanism = ErrorKind("peer wants another security mechanism than NULL")
	ErrHandshake = ErrorKind("handshake failed")
	ErrFrame     = ErrorKind("malformed frame")
	ErrTooLarge  = ErrorKind("frame or message larger than allowed")
)

// Error makes a kind an error.
func (k ErrorKind) Error() string { return string(k) }

// Limits on what a peer may send. A hashblock message has three frames of 9,
// 32 and 4 bytes.
const (
	maxFrame  = 64 << 10
	maxFrames = 8
)

// A frame is
//
//	flags  1   bit 0 more frames follow, bit 1 long, bit 2 command
//	size   1, or 8 big-endian when long
//	body   size
const (
	flagMore    = 1
	flagLong    = 2
	flagCommand = 4
)

type frame struct {
	flags byte
	body  []byte
}

func readFrame(r io.Reader) (frame, error) {
	var head [9]byte
	if _, err := io.ReadFull(r, head[:2]); err != nil {
		return frame{}, err
	}
	f := frame{flags: head[0]}
	if f.flags&^(flagMore|flagLong|flagCommand) != 0 || f.flags&flagCommand != 0 && f.flags&flagMore != 0 {
		return frame{}, fmt.Errorf("%w: flags %02x", ErrFrame, f.flags)
	}
	size := uint64(head[1])
	if f.flags&flagLong != 0 {
		if _, err := io.ReadFull(r, head[2:]); err != nil {
			return frame{}, unexpected(err)
		}
		size = binary.BigEndian.Uint64(head[1:])
	}
	if size > maxFrame {
		return frame{}, fmt.Errorf("%w: frame of %d bytes, at most %d", ErrTooLarge, size, maxFrame)
	}
	f.body = make([]byte, size)
	if _, err := io.ReadFull(r, f.body); err != nil {
		return frame{}, unexpected(err)
	}
	return f, nil
}

// unexpected makes an end within a frame an error of its own.
func unexpected(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

func appendFrame(dst []byte, flags byte, body []byte) []byte {
	if len(body) > 255 {
		dst = append(dst, flags|flagLong)
		dst = binary.BigEndian.AppendUint64(dst, uint64(len(body)))
	} else {
		dst = append(dst, flags, byte(len(body)))
	}
	return append(dst, body...)
}

// A command's body is its name, length first, and its data.
func command(name string, data []byte) []byte {
	return append(append([]byte{byte(len(name))}, name...), data...)
}

// parseCommand splits a command's body.
func parseCommand(body []byte) (name string, data []byte, err error) {
	if len(body) == 0 || len(body) < 1+int(body[0]) {
		return "", nil, fmt.Errorf("%w: command without a name", ErrFrame)
	}
	n := 1 + int(body[0])
	return string(body[1:n]), body[n:], nil
}

// A property is its name, length first in one byte, and its value, length
// first in four bytes, big-endian.
func appendProperty(dst []byte, name, value string) []byte {
	dst = append(append(dst, byte(len(name))), name...)
	dst = binary.BigEndian.AppendUint32(dst, uint32(len(value)))
	return append(dst, value...)
}

// property finds a property in a command's data.
func property(data []byte, name string) (string, error) {
	for len(data) > 0 {
		n := 1 + int(data[0])
		if len(data) < n+4 {
			return "", fmt.Errorf("%w: cut off property", ErrFrame)
		}
		key, size := string(data[1:n]), uint64(binary.BigEndian.Uint32(data[n:]))
		data = data[n+4:]
		if size > uint64(len(data)) {
			return "", fmt.Errorf("%w: cut off property", ErrFrame)
		}
		if key == name {
			return string(data[:size]), nil
		}
		data = data[size:]
	}
	return "", nil
}
