package job

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/btcsuite/btcd/chainhash/v2"
	"github.com/btcsuite/btcd/wire/v2"

	"github.com/motherlode-pool/motherlode/algos"
	"github.com/motherlode-pool/motherlode/auxpow"
	"github.com/motherlode-pool/motherlode/coins"
)

var (
	testNow    = time.Unix(1_700_000_000, 0)
	poolPayee  = NewPayee("pool", []byte{0x00, 0x14, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20})
	easyTarget = coinsTarget(0x207fffff)
)

func coinsTarget(bits uint32) [32]byte {
	t, err := algos.FromBits(bits)
	if err != nil {
		panic(err)
	}
	return t
}

func payAll(p *Payee, reward uint64) []coins.Output {
	return []coins.Output{{Value: reward, Script: p.Script}}
}

func mustAlgo(t testing.TB, name string) algos.Algorithm {
	t.Helper()
	a, err := algos.ByName(name)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// mustSpec is a planned spec with the given chain ids, all in the tree.
func mustSpec(t testing.TB, ids ...uint32) *Spec {
	t.Helper()
	s := &Spec{
		Algorithm: mustAlgo(t, "sha256d"), DiffOne: algos.DiffOneBitcoin,
		Tag: []byte("/motherlode/"), ExtranonceSize: 12, Outputs: payAll,
	}
	for _, id := range ids {
		s.Aux = append(s.Aux, AuxChain{Name: "aux" + hex.EncodeToString([]byte{byte(id)}), ChainID: id, InTree: true, Cap: true})
	}
	if err := s.Plan(); err != nil {
		t.Fatal(err)
	}
	return s
}

// testTx is a transaction with a witness that differs with n.
func testTx(n int) *wire.MsgTx {
	tx := wire.NewMsgTx(2)
	prev := chainhash.Hash(sha256.Sum256([]byte{byte(n), byte(n >> 8)}))
	tx.AddTxIn(wire.NewTxIn(wire.NewOutPoint(&prev, uint32(n)), nil, [][]byte{{0x51}}))
	tx.AddTxOut(wire.NewTxOut(int64(1000+n), bytes.Repeat([]byte{0x51}, 22)))
	return tx
}

// naiveRoot is the merkle root of leaves, level by level.
func naiveRoot(leaves [][32]byte) [32]byte {
	for len(leaves) > 1 {
		if len(leaves)%2 == 1 {
			leaves = append(leaves, leaves[len(leaves)-1])
		}
		var up [][32]byte
		for i := 0; i < len(leaves); i += 2 {
			up = append(up, auxpow.DoubleHash(append(leaves[i][:], leaves[i+1][:]...)))
		}
		leaves = up
	}
	return leaves[0]
}

// naiveBranch is the branch of leaf 0, whose hash is not needed for it.
func naiveBranch(others [][32]byte) (branch []coins.Hash) {
	level := append([][32]byte{{}}, others...)
	for len(level) > 1 {
		if len(level)%2 == 1 {
			level = append(level, level[len(level)-1])
		}
		branch = append(branch, level[1])
		up := [][32]byte{{}}
		for i := 2; i < len(level); i += 2 {
			up = append(up, auxpow.DoubleHash(append(level[i][:], level[i+1][:]...)))
		}
		level = up
	}
	return branch
}

// testTemplate is a template with n transactions.
func testTemplate(t testing.TB, n int) *coins.Template {
	t.Helper()
	tmpl := &coins.Template{
		ID: 7, Reason: coins.NewTip, Height: 840_000, PrevHash: sha256.Sum256([]byte("tip")),
		Target: easyTarget, Reward: 312_500_000 + uint64(n), Time: testNow.Unix(), MinTime: testNow.Unix() - 3600,
		Tree: &coins.CoinbaseTree{
			Version: 0x20000000, VersionMask: 0x1fffe000, Bits: 0x207fffff, CoinbaseVersion: 2,
			ScriptPrefix: []byte{3, 0x40, 0xd1, 0x0c}, ScriptLimit: 100,
			Outputs:         []coins.Output{{Script: append([]byte{0x6a, 0x24, 0xaa, 0x21, 0xa9, 0xed}, make([]byte, 32)...)}},
			WitnessReserved: make([]byte, 32), TxCount: n,
		},
	}
	var ids [][32]byte
	var blob bytes.Buffer
	for i := range n {
		tx := testTx(i)
		if err := tx.Serialize(&blob); err != nil {
			t.Fatal(err)
		}
		ids = append(ids, tx.TxHash())
	}
	tmpl.Tree.TxBlob, tmpl.Tree.Branch = blob.Bytes(), naiveBranch(ids)
	return tmpl
}

func auxWork(id uint32, seed string) *coins.AuxWork {
	return &coins.AuxWork{
		ID: 1, Hash: sha256.Sum256([]byte(seed)), PrevHash: sha256.Sum256([]byte("aux tip")), Height: 5,
		Bits: 0x207fffff, Target: easyTarget, Slot: &coins.Slot{ChainID: id},
		Rules: coins.AuxRules{StrictID: true},
	}
}

func mustBuild(t testing.TB, s *Spec, in Input) *Job {
	t.Helper()
	if in.Now.IsZero() {
		in.Now = testNow
	}
	if in.ID == 0 {
		in.ID = 0x0102030405060708
	}
	j, err := s.Build(in)
	if err != nil {
		t.Fatal(err)
	}
	return j
}

func mustVariant(t testing.TB, j *Job, p *Payee) *Variant {
	t.Helper()
	v, err := j.Variant(p)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func testNonces() *Nonces {
	return &Nonces{
		Extranonce: []byte{0xe1, 0xe1, 0xe1, 0xe1, 1, 2, 3, 4, 5, 6, 7, 8}, NTime: uint32(testNow.Unix()) + 3,
		Nonce: 0xdeadbeef, VersionBits: 0x00c00000, Mask: 0x1fffe000,
	}
}

func TestBlockIsWhatANodeReads(t *testing.T) {
	for _, txs := range []int{0, 1, 2, 3, 7, 253, 300} {
		j := mustBuild(t, mustSpec(t, 1, 6), Input{Template: testTemplate(t, txs), Aux: []Work{{0, auxWork(1, "a")}}})
		n, v := testNonces(), mustVariant(t, j, poolPayee)
		got := j.Block(v, n, nil)

		var block wire.MsgBlock
		r := bytes.NewReader(got.Raw)
		if err := block.Deserialize(r); err != nil || r.Len() != 0 {
			t.Fatalf("%d txs: block does not parse: %v, %d bytes left", txs, err, r.Len())
		}
		if len(block.Transactions) != txs+1 {
			t.Fatalf("got %d transactions, want %d", len(block.Transactions), txs+1)
		}
		var ids [][32]byte
		for _, tx := range block.Transactions {
			ids = append(ids, tx.TxHash())
		}
		if want := naiveRoot(ids); block.Header.MerkleRoot != want {
			t.Errorf("%d txs: merkle root %s, want %s", txs, block.Header.MerkleRoot, chainhash.Hash(want))
		}
		if h := block.BlockHash(); h != chainhash.Hash(got.Hash) {
			t.Errorf("hash %s, want %s", got.Hash, h)
		}
		if v := uint32(block.Header.Version); v != 0x20c00000 {
			t.Errorf("rolled version %08x, want 20c00000", v)
		}
		if block.Header.Nonce != 0xdeadbeef || uint32(block.Header.Timestamp.Unix()) != n.NTime {
			t.Errorf("nonce %08x time %d are not the miner's", block.Header.Nonce, block.Header.Timestamp.Unix())
		}
		cb := block.Transactions[0]
		if len(cb.TxIn[0].Witness) != 1 || !bytes.Equal(cb.TxIn[0].Witness[0], make([]byte, 32)) {
			t.Errorf("coinbase witness %x, want 32 zeros", cb.TxIn[0].Witness)
		}
		if sum := cb.TxOut[0].Value; uint64(sum) != j.Template.Reward {
			t.Errorf("payout %d, want the whole reward %d", sum, j.Template.Reward)
		}
		if s := cb.TxIn[0].SignatureScript; len(s) > 100 || !bytes.HasPrefix(s, j.Template.Tree.ScriptPrefix) || !bytes.HasSuffix(s, []byte("/motherlode/")) {
			t.Errorf("script %x: too long, or height or tag missing", s)
		}
	}
}

func TestBlockWithoutWitnessAndWithTrailer(t *testing.T) {
	tmpl := testTemplate(t, 0)
	tmpl.Tree.WitnessReserved, tmpl.Tree.Trailer = nil, []byte{1, 0xaa, 0xbb}
	tmpl.Tree.Payload, tmpl.Tree.LockTime = []byte{2, 9, 9}, 77
	j := mustBuild(t, mustSpec(t), Input{Template: tmpl})
	raw := j.Block(mustVariant(t, j, poolPayee), testNonces(), nil).Raw
	if want := []byte{77, 0, 0, 0, 2, 9, 9, 1, 0xaa, 0xbb}; !bytes.HasSuffix(raw, want) {
		t.Errorf("block ends %x, want lock time, payload and trailer %x", raw[len(raw)-12:], want)
	}
	if raw[85] == 0 {
		t.Error("coinbase has a segwit marker though the block has no witness")
	}
}

func TestPayloadStaysBehindTheLockTimeWithWitness(t *testing.T) {
	got := withWitness([]byte{1, 0, 0, 0, 0xaa, 9, 0, 0, 0, 5, 6}, []byte{7}, 2)
	want := []byte{1, 0, 0, 0, 0, 1, 0xaa, 1, 1, 7, 9, 0, 0, 0, 5, 6}
	if !bytes.Equal(got, want) {
		t.Errorf("got %x, want %x", got, want)
	}
}

func TestProofsVerifyForEveryChainOfAJob(t *testing.T) {
	ids := []uint32{1, 6, 16, 117, 1224}
	spec := mustSpec(t, ids...)
	var works []Work
	for i, id := range ids {
		if i == 2 {
			continue // down: zeros in its slot
		}
		works = append(works, Work{i, auxWork(id, string(rune('a'+i)))})
	}
	j := mustBuild(t, spec, Input{Template: testTemplate(t, 5), Aux: works})
	v, n := mustVariant(t, j, poolPayee), testNonces()
	if len(j.Aux) != 4 {
		t.Fatalf("job has %d chains, want 4", len(j.Aux))
	}
	for i := range j.Aux {
		p, err := j.Proof(i, v, n)
		if err != nil {
			t.Fatalf("%s: %v", j.Aux[i].Chain, err)
		}
		proof := auxpow.Proof{
			Coinbase: p.CoinbaseStripped, ChainBranch: j.Aux[i].Branch, ChainIndex: p.ChainIndex,
			ParentHeader: [80]byte(p.ParentHeader),
		}
		for _, h := range p.Branch {
			proof.CoinbaseBranch = append(proof.CoinbaseBranch, h)
		}
		rules := auxpow.Rules{ChainID: j.Aux[i].Work.Slot.ChainID, StrictID: true, IndexZero: true, NoAuxParent: true, MagicRequired: true}
		if err := auxpow.Verify(&proof, p.Hash, rules); err != nil {
			t.Errorf("%s: strictest rules refuse the proof: %v", j.Aux[i].Chain, err)
		}
	}
}

func TestTreeKeepsItsShapeWhenAChainIsDown(t *testing.T) {
	spec := mustSpec(t, 1, 6)
	up := mustBuild(t, spec, Input{Template: testTemplate(t, 0), Aux: []Work{{0, auxWork(1, "a")}, {1, auxWork(6, "b")}}})
	down := mustBuild(t, spec, Input{Template: testTemplate(t, 0), Aux: []Work{{0, auxWork(1, "a")}}})
	if up.Aux[0].Index != down.Aux[0].Index || len(up.Aux[0].Branch) != len(down.Aux[0].Branch) {
		t.Error("a neighbour that is down moved the chain's slot")
	}
	none := mustBuild(t, spec, Input{Template: testTemplate(t, 0)})
	if !bytes.Contains(none.script.head, []byte{0xfa, 0xbe, 0x6d, 0x6d}) {
		t.Error("with every chain down the commitment must stay, so that the coinbase keeps its shape")
	}
}

func TestRolledVersionOntoAnAuxIDIsNoProof(t *testing.T) {
	const fractal = 0x2024
	j := mustBuild(t, mustSpec(t, fractal), Input{Template: testTemplate(t, 0), Aux: []Work{{0, auxWork(fractal, "f")}}})
	v, n := mustVariant(t, j, poolPayee), testNonces()
	if _, err := j.Proof(0, v, n); err != nil {
		t.Fatalf("ordinary rolling: %v", err)
	}
	n.VersionBits = 0x00240000
	if _, err := j.Proof(0, v, n); !errors.Is(err, auxpow.RuleParentOwnID) {
		t.Errorf("version rolled onto the chain's id: got %v, want %v", err, auxpow.RuleParentOwnID)
	}
	if j.Block(v, n, nil) == nil {
		t.Error("the parent's block must not suffer from it")
	}
}

func TestExtranonceThatSpellsTheMagicIsNoProof(t *testing.T) {
	j := mustBuild(t, mustSpec(t, 1), Input{Template: testTemplate(t, 0), Aux: []Work{{0, auxWork(1, "a")}}})
	n := testNonces()
	copy(n.Extranonce, []byte{0xfa, 0xbe, 0x6d, 0x6d})
	if _, err := j.Proof(0, mustVariant(t, j, poolPayee), n); !errors.Is(err, auxpow.RuleMagicTwice) {
		t.Errorf("got %v, want %v", err, auxpow.RuleMagicTwice)
	}
}

func TestJobVersionHasNoBitInsideTheMask(t *testing.T) {
	tmpl := testTemplate(t, 0)
	tmpl.Tree.Version = 0x30400010
	j := mustBuild(t, mustSpec(t), Input{Template: tmpl})
	if j.Version()&j.Mask() != 0 || j.Version() != 0x20000010 {
		t.Errorf("job version %08x, want 20000010", j.Version())
	}
	n := testNonces()
	n.Mask = 0
	if got := j.SolvedVersion(n); got != 0x20000010 {
		t.Errorf("without a grant: %08x, want the job's version", got)
	}
}

func TestOutputCommitmentsComeLastAndHeaviestLast(t *testing.T) {
	spec := mustSpec(t)
	spec.Aux = []AuxChain{{Name: "rsk"}, {Name: "vcash"}}
	if err := spec.Plan(); err != nil {
		t.Fatal(err)
	}
	rsk := append([]byte{0x6a, 0x29}, "RSKBLOCK:"...)
	rsk = append(rsk, make([]byte, 32)...)
	vcash := append([]byte{0x6a, 0x24, 0xb9, 0xe1, 0x1b, 0x6d}, make([]byte, 32)...)
	work := func(script []byte, weight int) *coins.AuxWork {
		return &coins.AuxWork{Target: easyTarget, Output: &coins.OutputCommitment{Script: script, Weight: weight}}
	}
	j := mustBuild(t, spec, Input{Template: testTemplate(t, 0), Aux: []Work{{0, work(rsk, 100)}, {1, work(vcash, 1)}}})
	v := mustVariant(t, j, poolPayee)
	p, err := j.Proof(0, v, testNonces())
	if err != nil {
		t.Fatal(err)
	}
	if got := p.CoinbaseStripped[p.OutputOffset : p.OutputOffset+len(rsk)]; !bytes.Equal(got, rsk) {
		t.Errorf("offset points at %x, want the RSK script", got)
	}
	if after := len(p.CoinbaseStripped) - p.OutputOffset - len(rsk); after != 4 {
		t.Errorf("%d bytes follow the RSK script, want the lock time's 4", after)
	}
}

func TestScriptLimit(t *testing.T) {
	for name, c := range map[string]struct {
		tag     int
		limit   int
		want    error
		dropped []string
	}{
		"longest tag is cut":           {tag: 200, limit: 100},
		"no room for a tag":            {tag: 20, limit: 70},
		"no room for the commitment":   {tag: 20, limit: 60, dropped: []string{"aux01"}},
		"no room for a tag beside it":  {tag: 20, limit: 25, dropped: []string{"aux01"}},
		"no room for the job's number": {limit: 24, want: ErrScriptTooBig},
		"exactly without a tag":        {limit: 70},
	} {
		t.Run(name, func(t *testing.T) {
			spec := mustSpec(t, 1)
			spec.Tag = bytes.Repeat([]byte("x"), c.tag)
			tmpl := testTemplate(t, 0)
			tmpl.Tree.ScriptLimit = c.limit
			j, err := spec.Build(Input{ID: 1, Template: tmpl, Aux: []Work{{0, auxWork(1, "a")}}, Now: testNow})
			if !errors.Is(err, c.want) {
				t.Fatalf("got %v, want %v", err, c.want)
			}
			if err == nil && j.script.size(12) > c.limit {
				t.Errorf("script of %d bytes, limit %d", j.script.size(12), c.limit)
			}
			if err == nil && (!slices.Equal(j.Dropped, c.dropped) || len(j.Aux)+len(j.Dropped) != 1) {
				t.Errorf("dropped %v with %d chains left, want %v dropped", j.Dropped, len(j.Aux), c.dropped)
			}
		})
	}
}

func TestVariantsDifferByPayeeAndAreKept(t *testing.T) {
	j := mustBuild(t, mustSpec(t), Input{Template: testTemplate(t, 0)})
	other := NewPayee("other", []byte{0x51})
	a, b := mustVariant(t, j, poolPayee), mustVariant(t, j, other)
	if bytes.Equal(a.Part2, b.Part2) {
		t.Error("two payees have one coinbase")
	}
	if a != mustVariant(t, j, poolPayee) {
		t.Error("a variant was made twice")
	}
}

func TestOutputsMustAddUp(t *testing.T) {
	spec := mustSpec(t)
	spec.Outputs = func(p *Payee, reward uint64) []coins.Output {
		return []coins.Output{{Value: reward - 1, Script: p.Script}}
	}
	j := mustBuild(t, spec, Input{Template: testTemplate(t, 0)})
	if _, err := j.Variant(poolPayee); !errors.Is(err, ErrPayout) {
		t.Errorf("got %v, want %v", err, ErrPayout)
	}
}

func TestTwoJobsNeverHashTheSameBytes(t *testing.T) {
	spec, tmpl := mustSpec(t, 1), testTemplate(t, 0)
	var s1, s2 Scratch
	a := mustBuild(t, spec, Input{ID: 1, Template: tmpl})
	b := mustBuild(t, spec, Input{ID: 2, Template: tmpl})
	a.Solve(&s1, mustVariant(t, a, poolPayee), testNonces())
	b.Solve(&s2, mustVariant(t, b, poolPayee), testNonces())
	if s1.Hash == s2.Hash {
		t.Error("the same nonces for two jobs of one template gave one hash")
	}
}

func TestMaxDifficultyIsTheEasiestCappedChain(t *testing.T) {
	tmpl := testTemplate(t, 0)
	tmpl.Target = coinsTarget(0x1b0404cb)
	spec := mustSpec(t, 1, 6)
	spec.Aux[1].Cap = false
	hard, easy := auxWork(1, "a"), auxWork(6, "b")
	hard.Target, easy.Target = coinsTarget(0x1c00ffff), coinsTarget(0x207fffff)
	j := mustBuild(t, spec, Input{Template: tmpl, Aux: []Work{{0, hard}, {1, easy}}})
	if got := j.MaxDifficulty(); got != 256 {
		t.Errorf("got %g, want 256: the capped aux chain's, not the parent's nor the uncapped one's", got)
	}
	if algos.Target(easy.Target) != j.easiest {
		t.Error("candidates of the uncapped chain would not be seen")
	}
}

func TestDuplicateChainIDsAreNamed(t *testing.T) {
	s := &Spec{Aux: []AuxChain{{Name: "syscoin", ChainID: 16, InTree: true}, {Name: "bells", ChainID: 16, InTree: true}}}
	err := s.Plan()
	if !errors.Is(err, auxpow.ErrDuplicateID) || !bytes.Contains([]byte(err.Error()), []byte("syscoin bells")) {
		t.Errorf("got %v, want both names and %v", err, auxpow.ErrDuplicateID)
	}
}

func TestParseID(t *testing.T) {
	for range 1000 {
		id := rand.Uint64()
		if got, ok := ParseID([]byte(formatID(id))); !ok || got != id {
			t.Fatalf("%x: got %x, %v", id, got, ok)
		}
	}
	for _, bad := range []string{"", "1", "000000000000000g", "00000000000000000", "-000000000000001"} {
		if _, ok := ParseID([]byte(bad)); ok {
			t.Errorf("%q parsed", bad)
		}
	}
}

func TestHeaderBlob(t *testing.T) {
	spec := &Spec{Algorithm: mustAlgo(t, "sha3x"), DiffOne: algos.DiffOneSHA3x, ExtranonceSize: 2, Outputs: payAll}
	if err := spec.Plan(); err != nil {
		t.Fatal(err)
	}
	mining, _ := hex.DecodeString("55f5e1fb50c7146f54bd171fc8bc1eb658bff07b7befe5d140ddccffe5aff41c")
	header := append(make([]byte, 8), append(mining, 1)...)
	tmpl := &coins.Template{
		ID: 1, Target: easyTarget, Time: testNow.Unix(),
		Blob: &coins.HeaderBlob{Header: header, NonceSize: 8, ExtranonceSize: 2, Opaque: []byte("block")},
	}
	j := mustBuild(t, spec, Input{Template: tmpl})
	var s Scratch
	j.Solve(&s, mustVariant(t, j, poolPayee), &Nonces{Extranonce: []byte{4, 0}, Nonce: 0xffff})
	j.Solve(&s, mustVariant(t, j, poolPayee), &Nonces{Extranonce: []byte{4, 0}, Nonce: 0})
	// Vector C of the MainNet header form: nonce 4.
	if got := coins.Hash(s.Hash).String(); got != "3e3cbf120eea5ba10bd273747f909c45df7593af33eb03a485f3e1dd81867863" {
		t.Errorf("got %s", got)
	}
	b := j.Block(nil, &Nonces{Extranonce: []byte{4, 0}}, &s.Hash)
	if string(b.Opaque) != "block" || b.Raw[0] != 4 || b.Hash != coins.Hash(s.Hash) {
		t.Errorf("solved header %x, opaque %q, hash %s", b.Raw, b.Opaque, b.Hash)
	}
	tmpl.Blob.NonceOffset = 40
	if _, err := spec.Build(Input{ID: 1, Template: tmpl, Now: testNow}); !errors.Is(err, ErrShape) {
		t.Errorf("nonce outside the header: got %v, want %v", err, ErrShape)
	}
}

func TestCommitmentWithTooMuchBehindItIsLeftOut(t *testing.T) {
	spec := mustSpec(t)
	spec.Aux = []AuxChain{{Name: "fussy"}, {Name: "last"}}
	if err := spec.Plan(); err != nil {
		t.Fatal(err)
	}
	work := func(weight, maxAfter int) *coins.AuxWork {
		return &coins.AuxWork{Target: easyTarget, Output: &coins.OutputCommitment{
			Script: append([]byte{0x6a, 0x20, byte(weight)}, make([]byte, 31)...), Weight: weight, MaxAfter: maxAfter,
		}}
	}
	j := mustBuild(t, spec, Input{Template: testTemplate(t, 0), Aux: []Work{{0, work(1, 40)}, {1, work(100, 4)}}})
	if len(j.Aux) != 1 || j.Aux[0].Chain != "last" || len(j.Dropped) != 1 || j.Dropped[0] != "fussy" {
		t.Fatalf("job has %+v and dropped %v; want the last chain alone", j.Aux, j.Dropped)
	}
	if _, err := j.Proof(0, mustVariant(t, j, poolPayee), testNonces()); err != nil {
		t.Error(err)
	}
}
