package gbt

import (
	"encoding/hex"
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/coins/internal/jscan"
)

func text(s *jscan.Scanner) (string, error) {
	t, err := s.String()
	return string(t), err
}

func each(s *jscan.Scanner, f func(string)) error {
	return s.Array(func(int) error {
		t, err := text(s)
		if err == nil {
			f(t)
		}
		return err
	})
}

func hexBytes(s *jscan.Scanner) ([]byte, error) {
	return s.AppendHex(nil)
}

// fixed reads exactly len(dst) bytes of hex.
func fixed(s *jscan.Scanner, dst []byte) error {
	t, err := s.String()
	if err != nil {
		return err
	}
	if len(t) != 2*len(dst) {
		return fmt.Errorf("%d hex digits, expected %d", len(t), 2*len(dst))
	}
	_, err = hex.Decode(dst, t)
	return err
}

func hash(s *jscan.Scanner) (h coins.Hash, err error) {
	err = fixed(s, h[:])
	slices.Reverse(h[:])
	return h, err
}

func bits(s *jscan.Scanner) (uint32, error) {
	t, err := text(s)
	if err != nil {
		return 0, err
	}
	n, err := strconv.ParseUint(t, 16, 32)
	if err != nil {
		return 0, fmt.Errorf("%q is no compact target", t)
	}
	return uint32(n), nil
}

// version reads a signed 32-bit number, as nodes print it.
func version(s *jscan.Scanner) (uint32, error) {
	n, err := s.Int64()
	if err == nil && (n < math.MinInt32 || n > math.MaxUint32) {
		err = fmt.Errorf("%d is out of range", n)
	}
	return uint32(n), err
}

func bounded(s *jscan.Scanner, limit uint64) (uint64, error) {
	n, err := s.Uint64()
	if err == nil && n > limit {
		err = fmt.Errorf("%d is out of range", n)
	}
	return n, err
}

func seconds(s *jscan.Scanner) (int64, error) {
	n, err := bounded(s, math.MaxUint32)
	return int64(n), err
}
