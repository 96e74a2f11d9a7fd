package simrsk

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// The faults that Fault switches on.
const (
	Hang     = "hang"      // calls are never answered
	Busy     = "busy"      // HTTP 503
	Garbage  = "garbage"   // no JSON
	Reset    = "reset"     // the connection is closed
	NoModule = "no module" // the mnr methods are not enabled
	NoWork   = "no work"   // mnr_getWork answers null
	Lie      = "lie"       // solutions are called imported and forgotten
	Refuse   = "refuse"    // solutions are called invalid
	Limit    = "limit"     // solutions are too many
	Trouble  = "trouble"   // an exception ends each submission
)

// Fault makes the node misbehave; the empty text makes it well.
func (n *Node) Fault(kind string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.fault = kind
}

// Slow delays each answer to mnr_getWork.
func (n *Node) Slow(d time.Duration) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.slow = d
}

type server struct {
	http *http.Server
	addr string
	quit chan struct{}
	done chan struct{}
}

func serve(n *Node) (*server, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &server{addr: l.Addr().String(), quit: make(chan struct{}), done: make(chan struct{})}
	s.http = &http.Server{Handler: http.HandlerFunc(n.handle), ReadHeaderTimeout: 10 * time.Second}
	go func() {
		defer close(s.done)
		_ = s.http.Serve(l)
	}()
	return s, nil
}

// URL is the node's address.
func (n *Node) URL() string { return "http://" + n.server.addr }

// Name is the node's host and port.
func (n *Node) Name() string { return n.server.addr }

// Close ends the node.
func (n *Node) Close() error {
	close(n.server.quit)
	err := n.server.http.Close()
	<-n.server.done
	return err
}

// rpcError is an error of a call.
type rpcError struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
}

func (e *rpcError) Error() string { return e.Message }

