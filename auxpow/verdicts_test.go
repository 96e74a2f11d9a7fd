package auxpow

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"slices"
	"testing"
)

// anyRefusal stands for the nodes' answers that come before a proof is judged.
const anyRefusal = Rule("refused before the proof is judged")

// verdictOf names, for each recorded case, what is found to be wrong; nil is a
// good proof. Namecoin's comes first, Pepecoin's second.
var verdictOf = map[string][2]error{
	"nothing wrong":                           {},
	"hash of no known block":                  {RuleRootMissing, RuleRootMissing},
	"hash that is not hex":                    {anyRefusal, anyRefusal},
	"empty proof":                             {ErrTruncated, ErrTruncated},
	"proof one byte short":                    {ErrTruncated, ErrTruncated},
	"coinbase with witness inside the proof":  {},
	"one byte behind the proof":               {},
	"work above the target":                   {RuleWork, RuleWork},
	"root in wire order":                      {RuleRootNotReversed, RuleRootNotReversed},
	"root of another block":                   {RuleRootMissing, RuleRootMissing},
	"size doubled":                            {RuleSizeMismatch, RuleSizeMismatch},
	"nonce that moves the slot":               {RuleWrongSlot, RuleWrongSlot},
	"two magic headers":                       {RuleMagicTwice, RuleMagicTwice},
	"magic not right before the root":         {RuleMagicNotBeforeRoot, RuleMagicNotBeforeRoot},
	"no magic, root within 20 bytes":          {},
	"no magic, root after byte 20":            {RuleRootTooLate, RuleRootTooLate},
	"script ends 4 bytes into size and nonce": {RuleCommitmentShort, RuleCommitmentShort},
	"slot plus tree size":                     {RuleWrongSlot, RuleWrongSlot},
	"coinbase branch with a foreign hash":     {RuleMerkleRoot, RuleMerkleRoot},
	"coinbase index 1":                        {nil, RuleCoinbaseIndex},
	"hashBlock of ones":                       {},
	"chain branch of 31":                      {RuleBranchTooLong, RuleBranchTooLong},
	"parent version with bit 8":               {RuleParentIsAux, nil},
	"parent version with our chain id":        {RuleParentOwnID, RuleParentOwnID},
	"parent version rolled (bits 13 to 28)":   {},
	"parent that is no block of any chain":    {},
}

// judge does what a node does with a submitted proof: decode, read, check the
// rules, check the work. It knows no blocks, so that an unknown hash fails by
// the proof.
func judge(t *testing.T, v verdictVector, rules Rules) error {
	t.Helper()
	hash, err := hex.DecodeString(v.AuxHash)
	if err != nil || len(hash) != 32 {
		return anyRefusal
	}
	slices.Reverse(hash)
	p, _, err := Parse(mustHex(t, v.Proof))
	if err != nil {
		return err
	}
	if err := Verify(&p, [32]byte(hash), rules); err != nil {
		return err
	}
	return p.VerifyWork(mustBits(t, v.Bits), powFor(t, v.Algorithm))
}

func TestVerdictsOfRealNodes(t *testing.T) {
	nodes := map[string]struct {
		column int
		rules  func(uint32) Rules
		seen   int
	}{
		"namecoin-31.99": {column: 0, rules: namecoinRules},
		"pepecoin-1.1.0": {column: 1, rules: dogecoinRules},
	}
	for _, v := range mustLoad[verdictVector](t, "proof-verdicts.json") {
		t.Run(v.Node+"/"+v.Case, func(t *testing.T) {
			node, ok := nodes[v.Node]
			if !ok {
				t.Fatalf("unknown node %q", v.Node)
			}
			node.seen++
			nodes[v.Node] = node
			want, ok := verdictOf[v.Case]
			if !ok {
				t.Fatalf("unknown case %q", v.Case)
			}

			err := judge(t, v, node.rules(v.ChainID))
			var taken bool
			if json.Unmarshal(v.Reply, &taken) != nil {
				taken = false // an error object refuses too
			}
			if taken != (err == nil) {
				t.Errorf("got %v, the node answered %s", err, v.Reply)
			}
			if !errors.Is(err, want[node.column]) {
				t.Errorf("got %v, want %v", err, want[node.column])
			}
		})
	}
	for name, node := range nodes {
		if node.seen != len(verdictOf) {
			t.Errorf("%d cases of %s, want %d", node.seen, name, len(verdictOf))
		}
	}
}

// The nodes answer "end of data" for exactly the proofs that cannot be read.
func TestVerdictsUnreadable(t *testing.T) {
	for _, v := range mustLoad[verdictVector](t, "proof-verdicts.json") {
		var refusal struct{ Code int }
		_ = json.Unmarshal(v.Reply, &refusal)
		_, _, err := Parse(mustHex(t, v.Proof))
		if unreadable := refusal.Code == -1; unreadable != (err != nil) {
			t.Errorf("%s, %s: got %v, the node answered %s", v.Node, v.Case, err, v.Reply)
		}
	}
}
