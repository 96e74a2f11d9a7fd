package ledger

import "testing"

// BenchmarkFoldOver is BenchmarkFold with pplns over both databases, for their ratio.
func BenchmarkFoldOver(b *testing.B) {
	b.Run("file", func(b *testing.B) { benchFold(b, "pplns") })
	b.Run("postgresql", func(b *testing.B) {
		mustPostgres(b)
		benchFold(b, "pplns")
	})
}
