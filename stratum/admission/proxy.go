package admission

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"net/netip"
	"strconv"
	"strings"
)

// HeaderError says what is wrong with a PROXY header.
type HeaderError string

func (e HeaderError) Error() string { return string(e) }

// What can be wrong with a PROXY header.
const (
	ErrNoHeader HeaderError = "the connection does not begin with a PROXY header"
	ErrHeader   HeaderError = "the PROXY header is malformed"
)

// A header of version 1 is a line of text:
//
//	PROXY TCP4 192.0.2.1 198.51.100.1 56324 3333\r\n
//	PROXY TCP6 2001:db8::1 2001:db8::2 56324 3333\r\n
//	PROXY UNKNOWN ...\r\n
//
// One of version 2 is binary, numbers big-endian:
//
//	offset  bytes  what
//	0       12     signature
//	12      1      2 in the upper half; lower half: 0 LOCAL, 1 PROXY
//	13      1      family in the upper half: 1 IPv4, 2 IPv6; lower half: 1 TCP
//	14      2      length of what follows
//	16      ...    source, destination, their ports, then TLVs that we skip
const (
	signature1 = "PROXY "
	signature2 = "\r\n\r\n\x00\r\nQUIT\n"
	line1Limit = 107  // bytes of a version 1 header, by its specification
	body2Limit = 4096 // bytes behind the fixed part of version 2; TLVs are far smaller
	probe      = 13   // no header is shorter, so that reading this much takes no byte too many
)

// ReadHeader reads a PROXY header of version 1 or 2 from the beginning of r, and
// not one byte more. The address is that of the client; it is the zero AddrPort
// where the header names none (LOCAL, UNKNOWN, other families), and the
// connection is then the proxy's own. Source: the PROXY protocol's specification
// of HAProxy, "proxy-protocol.txt" of 2020/03/05.
func ReadHeader(r io.Reader) (netip.AddrPort, error) {
	var head [probe]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return netip.AddrPort{}, fmt.Errorf("%w: %w", ErrNoHeader, err)
	}
	switch {
	case bytes.HasPrefix(head[:], []byte(signature1)):
		return readLine(r, head[:])
	case bytes.HasPrefix(head[:], []byte(signature2)):
		return readBinary(r, head[len(signature2)])
	}
	return netip.AddrPort{}, ErrNoHeader
}

// readLine reads what is left of version 1, byte by byte: what follows the line
// feed is the miner's.
func readLine(r io.Reader, head []byte) (netip.AddrPort, error) {
	line := append(make([]byte, 0, line1Limit), head...)
	for !bytes.HasSuffix(line, []byte("\r\n")) {
		if len(line) == line1Limit || bytes.IndexByte(line, '\n') >= 0 {
			return netip.AddrPort{}, ErrHeader
		}
		at := len(line)
		line = line[:at+1]
		if _, err := io.ReadFull(r, line[at:]); err != nil {
			return netip.AddrPort{}, fmt.Errorf("%w: %w", ErrHeader, err)
		}
	}
	fields := strings.Split(strings.TrimSuffix(string(line), "\r\n"), " ")
	if fields[1] == "UNKNOWN" {
		return netip.AddrPort{}, nil
	}
	if len(fields) != 6 || fields[1] != "TCP4" && fields[1] != "TCP6" {
		return netip.AddrPort{}, ErrHeader
	}
	source, err := netip.ParseAddr(fields[2])
	if err != nil || source.Is4() != (fields[1] == "TCP4") || source.Zone() != "" {
		return netip.AddrPort{}, ErrHeader
	}
	port, err := strconv.ParseUint(fields[4], 10, 16)
	if err != nil {
		return netip.AddrPort{}, ErrHeader
	}
	return netip.AddrPortFrom(source.Unmap(), uint16(port)), nil
}

// readBinary reads what is left of version 2.
func readBinary(r io.Reader, versionCommand byte) (netip.AddrPort, error) {
	var rest [3]byte
	if _, err := io.ReadFull(r, rest[:]); err != nil {
		return netip.AddrPort{}, fmt.Errorf("%w: %w", ErrHeader, err)
	}
	size := int(binary.BigEndian.Uint16(rest[1:]))
	if versionCommand>>4 != 2 || versionCommand&15 > 1 || size > body2Limit {
		return netip.AddrPort{}, ErrHeader
	}
	body := make([]byte, size)
	if _, err := io.ReadFull(r, body); err != nil {
		return netip.AddrPort{}, fmt.Errorf("%w: %w", ErrHeader, err)
	}
	if versionCommand&15 == 0 {
		return netip.AddrPort{}, nil // LOCAL: the proxy's own, as for a health check
	}
	bytesOf := map[byte]int{1: 4, 2: 16}[rest[0]>>4]
	if bytesOf == 0 {
		return netip.AddrPort{}, nil // no IP
	}
	if rest[0]&15 != 1 || size < 2*bytesOf+4 {
		return netip.AddrPort{}, ErrHeader
	}
	source, _ := netip.AddrFromSlice(body[:bytesOf])
	return netip.AddrPortFrom(source.Unmap(), binary.BigEndian.Uint16(body[2*bytesOf:])), nil
}
