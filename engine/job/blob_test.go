package job

import (
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/algos"
	"github.com/motherlode-pool/motherlode/coins"
)

func blobOf(change func(*coins.HeaderBlob)) *coins.Template {
	b := &coins.HeaderBlob{Header: make([]byte, 41), NonceSize: 8, ExtranonceSize: 2}
	b.Header[20] = 7
	if change != nil {
		change(b)
	}
	return &coins.Template{ID: 1, Target: easyTarget, Time: 5, Blob: b}
}

func TestSameHeader(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(*coins.HeaderBlob)
		want   bool
	}{
		{"itself", nil, true},
		{"another nonce", func(b *coins.HeaderBlob) { b.Header[3] = 9 }, true},
		{"other opaque bytes", func(b *coins.HeaderBlob) { b.Opaque = []byte{1} }, true},
		{"another hash", func(b *coins.HeaderBlob) { b.Header[20] = 8 }, false},
		{"another last byte", func(b *coins.HeaderBlob) { b.Header[40] = 1 }, false},
		{"longer", func(b *coins.HeaderBlob) { b.Header = append(b.Header, 0) }, false},
		{"nonce elsewhere", func(b *coins.HeaderBlob) { b.NonceOffset = 1 }, false},
		{"shorter nonce", func(b *coins.HeaderBlob) { b.NonceSize = 4 }, false},
		{"another parameter", func(b *coins.HeaderBlob) { b.HashParam = []byte{1} }, false},
	} {
		if got := SameHeader(blobOf(nil), blobOf(tt.change)); got != tt.want {
			t.Errorf("%s: got %v, want %v", tt.name, got, tt.want)
		}
	}
	bad := blobOf(func(b *coins.HeaderBlob) { b.NonceOffset = 40 })
	tree := &coins.Template{Tree: new(coins.CoinbaseTree)}
	if SameHeader(bad, bad) || SameHeader(tree, tree) || SameHeader(blobOf(nil), tree) {
		t.Error("what is no good header blob is the same as another")
	}
}

// A header blob has no coinbase of ours: whoever is paid, a nonce counts once.
func TestBlobNoncesCountOnceForAllPayees(t *testing.T) {
	spec := &Spec{Algorithm: mustAlgo(t, "sha3x"), DiffOne: algos.DiffOneSHA3x, ExtranonceSize: 2, Outputs: payAll}
	var book Book
	now := time.Now()
	put := func(id uint64) *Job {
		j := mustBuild(t, spec, Input{ID: id, Template: blobOf(nil), Now: now})
		book.Put(j, func(*Job) bool { return true })
		return j
	}
	first, second := put(1), put(2)
	if book.Twin(first) != second || book.Twin(second) != first {
		t.Errorf("twins of %d and %d: %v and %v", first.ID, second.ID, book.Twin(first), book.Twin(second))
	}
	third := mustBuild(t, spec, Input{ID: 3, Template: blobOf(nil), Now: now})
	if got := book.Twin(third); got != second {
		t.Errorf("twin of a third: %v, want the newest", got)
	}
	n := &Nonces{Extranonce: []byte{4, 0}, Nonce: 4}
	if got := first.Seen.Add(mustVariant(t, first, poolPayee), n); got != SeenNew {
		t.Errorf("first: %v", got)
	}
	if got := first.Seen.Add(mustVariant(t, first, NewPayee("other", []byte{1})), n); got != SeenBefore {
		t.Errorf("for another payee: %v, want what was seen before", got)
	}
}
