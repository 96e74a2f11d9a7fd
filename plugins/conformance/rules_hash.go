package conformance

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"sync"

	"github.com/motherlode-pool/motherlode/algos"
	"github.com/motherlode-pool/motherlode/coins"
)

// headerSize is that of headers where the coin has no template to go by.
const headerSize = 80

func hashRules() []rule {
	return []rule{
		of(coins.RoleHasher, "hash-order", "a batch gives what its headers give one at a time, in order", tryHashOrder),
		of(coins.RoleHasher, "hash-empty", "an empty batch is answered", tryHashEmpty),
		of(coins.RoleHasher, "hash-largest", "the largest batch is answered in time", tryHashLargest),
		of(coins.RoleHasher, "hash-concurrent", "batches at the same time do not disturb each other", tryHashConcurrent),
		of(coins.RoleHasher, "hash-vectors", "known results come out", tryHashVectors),
	}
}

// batchOf is n headers of a coin that differ, and a parameter for them.
func (s *suite) batchOf(ctx context.Context, n int) (h coins.Hasher, size int, headers, param []byte, err error) {
	if h, err = as[coins.Hasher](ctx, s); err != nil {
		return nil, 0, nil, nil, err
	}
	one := make([]byte, headerSize)
	at := headerSize - 4
	param = make([]byte, h.Info().HashParam)
	if s.info.Has(coins.RoleParent) {
		t, err := s.rawTemplate(ctx)
		if err != nil {
			return nil, 0, nil, nil, err
		}
		if b := t.Blob; b != nil && b.NonceSize >= 4 && b.NonceOffset >= 0 && b.NonceOffset+4 <= len(b.Header) {
			one, at, param = append([]byte(nil), b.Header...), b.NonceOffset, b.HashParam
		}
	}
	for i := range n {
		binary.LittleEndian.PutUint32(one[at:], uint32(i))
		headers = append(headers, one...)
	}
	return h, len(one), headers, param, nil
}

// hashes makes one call.
func (s *suite) hashes(ctx context.Context, h coins.Hasher, size int, headers, param []byte) ([]coins.Hash, error) {
	out, err := call(ctx, s, func(ctx context.Context) ([]coins.Hash, error) {
		n := 0
		if len(headers) > 0 {
			n = len(headers) / size
		}
		out := make([]coins.Hash, n)
		return out, h.HashBatch(ctx, size, headers, param, out)
	})
	if err != nil {
		return nil, fmt.Errorf("HashBatch: %w", err)
	}
	return out, nil
}

func tryHashOrder(ctx context.Context, s *suite) error {
	const n = 33
	h, size, headers, param, err := s.batchOf(ctx, n)
	if err != nil {
		return err
	}
	all, err := s.hashes(ctx, h, size, headers, param)
	if err != nil {
		return err
	}
	seen := map[coins.Hash]int{}
	for i := range n {
		one, err := s.hashes(ctx, h, size, headers[i*size:(i+1)*size], param)
		if err != nil {
			return err
		}
		if one[0] != all[i] {
			return fmt.Errorf("header %d of %d gives %x in the batch, and alone %x", i, n, all[i], one[0])
		}
		if before, ok := seen[all[i]]; ok {
			return fmt.Errorf("headers %d and %d differ and have the same hash, %x", before, i, all[i])
		}
		seen[all[i]] = i
	}
	return nil
}

func tryHashEmpty(ctx context.Context, s *suite) error {
	h, size, _, param, err := s.batchOf(ctx, 1)
	if err != nil {
		return err
	}
	_, err = s.hashes(ctx, h, size, nil, param)
	return err
}

func tryHashLargest(ctx context.Context, s *suite) error {
	h, size, headers, param, err := s.batchOf(ctx, coins.MaxHashBatch)
	if err != nil {
		return err
	}
	all, err := s.hashes(ctx, h, size, headers, param)
	if err != nil {
		return fmt.Errorf("%d headers: %w", coins.MaxHashBatch, err)
	}
	last := len(all) - 1
	one, err := s.hashes(ctx, h, size, headers[last*size:], param)
	if err != nil {
		return err
	}
	if one[0] != all[last] {
		return fmt.Errorf("the last of %d headers gives %x in the batch, and alone %x", len(all), all[last], one[0])
	}
	return nil
}

func tryHashConcurrent(ctx context.Context, s *suite) error {
	const callers, n = 8, 16
	h, size, headers, param, err := s.batchOf(ctx, callers*n)
	if err != nil {
		return err
	}
	want, err := s.hashes(ctx, h, size, headers, param)
	if err != nil {
		return err
	}
	wrong := make([]error, callers)
	var wg sync.WaitGroup
	for c := range callers {
		wg.Go(func() {
			part := headers[c*n*size : (c+1)*n*size]
			got, err := s.hashes(ctx, h, size, part, param)
			for i := range got {
				if got[i] != want[c*n+i] {
					err = fmt.Errorf("caller %d gets %x for a header, alone it was %x", c, got[i], want[c*n+i])
				}
			}
			wrong[c] = err
		})
	}
	wg.Wait()
	return errors.Join(wrong...)
}

func tryHashVectors(ctx context.Context, s *suite) error {
	h, size, headers, param, err := s.batchOf(ctx, 4)
	if err != nil {
		return err
	}
	for i, v := range s.cfg.Vectors {
		got, err := s.hashes(ctx, h, len(v.Header), v.Header, v.Param)
		if err != nil {
			return fmt.Errorf("vector %d: %w", i, err)
		}
		if got[0] != v.Hash {
			return fmt.Errorf("vector %d: got %x, want %x; hashes are little-endian numbers", i, got[0], v.Hash)
		}
	}
	a, err := algos.ByName(h.Info().Algorithm)
	if err != nil {
		s.note("%d vectors were given, and the engine has no %q to compare with", len(s.cfg.Vectors), h.Info().Algorithm)
		return nil
	}
	got, err := s.hashes(ctx, h, size, headers, param)
	if err != nil {
		return err
	}
	for i := range got {
		var want [32]byte
		a.Sum(&want, headers[i*size:(i+1)*size], param)
		if got[i] != want {
			return fmt.Errorf("%s of a header: got %x, the engine's own gives %x", a.Name(), got[i], want)
		}
	}
	return nil
}
