package admission

import (
	"bytes"
	"errors"
	"net/netip"
	"strings"
	"testing"
	"testing/iotest"
)

// binaryHeader is a header of version 2.
func binaryHeader(versionCommand, family byte, body string) string {
	return signature2 + string([]byte{versionCommand, family, byte(len(body) >> 8), byte(len(body))}) + body
}

const (
	body4 = "\xc0\x00\x02\x01" + "\xc6\x33\x64\x01" + "\xdc\x04" + "\x0d\x05"
	body6 = "\x20\x01\x0d\xb8\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01" +
		"\x20\x01\x0d\xb8\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02" + "\xdc\x04" + "\x0d\x05"
)

var headers = []struct {
	name, in string
	want     string // client, empty for the proxy itself
	err      error
}{
	{"v1 of IPv4", "PROXY TCP4 192.0.2.1 198.51.100.1 56324 3333\r\n", "192.0.2.1:56324", nil},
	{"v1 of IPv6", "PROXY TCP6 2001:db8::1 2001:db8::2 56324 3333\r\n", "[2001:db8::1]:56324", nil},
	{"v1 unknown", "PROXY UNKNOWN\r\n", "", nil},
	{"v1 unknown with addresses", "PROXY UNKNOWN ffff::1 ffff::2 65535 65535\r\n", "", nil},
	{"v1 of the other family", "PROXY TCP4 2001:db8::1 2001:db8::2 1 2\r\n", "", ErrHeader},
	{"v1 mapped", "PROXY TCP6 ::ffff:192.0.2.1 ::1 56324 3333\r\n", "192.0.2.1:56324", nil},
	{"v1 zone", "PROXY TCP6 fe80::1%eth0 ::1 56324 3333\r\n", "", ErrHeader},
	{"v1 port", "PROXY TCP4 192.0.2.1 198.51.100.1 65536 3333\r\n", "", ErrHeader},
	{"v1 too few", "PROXY TCP4 192.0.2.1\r\n", "", ErrHeader},
	{"v1 line feed alone", "PROXY TCP4 192.0.2.1 198.51.100.1 56324 3333\n{}", "", ErrHeader},
	{"v1 without end", "PROXY TCP4 " + strings.Repeat("1", 200), "", ErrHeader},
	{"v1 cut", "PROXY TCP4 192.0.2.1", "", ErrHeader},
	{"v2 of IPv4", binaryHeader(0x21, 0x11, body4), "192.0.2.1:56324", nil},
	{"v2 of IPv6", binaryHeader(0x21, 0x21, body6), "[2001:db8::1]:56324", nil},
	{"v2 with TLVs", binaryHeader(0x21, 0x11, body4+"\x04\x00\x03abc"), "192.0.2.1:56324", nil},
	{"v2 local", binaryHeader(0x20, 0x00, ""), "", nil},
	{"v2 of a unix socket", binaryHeader(0x21, 0x31, strings.Repeat("x", 216)), "", nil},
	{"v2 of UDP", binaryHeader(0x21, 0x12, body4), "", ErrHeader},
	{"v2 too short for its family", binaryHeader(0x21, 0x21, body4), "", ErrHeader},
	{"v2 of another version", binaryHeader(0x11, 0x11, body4), "", ErrHeader},
	{"v2 of another command", binaryHeader(0x22, 0x11, body4), "", ErrHeader},
	{"v2 too long", binaryHeader(0x21, 0x11, strings.Repeat("x", body2Limit+1)), "", ErrHeader},
	{"v2 cut", binaryHeader(0x21, 0x11, body4)[:20], "", ErrHeader},
	{"a miner", `{"id":1,"method":"mining.subscribe","params":[]}` + "\n", "", ErrNoHeader},
	{"a browser", "GET / HTTP/1.1\r\n", "", ErrNoHeader},
	{"nothing", "", "", ErrNoHeader},
}

func TestReadHeader(t *testing.T) {
	for _, h := range headers {
		t.Run(h.name, func(t *testing.T) {
			const after = `{"id":1}`
			in := h.in
			if h.err == nil {
				in += after
			}
			r := strings.NewReader(in)
			got, err := ReadHeader(iotest.OneByteReader(r))
			if !errors.Is(err, h.err) || h.err == nil && err != nil {
				t.Fatalf("error %v, want %v", err, h.err)
			}
			want := netip.AddrPort{}
			if h.want != "" {
				want = netip.MustParseAddrPort(h.want)
			}
			if got != want {
				t.Errorf("client %v, want %v", got, want)
			}
			if h.err == nil && r.Len() != len(after) {
				t.Errorf("%d bytes left for the miner, want %d", r.Len(), len(after))
			}
		})
	}
}

// The parser neither panics nor takes what it does not need, whatever comes.
func FuzzReadHeader(f *testing.F) {
	for _, h := range headers {
		f.Add([]byte(h.in + "rest"))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		r := bytes.NewReader(in)
		got, err := ReadHeader(r)
		taken := in[:len(in)-r.Len()]
		if err != nil {
			if got.IsValid() {
				t.Errorf("client %v beside the error %v", got, err)
			}
			return
		}
		again, err := ReadHeader(bytes.NewReader(taken))
		if err != nil || again != got {
			t.Errorf("what it took reads as %v, %v, want %v", again, err, got)
		}
		for n := range taken {
			if _, err := ReadHeader(bytes.NewReader(taken[:n])); err == nil {
				t.Errorf("%d of %d bytes are a header already", n, len(taken))
			}
		}
	})
}
