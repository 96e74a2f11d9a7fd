package simchain

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"math"
	"net/http"
	"os"
	"slices"
	"testing"
	"time"
)

// testAddress is the one that all nodes of the recordings took.
const testAddress = "mfWxJ45yp2SFn7UciZyNpvDKrzbhyfKrY8"

// start runs a node until the test ends.
func start(t testing.TB, cfg Config) *Node {
	t.Helper()
	n := New(cfg)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- n.Run(ctx) }()
	select {
	case <-n.Ready():
	case err := <-done:
		cancel()
		t.Fatalf("run: %v", err)
	}
	t.Cleanup(func() {
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("run ended with %v, want %v", err, context.Canceled)
		}
	})
	return n
}

// client opens a connection for each call, so that none is left over from
// before a port was closed.
var client = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}

// post sends a body and returns the status and the reply.
func post(t testing.TB, ctx context.Context, n *Node, user, password, body string) (int, []byte, error) {
	t.Helper()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, n.URL(), bytes.NewReader([]byte(body)))
	if err != nil {
		t.Fatal(err)
	}
	if user != "" {
		req.SetBasicAuth(user, password)
	}
	resp, err := client.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	return resp.StatusCode, raw, err
}

// tryCall calls a method by HTTP. A failure to ask is err, an error of the
// node's is fault.
func tryCall(t testing.TB, ctx context.Context, n *Node, method string, params ...any) (result json.RawMessage, fault *rpcError, err error) {
	t.Helper()
	if params == nil {
		params = []any{}
	}
	body, err := json.Marshal(map[string]any{"jsonrpc": "1.0", "id": 1, "method": method, "params": params})
	if err != nil {
		t.Fatal(err)
	}
	_, raw, err := post(t, ctx, n, n.cfg.User, n.cfg.Password, string(body))
	if err != nil {
		return nil, nil, err
	}
	var reply struct {
		Result json.RawMessage
		Error  *rpcError
	}
	if err := json.Unmarshal(raw, &reply); err != nil {
		t.Fatalf("%s: %v in %q", method, err, raw)
	}
	return reply.Result, reply.Error, nil
}

// invoke is tryCall for a node that must answer.
func invoke(t testing.TB, n *Node, method string, params ...any) (json.RawMessage, *rpcError) {
	t.Helper()
	result, fault, err := tryCall(t, t.Context(), n, method, params...)
	if err != nil {
		t.Fatalf("%s: %v", method, err)
	}
	return result, fault
}

// want calls a method that must succeed and decodes its result.
func want[T any](t testing.TB, n *Node, method string, params ...any) T {
	t.Helper()
	result, fault := invoke(t, n, method, params...)
	if fault != nil {
		t.Fatalf("%s: %v", method, fault)
	}
	return decode[T](t, result)
}

func decode[T any](t testing.TB, raw json.RawMessage) T {
	t.Helper()
	var out T
	if err := json.Unmarshal(raw, &out); err != nil {
		t.Fatalf("%v in %s", err, raw)
	}
	return out
}

// wantFault calls a method that must fail with a code.
func wantFault(t testing.TB, n *Node, code int, method string, params ...any) *rpcError {
	t.Helper()
	result, fault := invoke(t, n, method, params...)
	if fault == nil || fault.Code != code {
		t.Fatalf("%s: got %s, %v, want error %d", method, result, fault, code)
	}
	return fault
}

// until polls a condition that another goroutine brings about.
func until(t testing.TB, what string, ok func() bool) {
	t.Helper()
	deadline := time.Now().Add(10 * time.Second)
	for !ok() {
		if time.Now().After(deadline) {
			t.Fatalf("not in 10 s: %s", what)
		}
		time.Sleep(time.Millisecond)
	}
}

// load reads a file of testdata.
func load[T any](t testing.TB, name string) []T {
	t.Helper()
	raw, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return decode[[]T](t, raw)
}

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	raw, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func encodeHex(raw []byte) string { return hex.EncodeToString(raw) }

