package ckpoolfiles

import (
	"math"
	"strconv"
	"strings"
)

// suffixes of hash rates, each a thousand times the one before.
const suffixes = "KMGTPE"

// rate is hashes a second as text: three significant digits and a suffix, such as
// "1.23T", and whole numbers below a thousand. Where ckpool rounds up to a thousand it
// writes "1e+03T", which some monitors cannot read; here that is "1P".
type rate float64

// MarshalJSON writes the text.
func (r rate) MarshalJSON() ([]byte, error) { return strconv.AppendQuote(nil, r.String()), nil }

func (r rate) String() string {
	v := float64(r)
	if !(v >= 1) || math.IsInf(v, 0) {
		return "0"
	}
	if v < 1000 {
		return strconv.Itoa(int(v))
	}
	for i := range len(suffixes) {
		v /= 1000
		if text := digits3(v); v < 999.5 || i == len(suffixes)-1 {
			return text + suffixes[i:i+1]
		}
	}
	return "0" // not reached: the last suffix takes all
}

// digits3 is v with three significant digits and no exponent.
func digits3(v float64) string {
	short, err := strconv.ParseFloat(strconv.FormatFloat(v, 'g', 3, 64), 64)
	if err != nil {
		return "0"
	}
	return strconv.FormatFloat(short, 'f', -1, 64)
}

// real is a number with a point, as JSON of ckpool has what is no whole number by its
// kind: 12.0, not 12.
type real float64

// MarshalJSON writes the number.
func (r real) MarshalJSON() ([]byte, error) {
	return []byte(pointed(strconv.FormatFloat(finite(float64(r)), 'f', -1, 64))), nil
}

// short is a real with three significant digits.
type short float64

// MarshalJSON writes the number.
func (s short) MarshalJSON() ([]byte, error) {
	return []byte(pointed(digits3(finite(float64(s))))), nil
}

func pointed(text string) string {
	if strings.Contains(text, ".") {
		return text
	}
	return text + ".0"
}

// finite is v where JSON has it, else 0.
func finite(v float64) float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return 0
	}
	return v
}

// whole is a sum of difficulties or a best share as a whole number, rounded down.
func whole(v float64) int64 {
	switch v = finite(v); {
	case v >= math.MaxInt64:
		return math.MaxInt64
	case v <= 0:
		return 0
	}
	return int64(v)
}

// unix is a time in seconds, 0 for none.
func unix(ms int64) int64 { return max(ms, 0) / 1000 }