func (n *Node) handle(w http.ResponseWriter, r *http.Request) {
	var q struct {
		Version string            `json:"jsonrpc"`
		ID      json.RawMessage   `json:"id"`
		Method  string            `json:"method"`
		Params  []json.RawMessage `json:"params"`
	}
	if json.NewDecoder(http.MaxBytesReader(w, r.Body, 10<<20)).Decode(&q) != nil || q.Version != "2.0" {
		http.Error(w, "bad request", http.StatusBadRequest)
		return
	}
	n.mu.Lock()
	fault, slow := n.fault, n.slow
	n.mu.Unlock()
	if q.Method == "mnr_getWork" && slow > 0 {
		ctx, cancel := context.WithTimeout(r.Context(), slow)
		n.pause(ctx)
		cancel()
	}
	switch fault {
	case Hang:
		n.pause(r.Context())
		return
	case Busy:
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	case Garbage:
		fmt.Fprint(w, "<html>")
		return
	case Reset:
		panic(http.ErrAbortHandler)
	}
	reply := map[string]any{"jsonrpc": "2.0", "id": q.ID}
	result, err := n.call(q.Method, q.Params)
	var e *rpcError
	switch {
	case err == nil:
		reply["result"] = result
	case errors.As(err, &e):
		reply["error"] = e
	default:
		reply["error"] = &rpcError{-32602, err.Error()}
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(reply)
}

func (n *Node) pause(ctx context.Context) {
	select {
	case <-ctx.Done():
	case <-n.server.quit:
	}
}

func (n *Node) call(method string, params []json.RawMessage) (any, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.calls[method]++
	if n.fault == NoModule && strings.HasPrefix(method, "mnr_") {
		return nil, &rpcError{-32601, "method not found"}
	}
	switch method {
	case "net_version":
		return n.cfg.Network, nil
	case "web3_clientVersion":
		return "RskJ/0.0.0/Simulated", nil
	case "net_peerCount":
		return fmt.Sprintf("0x%x", n.cfg.Peers), nil
	case "eth_syncing":
		return false, nil
	case "eth_blockNumber":
		return fmt.Sprintf("0x%x", n.best().Number), nil
	case "eth_getBlockByHash":
		hash, err := param(params, 0)
		if err != nil {
			return nil, err
		}
		return n.show(n.byHash(hash)), nil
	case "eth_getBlockByNumber":
		return n.byNumber(params)
	case "eth_getUncleByBlockHashAndIndex":
		return n.uncle(params)
	case "mnr_getWork":
		return n.getWork(), nil
	case "mnr_submitBitcoinBlockPartialMerkle":
		return n.submit(params)
	}
	return nil, &rpcError{-32601, "method not found"}
}

func (n *Node) getWork() any {
	if n.fault == NoWork {
		return nil
	}
	w := n.current
	notify := w.notify
	w.notify = false // the first who asks takes it
	return map[string]any{
		"blockHashForMergedMining": print0x(w.block.Mined[:]),
		"target":                   print0x(n.cfg.Target[:]),
		"feesPaidToMiner":          strconv.FormatUint(w.fees, 10),
		"notify":                   notify,
		"parentBlockHash":          print0x(w.block.Parent[:]),
	}
}

// submit takes hash, header, coinbase, branch and count; the hash is not looked
// at, as in rskj.
func (n *Node) submit(params []json.RawMessage) (any, error) {
	if len(params) != 5 {
		return nil, &rpcError{-32602, "method parameters invalid"}
	}
	var texts [5]string
	for i := range texts {
		var err error
		if texts[i], err = param(params, i); err != nil {
			return nil, err
		}
	}
	header, err := hex.DecodeString(texts[1])
	if err != nil {
		return nil, err
	}
	coinbase, err := hex.DecodeString(texts[2])
	if err != nil {
		return nil, err
	}
	var branch [][32]byte
	for _, word := range strings.Fields(texts[3]) {
		raw, err := hex.DecodeString(word)
		if err != nil || len(raw) != 32 {
			return nil, fmt.Errorf("merkle hash %q", word)
		}
		branch = append(branch, [32]byte(raw))
	}
	if _, err := strconv.ParseInt(texts[4], 16, 32); err != nil {
		return nil, err
	}
	switch n.fault {
	case Limit:
		return nil, &rpcError{-33000, "Cannot publish block, block submission rate limit exceeded"}
	case Trouble:
		return nil, &rpcError{-32603, "Internal server error"}
	case Lie:
		return n.info(&Block{Number: 1}, "IMPORTED_BEST"), nil
	}
	block, result, refusal := n.accept(header, coinbase, branch)
	n.results = append(n.results, result+refusal)
	if refusal != "" {
		return nil, &rpcError{-33000, refusal}
	}
	return n.info(&block, result), nil
}

// info is rskj's SubmittedBlockInfo: the word comes as hex digits of its letters.
func (n *Node) info(b *Block, word string) map[string]any {
	return map[string]any{
		"blockImportedResult": print0x([]byte(word)),
		"blockHash":           print0x(b.Hash[:]),
		"blockIncludedHeight": fmt.Sprintf("0x%x", b.Number),
	}
}

func (n *Node) byHash(text string) *Block {
	raw, err := hex.DecodeString(strings.TrimPrefix(text, "0x"))
	if err != nil || len(raw) != 32 {
		return nil
	}
	return n.blocks[[32]byte(raw)]
}

func (n *Node) byNumber(params []json.RawMessage) (any, error) {
	text, err := param(params, 0)
	if err != nil {
		return nil, err
	}
	number, err := strconv.ParseUint(strings.TrimPrefix(text, "0x"), 16, 64)
	if err != nil {
		return nil, err
	}
	if number >= uint64(len(n.chain)) {
		return nil, nil
	}
	return n.show(n.chain[number]), nil
}

func (n *Node) uncle(params []json.RawMessage) (any, error) {
	hash, err := param(params, 0)
	if err != nil {
		return nil, err
	}
	text, err := param(params, 1)
	if err != nil {
		return nil, err
	}
	index, err := strconv.ParseUint(strings.TrimPrefix(text, "0x"), 16, 32)
	b := n.byHash(hash)
	if err != nil || b == nil || index >= uint64(len(b.Uncles)) {
		return nil, err
	}
	return n.show(n.blocks[b.Uncles[index]]), nil
}

func (n *Node) show(b *Block) any {
	if b == nil {
		return nil
	}
	uncles := []string{}
	for _, u := range b.Uncles {
		uncles = append(uncles, print0x(u[:]))
	}
	return map[string]any{
		"number": fmt.Sprintf("0x%x", b.Number), "hash": print0x(b.Hash[:]), "parentHash": print0x(b.Parent[:]),
		"hashForMergedMining": print0x(b.Mined[:]), "uncles": uncles,
	}
}

func param(params []json.RawMessage, i int) (string, error) {
	var s string
	if i >= len(params) || json.Unmarshal(params[i], &s) != nil {
		return "", &rpcError{-32602, "method parameters invalid"}
	}
	return s, nil
}

func print0x(b []byte) string { return "0x" + hex.EncodeToString(b) }
