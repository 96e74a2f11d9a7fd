package simtest

import (
	"net"
	"testing"

	"github.com/motherlode-pool/motherlode/internal/simchain"
)

func TestMustStart(t *testing.T) {
	var addr string
	t.Run("runs", func(t *testing.T) {
		n := MustStart(t, simchain.Config{ChainID: 1})
		addr = n.Addr()
		c, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		c.Close()
	})
	if c, err := net.Dial("tcp", addr); err == nil {
		c.Close()
		t.Error("still there after its test")
	}
}
