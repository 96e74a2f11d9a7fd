package main

import (
	"bytes"
	"testing"
	"time"
)

// FuzzParseBlock reads what nobody would send. A block that is read is what was
// there, to the last byte.
func FuzzParseBlock(f *testing.F) {
	set, _ := readSettings([]byte(easy))
	c := newChain(set.rules(), time.Now)
	c.refresh()
	work, _ := c.template.get()
	d := newDraft(work)
	d.root = doubleHash(d.coinbase)
	whole := append(d.bytes(), byte(1+d.count))
	whole = append(append(whole, d.coinbase...), d.others...)
	f.Add(whole)
	f.Add(whole[:len(whole)-1])
	f.Add(append(d.bytes(), 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff))
	f.Fuzz(func(t *testing.T, raw []byte) {
		b, err := parseBlock(raw)
		if err != nil {
			return
		}
		if !bytes.Equal(b.bytes(), raw[:headerSize]) || len(b.txs) == 0 || b.id != doubleHash(raw[:headerSize]) {
			t.Errorf("read %+v", b)
		}
		if len(b.txs) == 1 && merkleRoot(b.ids()) != b.txs[0].id {
			t.Error("the root of a lone transaction is not that transaction")
		}
	})
}
