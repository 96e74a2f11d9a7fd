package zmq

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"time"
)

// Times of a connection.
const (
	// handshakeTimeout covers connecting and the handshake.
	handshakeTimeout = 5 * time.Second

	// keepAlive is how soon a dead peer is noticed: three probes of it.
	keepAlive = 10 * time.Second
)

// greetingSize is the length of the greeting:
//
//	0   signature  ff, 8 bytes of anything, 7f
//	10  version    3, 0
//	12  mechanism  20 bytes, zero padded
//	32  as-server  1
//	33  filler     31
const greetingSize = 64

const mechanism = "NULL"

// Sub is a connected SUB socket. Receive must not be called concurrently.
type Sub struct {
	conn net.Conn
	r    *bufio.Reader
	last map[string]uint32
}

// Dial connects to a PUB socket at host:port and subscribes to the topics.
func Dial(ctx context.Context, address string, topics ...string) (*Sub, error) {
	ctx, cancel := context.WithTimeout(ctx, handshakeTimeout)
	defer cancel()
	d := net.Dialer{KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: keepAlive, Interval: keepAlive, Count: 3}}
	conn, err := d.DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { conn.SetDeadline(time.Unix(1, 0)) })
	s := &Sub{conn: conn, r: bufio.NewReader(conn), last: map[string]uint32{}}
	err = s.handshake(topics)
	if !stop() && err == nil {
		err = context.Cause(ctx)
	}
	if err != nil {
		conn.Close()
		return nil, err
	}
	return s, nil
}

func (s *Sub) handshake(topics []string) error {
	var greeting [greetingSize]byte
	greeting[0], greeting[9], greeting[10] = 0xff, 0x7f, 3
	copy(greeting[12:32], mechanism)
	if _, err := s.conn.Write(greeting[:]); err != nil {
		return err
	}
	if err := s.checkGreeting(); err != nil {
		return err
	}
	ready := appendProperty(appendProperty(nil, "Socket-Type", "SUB"), "Identity", "")
	if _, err := s.conn.Write(appendFrame(nil, flagCommand, command("READY", ready))); err != nil {
		return err
	}
	if err := s.checkReady(); err != nil {
		return err
	}

	// In ZMTP 3.0 a subscription is a message: 1 and the topic.
	var subscribe []byte
	for _, t := range topics {
		subscribe = appendFrame(subscribe, 0, append([]byte{1}, t...))
	}
	_, err := s.conn.Write(subscribe)
	return err
}

func (s *Sub) checkGreeting() error {
	var g [greetingSize]byte
	if _, err := io.ReadFull(s.r, g[:]); err != nil {
		return fmt.Errorf("%w: %w", ErrGreeting, err)
	}
	if g[0] != 0xff || g[9] != 0x7f || g[10] < 3 {
		return fmt.Errorf("%w: greeting %x", ErrGreeting, g[:12])
	}
	if name := bytes.TrimRight(g[12:32], "\x00"); string(name) != mechanism {
		return fmt.Errorf("%w: %q", ErrMechanism, name)
	}
	return nil
}

func (s *Sub) checkReady() error {
	f, err := readFrame(s.r)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrHandshake, err)
	}
	if f.flags&flagCommand == 0 {
		return fmt.Errorf("%w: expected a command", ErrHandshake)
	}
	name, data, err := parseCommand(f.body)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrHandshake, err)
	}
	if name != "READY" {
		return fmt.Errorf("%w: expected READY, got %q %.100q", ErrHandshake, name, data)
	}
	kind, err := property(data, "Socket-Type")
	if err != nil {
		return fmt.Errorf("%w: %w", ErrHandshake, err)
	}
	if kind != "PUB" && kind != "XPUB" {
		return fmt.Errorf("%w: peer is a %q socket, expected PUB", ErrHandshake, kind)
	}
	return nil
}

// Receive waits for the next message and returns its frames. An error ends the
// connection. To interrupt it, Close.
func (s *Sub) Receive() ([][]byte, error) {
	var message [][]byte
	for {
		f, err := readFrame(s.r)
		if err != nil {
			return nil, err
		}
		if f.flags&flagCommand != 0 {
			if err := s.command(f.body); err != nil {
				return nil, err
			}
			continue
		}
		if len(message) == maxFrames {
			return nil, fmt.Errorf("%w: more than %d frames", ErrTooLarge, maxFrames)
		}
		message = append(message, f.body)
		if f.flags&flagMore == 0 {
			return message, nil
		}
	}
}

// command answers a PING, which ZMTP 3.1 peers may send: a time to live of two
// bytes and a context that goes back. Other commands are ignored.
func (s *Sub) command(body []byte) error {
	name, data, err := parseCommand(body)
	if err != nil {
		return err
	}
	if name != "PING" || len(data) < 2 {
		return nil
	}
	_, err = s.conn.Write(appendFrame(nil, flagCommand, command("PONG", data[2:])))
	return err
}

// Gap reports whether messages of a topic were lost before this one, by the
// 4-byte little-endian counter that nodes send as the last of three frames.
func (s *Sub) Gap(message [][]byte) bool {
	if len(message) < 3 || len(message[2]) != 4 {
		return false
	}
	topic, n := string(message[0]), binary.LittleEndian.Uint32(message[2])
	last, known := s.last[topic]
	s.last[topic] = n
	return known && n != last+1
}

// Close ends the connection. It may be called at any time, also twice.
func (s *Sub) Close() error { return s.conn.Close() }
