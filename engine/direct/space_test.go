package direct

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"testing"

	"github.com/motherlode-pool/motherlode/coins"
)

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// plain is a transaction with one input and one output, 82 bytes; signed is the
// same with a witness of one item of 3 bytes, 7 bytes more.
func plain() []byte {
	b := append([]byte{2, 0, 0, 0, 1}, bytes.Repeat([]byte{7}, 36)...)
	b = append(b, 0, 0xff, 0xff, 0xff, 0xff, 1)
	b = append(b, 1, 0, 0, 0, 0, 0, 0, 0, 22)
	b = append(b, script(1)...)
	return append(b, 0, 0, 0, 0)
}

func signed() []byte {
	p := plain()
	b := append(append([]byte{}, p[:4]...), 0, 1)
	b = append(b, p[4:len(p)-4]...)
	return append(b, 1, 3, 9, 9, 9, 0, 0, 0, 0)
}

func TestSpaceOf(t *testing.T) {
	size := len(plain())
	free := blockWeight - 4*headerSize
	for _, x := range []struct {
		name   string
		tree   coins.CoinbaseTree
		weight int
		sigops int
	}{
		{"an empty template", coins.CoinbaseTree{}, free, blockSigops},
		{"a plain transaction", coins.CoinbaseTree{TxCount: 1, TxBlob: plain()}, free - 4*size, reservedSigops},
		{"one with a witness", coins.CoinbaseTree{TxCount: 1, TxBlob: signed()}, free - 4*size - 7, reservedSigops},
		{"both", coins.CoinbaseTree{TxCount: 2, TxBlob: append(plain(), signed()...)}, free - 8*size - 7, reservedSigops},
		{"what follows has no weight", coins.CoinbaseTree{Trailer: make([]byte, 10)}, free, blockSigops},
		{"another form", coins.CoinbaseTree{TxCount: 1, TxBlob: make([]byte, 1000)}, free - 4000, reservedSigops},
		{"full, in another form", coins.CoinbaseTree{TxCount: 1, TxBlob: make([]byte, 1<<20)}, reservedWeight, reservedSigops},
		{"as full as nodes make it", mustWeigh(t, 3_992_000), 8_000 - 4*headerSize, reservedSigops},
		{"as full as an operator may have it", mustWeigh(t, 3_996_000), 4_000 - 4*headerSize, reservedSigops},
		{"fuller", mustWeigh(t, 3_998_000), 2_000 - 4*headerSize, reservedSigops},
		{"of a chain with larger blocks", mustWeigh(t, 8_000_000), reservedWeight, reservedSigops},
	} {
		weight, sigops := SpaceOf(&x.tree)
		if weight != x.weight || sigops != x.sigops {
			t.Errorf("%s: got %d and %d, want %d and %d", x.name, weight, sigops, x.weight, x.sigops)
		}
	}
}

// mustWeigh is a template with one transaction of this weight.
func mustWeigh(t *testing.T, weight int) coins.CoinbaseTree {
	t.Helper()
	p := plain()
	const input, output = 4 + 1 + 36 + 1 + 4, 1 + 8
	head, size := p[:input+output], weight/4-input-output-5-4
	tx := binary.LittleEndian.AppendUint32(append(bytes.Clone(head), 0xfe), uint32(size))
	tx = append(append(tx, make([]byte, size)...), 0, 0, 0, 0)
	if got, ok := weightOf(tx, 1); got != weight || !ok {
		t.Fatalf("transaction weighs %d (%t), want %d", got, ok, weight)
	}
	return coins.CoinbaseTree{TxCount: 1, TxBlob: tx}
}