func mustHash(t testing.TB, s string) Hash {
	t.Helper()
	h, err := ParseHash(s)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// forge is a proof in the making: what a test may spoil before it is solved.
type forge struct {
	script  []byte // of the parent's coinbase
	version uint32 // of the parent
	p       proof
}

// commit is the usual commitment.
func commit(root Hash, size, nonce uint32) []byte {
	slices.Reverse(root[:])
	b := slices.Concat(magic, root[:])
	b = binary.LittleEndian.AppendUint32(b, size)
	return binary.LittleEndian.AppendUint32(b, nonce)
}

// prove makes a solved proof for an aux block in a tree of 2^height slots.
// spoil, if not nil, changes it before the parent's coinbase is put together.
func prove(t testing.TB, alg Algorithm, aux Hash, chainID uint16, bits uint32, height int, spoil func(*forge)) *proof {
	t.Helper()
	f := &forge{version: 0x20000000}
	for i := range height {
		f.p.chainBranch = append(f.p.chainBranch, doubleSHA256([]byte{byte(i)}))
	}
	f.p.chainIndex = slot(7, int32(chainID), height)
	root := foldBranch(aux, f.p.chainBranch, f.p.chainIndex)
	f.script = slices.Concat([]byte{0x51, 44}, commit(root, 1<<height, 7), []byte("tail"))
	f.p.branch = []Hash{doubleSHA256([]byte("another transaction of the parent"))}
	if spoil != nil {
		spoil(f)
	}
	return f.solve(t, alg, bits, true)
}

// solve puts the coinbase and the header together and looks for a nonce whose
// work suffices, or does not.
func (f *forge) solve(t testing.TB, alg Algorithm, bits uint32, good bool) *proof {
	t.Helper()
	p := &f.p
	p.coinbase = &tx{
		version: 2,
		in:      []txIn{{index: math.MaxUint32, script: f.script, sequence: math.MaxUint32}},
		out:     []txOut{{value: 50, script: []byte{0x51}}},
	}
	p.coinbase.rehash()
	p.parent = header{version: f.version, time: 1, bits: bits}
	p.parent.root = foldBranch(p.coinbase.id, p.branch, 0)
	limit, _ := expand(easiestBits)
	for range 1 << 20 {
		if meets(alg.sum(p.parent.encode()), bits, limit) == good {
			return p
		}
		p.parent.nonce++
	}
	t.Fatal("no nonce found")
	return nil
}

// auxOf asks for aux work and reads its hash and bits.
func auxOf(t testing.TB, n *Node) (auxWork, Hash, uint32) {
	t.Helper()
	w := want[auxWork](t, n, "createauxblock", testAddress)
	return w, mustHash(t, w.Hash), bitsOf(t, w.Bits)
}

func bitsOf(t testing.TB, s string) uint32 {
	t.Helper()
	return binary.BigEndian.Uint32(unhex(t, s))
}

// proofFor solves aux work with nothing wrong.
func proofFor(t testing.TB, n *Node, aux Hash, bits uint32) string {
	t.Helper()
	return hex.EncodeToString(prove(t, n.cfg.Algorithm, aux, n.cfg.ChainID, bits, 2, nil).encode())
}

// mineAux asks for aux work, solves and submits it.
func mineAux(t testing.TB, n *Node) Hash {
	t.Helper()
	_, h, bits := auxOf(t, n)
	if !want[bool](t, n, "submitauxblock", h.String(), proofFor(t, n, h, bits)) {
		t.Fatal("good proof refused")
	}
	return h
}

// templateRules is what most callers say.
var templateRules = map[string]any{"rules": []string{"segwit"}}

// draft makes an unsolved block from the node's template: a coinbase of two
// outputs, the template's transactions, and the witness commitment.
func draft(t testing.TB, n *Node) *block {
	t.Helper()
	tm := want[template](t, n, "getblocktemplate", templateRules)
	script := append(pushHeight(tm.Height), 0x03, 'a', 'b', 'c')
	coinbase := &tx{
		version: 2,
		in:      []txIn{{index: math.MaxUint32, script: script, sequence: math.MaxUint32}},
		out:     []txOut{{value: tm.CoinbaseValue, script: []byte{0x51}}},
	}
	b := &block{txs: []*tx{coinbase}}
	for _, e := range tm.Transactions {
		r := &reader{rest: unhex(t, e.Data)}
		b.txs = append(b.txs, readTx(r))
		if r.err != nil {
			t.Fatal(r.err)
		}
	}
	if n.cfg.segwit() {
		coinbase.out = append(coinbase.out, txOut{script: unhex(t, tm.Commitment)})
		coinbase.in[0].witness = [][]byte{make([]byte, 32)}
	}
	b.header = header{version: tm.Version, prev: mustHash(t, tm.Previous), time: uint32(tm.CurTime), bits: bitsOf(t, tm.Bits)}
	finish(b)
	return b
}

// finish computes hashes and the merkle root after changes.
func finish(b *block) {
	for _, t := range b.txs {
		t.rehash()
	}
	b.root, _ = b.txRoot()
	b.seal()
}

// solved gives a draft its work: a proof on a chain with merged mining, else
// its own.
func solved(t testing.TB, n *Node, b *block) *block {
	t.Helper()
	if n.cfg.Parent {
		for b.nonce = 0; !n.mine(b, 1<<20); {
			t.Fatal("no nonce found")
		}
		return b
	}
	b.version |= auxVersionBit
	b.seal()
	b.aux = prove(t, n.cfg.Algorithm, b.id, uint16(b.chainID()), b.bits, 2, nil)
	return b
}

// submit gives a block to submitblock and returns its word, "" for null.
func submit(t testing.TB, n *Node, b *block) string {
	t.Helper()
	return want[string](t, n, "submitblock", hex.EncodeToString(b.encode()))
}
