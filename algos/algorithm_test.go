package algos_test

import (
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/motherlode-pool/motherlode/algos"
)

// mustHex decodes hexadecimal text.
func mustHex(t testing.TB, text string) []byte {
	t.Helper()
	raw, err := hex.DecodeString(text)
	if err != nil {
		t.Fatalf("bad hex in the test: %v", err)
	}
	return raw
}

// mustHash decodes 32 bytes of hexadecimal text.
func mustHash(t testing.TB, text string) [32]byte {
	t.Helper()
	raw := mustHex(t, text)
	if len(raw) != 32 {
		t.Fatalf("bad hash in the test: %d bytes", len(raw))
	}
	return [32]byte(raw)
}

// reversed returns b with the order of its bytes turned around.
func reversed(b [32]byte) [32]byte {
	slices.Reverse(b[:])
	return b
}

// mustAlgorithm returns the algorithm called name.
func mustAlgorithm(t testing.TB, name string) algos.Algorithm {
	t.Helper()
	a, err := algos.ByName(name)
	if err != nil {
		t.Fatalf("ByName(%q): %v", name, err)
	}
	return a
}

// mustLoad reads a file of vectors.
func mustLoad[T any](t testing.TB, file string) []T {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", file))
	if err != nil {
		t.Fatal(err)
	}
	var vectors []T
	if err := json.Unmarshal(raw, &vectors); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	if len(vectors) == 0 {
		t.Fatalf("%s holds no vector", file)
	}
	return vectors
}

// headerVector is an entry of headers.json or scrypt-headers.json.
type headerVector struct {
	Name, Algo, Header, Hash, Scrypt string
}

// sha3xVector is an entry of sha3x.json.
type sha3xVector struct {
	Name       string
	Nonce      uint64
	MiningHash string `json:"mining_hash"`
	Digest     string
	Difficulty uint64
}

// input returns the bytes that Tari hashes: nonce, mining hash, algorithm.
func (v sha3xVector) input(t testing.TB) []byte {
	raw := binary.LittleEndian.AppendUint64(nil, v.Nonce)
	raw = append(raw, mustHex(t, v.MiningHash)...)
	return append(raw, 1)
}

func TestByName(t *testing.T) {
	want := []string{"scrypt", "sha256d", "sha3x"}
	if got := algos.Names(); !slices.Equal(got, want) {
		t.Fatalf("Names: got %q, want %q", got, want)
	}
	ones := map[string]algos.Target{
		"scrypt":  algos.DiffOneScrypt,
		"sha256d": algos.DiffOneBitcoin,
		"sha3x":   algos.DiffOneSHA3x,
	}
	for _, name := range want {
		a := mustAlgorithm(t, name)
		if a.Name() != name {
			t.Errorf("ByName(%q).Name: got %q", name, a.Name())
		}
		if a.DiffOne() != ones[name] {
			t.Errorf("%s: DiffOne: got %v, want %v", name, a.DiffOne(), ones[name])
		}
		if again := mustAlgorithm(t, name); again != a {
			t.Errorf("ByName(%q): two calls give values that differ", name)
		}
	}
}

func TestByNameUnknown(t *testing.T) {
	for _, name := range []string{"", "SHA256D", "x11"} {
		a, err := algos.ByName(name)
		if !errors.Is(err, algos.ErrUnknown) || a != nil {
			t.Fatalf("ByName(%q): got %v, %v, want %v", name, a, err, algos.ErrUnknown)
		}
		for _, known := range append(algos.Names(), `"`+name+`"`) {
			if !strings.Contains(err.Error(), known) {
				t.Errorf("ByName(%q): error %q does not say %s", name, err, known)
			}
		}
	}
}

func TestNamesIsACopy(t *testing.T) {
	algos.Names()[0] = "changed"
	if got := algos.Names()[0]; got != "scrypt" {
		t.Errorf("Names()[0] after a change by a caller: got %q, want scrypt", got)
	}
}

// TestHeaders checks the name of every block, and that its proof of work meets
// the bits of its own header.
func TestHeaders(t *testing.T) {
	for _, v := range mustLoad[headerVector](t, "headers.json") {
		t.Run(v.Name, func(t *testing.T) {
			header := mustHex(t, v.Header)
			var id, pow [32]byte
			algos.DoubleSHA256(&id, header)
			if got, want := reversed(id), mustHash(t, v.Hash); got != want {
				t.Errorf("block hash: got %x, want %x", got, want)
			}

			mustAlgorithm(t, v.Algo).Sum(&pow, header, nil)
			if v.Algo == "sha256d" && pow != id {
				t.Errorf("Sum: got %x, want the block hash %x", pow, id)
			}
			checkBits(t, header, &pow)
		})
	}
}