// TestFullBlockHasRoomForTheOperator makes coinbases for blocks that are ever fuller.
func TestFullBlockHasRoomForTheOperator(t *testing.T) {
	const reward, others = 1_000_000_000, 200 // bytes
	p := &Plan{Operator: script(0), Accounts: accounts(Account{Part: of(600_000)}, Account{Part: of(390_000)})}
	for _, x := range []struct {
		left, outputs int
	}{{4 * (others + 3*31), 3}, {4 * (others + 3*31 - 1), 2}, {4 * (others + 2*31), 2}, {4 * (others + 2*31 - 1), 1}, {4 * (others + 31), 1}, {0, 1}} {
		tree := mustWeigh(t, blockWeight-4*headerSize-x.left)
		weight, ops := SpaceOf(&tree)
		got := p.Pay(Space{Reward: reward, Bytes: others, Weight: weight, Sigops: ops}, wide, nil)
		if n := len(got.Outputs); n != x.outputs || !bytes.Equal(got.Outputs[n-1].Script, p.Operator) {
			t.Errorf("%d units left: got %d outputs %v, want %d, the last for the operator", x.left, n, got.Outputs, x.outputs)
		}
	}
}

func TestSigops(t *testing.T) {
	for _, x := range []struct {
		name, script string
		want         int
	}{
		{"pay to a key's hash", "76a914" + "00112233445566778899aabbccddeeff00112233" + "88ac", 4},
		{"pay to a script's hash", "a914" + "00112233445566778899aabbccddeeff00112233" + "87", 0},
		{"a witness program with the byte of a check in it", "0014" + "acacacacacacacacacacacacacacacacacacacac", 0},
		{"pay to a key", "21" + "02acacacacacacacacacacacacacacacacacacacacacacacacacacacacacacacac" + "ac", 4},
		{"one of two keys", "5121" + "02acacacacacacacacacacacacacacacacacacacacacacacacacacacacacacacac" + "52ae", 80},
		{"a long push", "4c02acacac", 4},
		{"a longer push", "4d0200acacad", 4},
		{"cut short", "acacac4d", 12},
	} {
		if got := sigops(unhex(t, x.script)); got != x.want {
			t.Errorf("%s: got %d, want %d", x.name, got, x.want)
		}
	}
}

func FuzzSpaceOf(f *testing.F) {
	f.Add(plain(), 1)
	f.Add(append(signed(), plain()...), 2)
	f.Fuzz(func(t *testing.T, blob []byte, n int) {
		weight, sigops := SpaceOf(&coins.CoinbaseTree{TxBlob: blob, TxCount: n % 1000})
		if weight < 0 || weight > blockWeight || sigops < reservedSigops {
			t.Errorf("%d transactions of %d bytes: got %d and %d", n, len(blob), weight, sigops)
		}
	})
}

func TestClasses(t *testing.T) {
	for _, x := range []struct {
		agent string
		bytes int
		known bool
	}{
		{"NiceHash/1.0.0", 500, true},
		{"NerdMinerV2/V1.8.3", 750, true},
		{"NerdQAxe++/BM1370/v1.0.37", 4000, true},
		{"bitaxe/BM1370/v2.9.0", 4000, true},
		{"bosminer-plus-tuner/v1", 2250, true},
		{"whatsminer/v1.0", 6500, true},
		{"cpuminer/2.5.1", 6500, true},
		{"bmminer/2.0.0", 750, true},
		{"cgminer/4.11.1", 750, true},
		{"something else", 0, false},
		{"", 0, false},
	} {
		if got, known := Agent(x.agent); known != x.known || got.Bytes != x.bytes {
			t.Errorf("%q: got %+v, %t; want %d bytes, %t", x.agent, got, known, x.bytes, x.known)
		}
	}
	for _, x := range []struct {
		name, profile, agent string
		operator, want       Limits
	}{
		{"nothing is known", "normal", "", Limits{}, Limits{MaxOutputs, 750}},
		{"rented", "rental", "x", Limits{}, Limits{MaxOutputs, 500}},
		{"the operator knows the machines", "rental", "x", Limits{40, 2000}, Limits{40, 2000}},
		{"more outputs than there can be", "low", "", Limits{10_000, 0}, Limits{MaxOutputs, 750}},
		{"the machine says that it is small", "normal", "NiceHash/1.0.0", Limits{0, 2000}, Limits{MaxOutputs, 500}},
		{"the machine takes more than the operator allows", "low", "whatsminer", Limits{9, 2000}, Limits{9, 2000}},
	} {
		if got := ClassOf(x.profile, x.agent, x.operator); got != x.want {
			t.Errorf("%s: got %+v, want %+v", x.name, got, x.want)
		}
	}
}
