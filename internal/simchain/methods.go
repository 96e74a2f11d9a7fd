package simchain

import (
	"bytes"
	"context"
	"encoding/json"
	"math"
	"slices"
	"strings"
)

// method is one RPC method. A parameter whose name ends in "?" may be left out.
type method struct {
	params []string
	help   string
	run    func(n *Node, up context.Context, a args) (any, error)
	// merged methods belong to merged mining, which a parent chain has not.
	merged bool
}

// methods is the table of all that a node can do.
func methods() map[string]method {
	return map[string]method{
		"getblockcount":      {run: getBlockCount, help: "Height of the best chain."},
		"getbestblockhash":   {run: getBestBlockHash, help: "Hash of the best chain's last block."},
		"getblockhash":       {run: getBlockHash, params: []string{"height"}, help: "Hash at a height of the best chain."},
		"getblockheader":     {run: getBlockHeader, params: []string{"blockhash", "verbose?"}, help: "A header."},
		"getblock":           {run: getBlock, params: []string{"blockhash", "verbosity?"}, help: "A block."},
		"getblockchaininfo":  {run: getBlockchainInfo, help: "State of the chain."},
		"getdifficulty":      {run: getDifficulty, help: "Difficulty of the tip."},
		"invalidateblock":    {run: invalidateBlock, params: []string{"blockhash"}, help: "Treats a block as invalid."},
		"reconsiderblock":    {run: reconsiderBlock, params: []string{"blockhash"}, help: "Takes invalidateblock back."},
		"getbalance":         {run: getBalance, params: []string{"dummy?", "minconf?"}, help: "What the wallet can spend."},
		"getnetworkinfo":     {run: getNetworkInfo, help: "State of the network."},
		"getconnectioncount": {run: getConnectionCount, help: "Number of peers."},
		"getmininginfo":      {run: getMiningInfo, help: "State of mining."},
		"getrawmempool":      {run: getRawMempool, params: []string{"verbose?"}, help: "Transactions that wait."},
		"validateaddress":    {run: validateAddress, params: []string{"address"}, help: "Says whether an address is one."},
		"getblocktemplate":   {run: getBlockTemplate, params: []string{"template_request?", "algo?"}, help: "A template, or the test of a proposal."},
		"submitblock":        {run: submitBlock, params: []string{"hexdata", "dummy?"}, help: "Takes a block."},
		"generatetoaddress":  {run: generateToAddress, params: []string{"nblocks", "address", "maxtries?"}, help: "Mines blocks at once."},
		"createauxblock":     {run: createAuxBlock, params: []string{"address"}, merged: true, help: "Creates a new block and returns information required to merge-mine it."},
		"submitauxblock":     {run: submitAuxBlock, params: []string{"hash", "auxpow"}, merged: true, help: "Submits a solved auxpow for a previously created block."},
		"getauxblock":        {run: getAuxBlock, params: []string{"hash?", "auxpow?"}, merged: true, help: "Creates or submits a merge-mined block."},
		"sim_down":           {run: simDown, params: []string{"seconds"}},
		"sim_restart":        {run: simRestart},
		"sim_stall":          {run: simSwitch((*Node).Stall), params: []string{"on"}},
		"sim_lie":            {run: simSwitch((*Node).Lie), params: []string{"on"}},
		"sim_flipflop":       {run: simSwitch((*Node).FlipFlop), params: []string{"on"}},
		"sim_losereplies":    {run: simSwitch((*Node).LoseReplies), params: []string{"on"}},
		"sim_peerless":       {run: simSwitch((*Node).Peerless), params: []string{"on"}},
		"sim_warmup":         {run: simSwitch((*Node).WarmUp), params: []string{"on"}},
		"sim_slow":           {run: simSlow, params: []string{"seconds"}},
		"sim_wrongchainid":   {run: simWrongChainID, params: []string{"id"}},
		"sim_jump":           {run: simBlocks((*Node).Jump), params: []string{"blocks"}},
		"sim_reorg":          {run: simBlocks((*Node).Reorg), params: []string{"depth"}},
		"sim_injecttx":       {run: simInjectTx, params: []string{"hexdata", "fee"}},
		"sim_injectfake":     {run: simInjectFake, params: []string{"count", "fee"}},
		"sim_submissions":    {run: simSubmissions},
	}
}

// The tables are built once; nobody changes them.
var (
	table        = methods()
	syscoinTable = syscoinMethods()
	elastosTable = elastosMethods()
)

