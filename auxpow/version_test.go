package auxpow

import (
	"errors"
	"math/rand/v2"
	"testing"
)

const (
	bitcoinVersion = 0x20000000
	bip320Mask     = 0x1fffe000
	bip323Mask     = 0x1fffffe0
)

func TestVersionWords(t *testing.T) {
	if got := ChainID(0x00620102); got != 98 {
		t.Errorf("chain id %d, want 98", got)
	}
	if !IsAux(0x00620102) || IsAux(0x00620002) || IsAux(bitcoinVersion) {
		t.Error("aux flag is bit 8")
	}
}

func TestRolledOntoID(t *testing.T) {
	tests := []struct {
		name              string
		version, mask, id uint32
		want              bool
	}{
		{"Fractal within BIP 320", bitcoinVersion, bip320Mask, 0x2024, true},
		{"0x2013 within BIP 320", bitcoinVersion, bip320Mask, 0x2013, true},
		{"0x2020 within BIP 320", bitcoinVersion, bip320Mask, 0x2020, true},
		{"0x207e within BIP 320", bitcoinVersion, bip320Mask, 0x207e, true},
		{"lowest of the range", bitcoinVersion, bip320Mask, 0x2000, true},
		{"highest of the range", bitcoinVersion, bip320Mask, 0x3fff, true},
		{"below the range", bitcoinVersion, bip320Mask, 0x1fff, false},
		{"above the range", bitcoinVersion, bip320Mask, 0x4000, false},
		{"Namecoin", bitcoinVersion, bip320Mask, 1, false},
		{"Elastos", bitcoinVersion, bip320Mask, 1224, false},
		{"Fractal without rolling", bitcoinVersion, 0, 0x2024, false},
		{"0x2000 without rolling", bitcoinVersion, 0, 0x2000, true},
		{"low half rolls only", bitcoinVersion, 0xffff, 0x2001, false},
		{"any id under a full mask", 0, 0xffffffff, 0xffff, true},
		{"id that fits into no version", 0, 0xffffffff, 0x10000, false},
		{"bits of version inside the mask do not count", 0x3fffe000, bip320Mask, 0x2000, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := RolledOntoID(test.version, test.mask, test.id); got != test.want {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}

// Against all rollings of the upper half, one after another.
func TestRolledOntoIDExhaustively(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 10))
	for range 40 {
		version, mask := rng.Uint32(), rng.Uint32()
		reached := make([]bool, 1<<16)
		for up := range uint32(1 << 16) {
			reached[ChainID(version&^mask|(up<<16)&mask)] = true
		}
		for id, want := range reached {
			if got := RolledOntoID(version, mask, uint32(id)); got != want {
				t.Fatalf("version %08x, mask %08x, id %#x: got %v, want %v", version, mask, id, got, want)
			}
		}
	}
}

func TestCheckRolling(t *testing.T) {
	tests := []struct {
		name          string
		version, mask uint32
		rules         Rules
		want          error
	}{
		{"Namecoin, BIP 320", bitcoinVersion, bip320Mask, namecoinRules(1), nil},
		{"Namecoin, BIP 323 reaches bit 8", bitcoinVersion, bip323Mask, namecoinRules(1), RuleParentIsAux},
		{"Namecoin, no rolling", bitcoinVersion, 0, namecoinRules(1), nil},
		{"Namecoin, parent has bit 8 by itself", bitcoinVersion | AuxFlag, 0, namecoinRules(1), RuleParentIsAux},
		{"Dogecoin family, BIP 323", bitcoinVersion, bip323Mask, dogecoinRules(98), nil},
		{"Fractal, BIP 320", bitcoinVersion, bip320Mask, namecoinRules(0x2024), RuleParentOwnID},
		{"Fractal, no rolling", bitcoinVersion, 0, namecoinRules(0x2024), nil},
		{"not strict", bitcoinVersion, bip320Mask, Rules{ChainID: 0x2024}, nil},
		{"id 0x2000", bitcoinVersion, 0, namecoinRules(0x2000), RuleParentOwnID},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if err := CheckRolling(test.version, test.mask, test.rules); !errors.Is(err, test.want) {
				t.Errorf("got %v, want %v", err, test.want)
			}
		})
	}
}

func TestCheckParentVersion(t *testing.T) {
	tests := []struct {
		name    string
		version uint32
		rules   Rules
		want    error
	}{
		{"plain", bitcoinVersion, namecoinRules(1), nil},
		{"rolled", 0x27ffe000, namecoinRules(1), nil},
		{"rolled onto the id", 0x20240000, namecoinRules(0x2024), RuleParentOwnID},
		{"rolled beside the id", 0x20252000, namecoinRules(0x2024), nil},
		{"own id, not strict", 0x00010000, Rules{ChainID: 1}, nil},
		{"bit 8, Namecoin", bitcoinVersion | AuxFlag, namecoinRules(1), RuleParentIsAux},
		{"bit 8, Dogecoin family", bitcoinVersion | AuxFlag, dogecoinRules(98), nil},
		{"another aux chain as parent", 0x00620004, dogecoinRules(63), nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if err := CheckParentVersion(test.version, test.rules); !errors.Is(err, test.want) {
				t.Errorf("got %v, want %v", err, test.want)
			}
			allocs := testing.AllocsPerRun(100, func() { _ = CheckParentVersion(test.version, test.rules) })
			if allocs != 0 {
				t.Errorf("%v allocations, want none", allocs)
			}
		})
	}
}

func TestCheckBlockVersion(t *testing.T) {
	tests := []struct {
		name    string
		version uint32
		rules   Rules
		want    error
	}{
		{"own id with the flag", 0x00620104, dogecoinRules(98), nil},
		{"flag missing", 0x00620004, dogecoinRules(98), RuleBlockNotAux},
		{"another id, strict", 0x003f0104, dogecoinRules(98), RuleBlockForeignID},
		{"another id, not strict", 0x003f0104, Rules{ChainID: 98}, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if err := CheckBlockVersion(test.version, test.rules); !errors.Is(err, test.want) {
				t.Errorf("got %v, want %v", err, test.want)
			}
		})
	}
}