func TestScryptHeaders(t *testing.T) {
	for _, v := range mustLoad[headerVector](t, "scrypt-headers.json") {
		t.Run(v.Scrypt[:24], func(t *testing.T) {
			header := mustHex(t, v.Header)
			var pow [32]byte
			mustAlgorithm(t, "scrypt").Sum(&pow, header, nil)
			if got, want := reversed(pow), mustHash(t, v.Scrypt); got != want {
				t.Fatalf("scrypt: got %x, want %x", got, want)
			}
			checkBits(t, header, &pow)
		})
	}
}

// checkBits checks that a real proof of work meets the target of its header.
func checkBits(t *testing.T, header []byte, pow *[32]byte) {
	t.Helper()
	compact := binary.LittleEndian.Uint32(header[72:])
	target, err := algos.FromBits(compact)
	if err != nil {
		t.Fatalf("FromBits(%08x): %v", compact, err)
	}
	if !target.Meets(pow) {
		t.Errorf("hash %x does not meet target %v", reversed(*pow), target)
	}

	// The bits of Namecoin's genesis are not canonical, so the way back is
	// checked by the target.
	if again, err := algos.FromBits(target.Bits()); err != nil || again != target {
		t.Errorf("FromBits(%08x): got %v, %v, want %v", target.Bits(), again, err, target)
	}
}

func TestSHA3x(t *testing.T) {
	for _, v := range mustLoad[sha3xVector](t, "sha3x.json") {
		t.Run(v.Name, func(t *testing.T) {
			var pow [32]byte
			mustAlgorithm(t, "sha3x").Sum(&pow, v.input(t), nil)
			if got, want := reversed(pow), mustHash(t, v.Digest); got != want {
				t.Fatalf("digest: got %x, want %x", got, want)
			}
			if v.Difficulty == 0 {
				return // the source gives none
			}
			got, err := algos.HashDifficulty64(&pow)
			if err != nil || got != v.Difficulty {
				t.Errorf("difficulty: got %d, %v, want %d", got, err, v.Difficulty)
			}
			checkReached(t, &pow, v.Difficulty)
		})
	}
}

// checkReached checks that a hash meets the target of its own difficulty and
// not that of one more.
func checkReached(t *testing.T, pow *[32]byte, diff uint64) {
	t.Helper()
	for _, step := range []uint64{0, 1} {
		target, err := algos.FromDifficulty64(diff + step)
		if err != nil {
			t.Fatalf("FromDifficulty64(%d): %v", diff+step, err)
		}
		if got, want := target.Meets(pow), step == 0; got != want {
			t.Errorf("difficulty %d of a hash with %d: Meets: got %v, want %v",
				diff+step, diff, got, want)
		}
	}
}

// TestSumOverlap checks that the destination may lie within the header.
func TestSumOverlap(t *testing.T) {
	for _, name := range algos.Names() {
		a := mustAlgorithm(t, name)
		header := make([]byte, 80)
		for i := range header {
			header[i] = byte(i)
		}
		var want [32]byte
		a.Sum(&want, header, nil)
		a.Sum((*[32]byte)(header[7:]), header, nil)
		if got := [32]byte(header[7:]); got != want {
			t.Errorf("%s into its own header: got %x, want %x", name, got, want)
		}
	}
}

// TestSumIgnoresParam checks that a parameter changes nothing.
func TestSumIgnoresParam(t *testing.T) {
	for _, name := range algos.Names() {
		a := mustAlgorithm(t, name)
		var want, got [32]byte
		a.Sum(&want, []byte("header"), nil)
		a.Sum(&got, []byte("header"), []byte("param"))
		if got != want {
			t.Errorf("%s with a parameter: got %x, want %x", name, got, want)
		}
	}
}

// TestNoAllocation covers everything that runs once per share.
func TestNoAllocation(t *testing.T) {
	header := make([]byte, 80)
	hash := new([32]byte)
	target := algos.DiffOneBitcoin
	var yes bool
	var diff float64

	cases := map[string]func(){
		"Meets":          func() { yes = target.Meets(hash) },
		"HashDifficulty": func() { diff = algos.HashDifficulty(hash, target) },
		"DoubleSHA256":   func() { algos.DoubleSHA256(hash, header) },
		"FromDifficulty": func() { target, _ = algos.FromDifficulty(1.5, algos.DiffOneBitcoin) },
		"HashDifficulty64": func() {
			n, _ := algos.HashDifficulty64(hash)
			diff += float64(n)
		},
	}
	for _, name := range algos.Names() {
		a := mustAlgorithm(t, name)
		cases["Sum "+name] = func() { a.Sum(hash, header, nil) }
	}
	for name, run := range cases {
		if raceEnabled && name == "Sum scrypt" {
			continue // see raceEnabled
		}
		if got := testing.AllocsPerRun(50, run); got != 0 {
			t.Errorf("%s: got %v allocations, want 0", name, got)
		}
	}
	_, _ = yes, diff
}