// methods are what the node can do.
func (c *Config) methods() map[string]method {
	switch c.Dialect {
	case Syscoin:
		return syscoinTable
	case Elastos:
		return elastosTable
	}
	return table
}

// dispatch finds and runs a method.
func (n *Node) dispatch(up context.Context, r request) (any, error) {
	m, ok := n.cfg.methods()[r.method]
	n.count(r.method)
	if n.fault().warmUp && !isControl(r.method) {
		return nil, rpcErrorf(codeWarmUp, "Loading block index…")
	}
	if !ok || m.merged && n.cfg.Parent || slices.Contains(n.cfg.Without, r.method) {
		return nil, n.cfg.noMethod(r.method)
	}
	a, err := m.args(r.method, r.params)
	if err != nil {
		return nil, err
	}
	return m.run(n, up, a)
}

// args are the parameters of a call in the method's order; one that is missing
// or null is nil.
type args struct {
	usage string
	list  []json.RawMessage
}

// args puts parameters, named or in order, into the method's order.
func (m method) args(name string, raw json.RawMessage) (args, error) {
	a := args{usage: m.usage(name)}
	raw = bytes.TrimSpace(raw)
	switch {
	case len(raw) == 0 || raw[0] == 'n':
	case raw[0] == '[':
		if err := json.Unmarshal(raw, &a.list); err != nil {
			return a, rpcErrorf(codeParse, "Parse error")
		}
	default:
		var named map[string]json.RawMessage
		if err := json.Unmarshal(raw, &named); err != nil {
			return a, rpcErrorf(codeParse, "Parse error")
		}
		for _, p := range m.params {
			p = strings.TrimSuffix(p, "?")
			a.list = append(a.list, named[p])
			delete(named, p)
		}
		for p := range named {
			return a, rpcErrorf(codeParameter, "Unknown named parameter %s", p)
		}
	}
	if len(a.list) > len(m.params) {
		return a, a.helpError()
	}
	for len(a.list) < len(m.params) {
		a.list = append(a.list, nil)
	}
	for i, p := range m.params {
		if string(a.list[i]) == "null" {
			a.list[i] = nil
		}
		if a.list[i] == nil && !strings.HasSuffix(p, "?") {
			return a, a.helpError()
		}
	}
	return a, nil
}

// usage is the first line of the help text and what the method does.
func (m method) usage(name string) string {
	out := name
	for _, p := range m.params {
		if bare, optional := strings.CutSuffix(p, "?"); optional {
			out += " ( " + bare + " )"
		} else {
			out += ` "` + p + `"`
		}
	}
	return out + "\n\n" + m.help + "\n"
}

// helpError is the answer to a call with too few or too many parameters.
func (a args) helpError() error { return rpcErrorf(codeMisc, "%s", a.usage) }

// has reports whether a parameter was given.
func (a args) has(i int) bool { return a.list[i] != nil }

func (a args) str(i int) (string, error) {
	var s string
	return s, a.decode(i, &s, "string")
}

func (a args) flag(i int) (bool, error) {
	var b bool
	return b, a.decode(i, &b, "bool")
}

func (a args) num(i int) (float64, error) {
	var f float64
	return f, a.decode(i, &f, "number")
}

// count reads a whole number that is not negative.
func (a args) count(i int) (int, error) {
	f, err := a.num(i)
	if err == nil && (f != math.Trunc(f) || f < 0 || f > math.MaxInt32) {
		err = rpcErrorf(codeMisc, "JSON integer out of range")
	}
	return int(f), err
}

// hash reads a block hash.
func (a args) hash(i int) (Hash, error) {
	s, err := a.str(i)
	if err != nil {
		return Hash{}, err
	}
	if len(s) != 64 {
		return Hash{}, rpcErrorf(codeParameter, "blockhash must be of length 64 (not %d, for '%s')", len(s), s)
	}
	h, err := ParseHash(s)
	if err != nil {
		return h, rpcErrorf(codeParameter, "blockhash must be hexadecimal string (not '%s')", s)
	}
	return h, nil
}

func (a args) decode(i int, into any, want string) error {
	if json.Unmarshal(a.list[i], into) != nil {
		return rpcErrorf(codeType, "JSON value of type %s is not of expected type %s", jsonType(a.list[i]), want)
	}
	return nil
}

func jsonType(raw json.RawMessage) string {
	switch raw[0] {
	case '"':
		return "string"
	case '{':
		return "object"
	case '[':
		return "array"
	case 't', 'f':
		return "bool"
	}
	return "number"
}
