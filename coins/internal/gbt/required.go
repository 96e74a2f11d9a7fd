package gbt

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/coins/internal/block"
)

// Limits of required outputs, so that no template makes a coinbase of any size.
const (
	maxRequired       = 128    // Dash's budget blocks have some tens
	maxRequiredScript = 10_000 // the longest script that the family's nodes run
)

// Path leads to a value in a template: names of members, and positions in lists
// as decimal numbers.
type Path []string

// ParsePath splits a path at its dots: "coinbasetxn.minerfund", "addresses.0".
// The empty text is the empty path.
func ParsePath(text string) Path {
	if text == "" {
		return nil
	}
	return strings.Split(text, ".")
}

func (p Path) String() string { return strings.Join(p, ".") }

// Required says where a template names outputs that the block must have: a
// developer fund, a masternode's share. Decode puts them before the witness
// commitment, in the order of Options.
type Required struct {
	At      Path // of a table, or of a list of tables; empty for the template itself
	Value   Path // within it: the amount in base units, 0 for no output; empty when At leads to the number
	Script  Path // within it: the output script in hex
	Address Path // within it: the address, where there is no script
	To      []byte

	// Parse makes a script of an address of this chain.
	Parse func(address string) ([]byte, error)

	// OnTop says that coinbasevalue does not contain the amount, so that the
	// coinbase may pay that much more.
	OnTop bool

	// Optional says that a template without it asks for nothing: before the
	// height at which it starts, or after the one at which it ends.
	Optional bool
}

// Payload is where a template gives what follows the lock time of the coinbase
// (Dash's special transactions).
type Payload struct {
	Field   string // a member of the template with hex; empty for none
	Version uint32 // of a coinbase that has one: transaction type and version
}

// Bits are bits of the block version that mean something else than a signal,
// such as DigiByte's algorithm.
type Bits struct {
	Mask  uint32
	Value uint32
}

// want are the members of a template that an option asks for.
func (o Options) want() map[string]json.RawMessage {
	names := map[string]json.RawMessage{}
	if o.Payload.Field != "" {
		names[o.Payload.Field] = nil
	}
	for _, r := range o.Required {
		if len(r.At) > 0 {
			names[r.At[0]] = nil
			continue
		}
		for _, p := range []Path{r.Value, r.Script, r.Address} {
			if len(p) > 0 {
				names[p[0]] = nil
			}
		}
	}
	return names
}

// addRequired adds the outputs that the chain demands, and raises the reward by
// those that come on top.
func (w *wire) addRequired(tree *coins.CoinbaseTree, required []Required) error {
	for i := range required {
		r := &required[i]
		outs, err := w.outputs(r)
		if err != nil {
			return fmt.Errorf("required output %s: %w", r.name(), err)
		}
		tree.Outputs = append(tree.Outputs, outs...)
		if r.OnTop {
			for _, o := range outs {
				w.reward += o.Value
			}
		}
	}
	if len(tree.Outputs) > maxRequired {
		return fmt.Errorf("%w: %d outputs, at most %d", ErrRequired, len(tree.Outputs), maxRequired)
	}

	// Each amount is below 2^63 / maxRequired, so that no sum overflows.
	rest := w.reward
	for _, o := range tree.Outputs {
		if o.Value > rest {
			return fmt.Errorf("%w: together they are more than the coinbase may pay, %d", ErrRequired, w.reward)
		}
		rest -= o.Value
	}
	return nil
}

// name is what a message calls the output.
func (r *Required) name() string {
	if len(r.At) > 0 {
		return r.At.String()
	}
	return r.Value.String()
}

// outputs reads what one Required leads to.
func (w *wire) outputs(r *Required) ([]coins.Output, error) {
	top := map[string]any{}
	for name, raw := range w.kept {
		if raw == nil {
			continue
		}
		d := json.NewDecoder(bytes.NewReader(raw))
		d.UseNumber()
		var v any
		if err := d.Decode(&v); err != nil {
			return nil, fmt.Errorf("%w: %s: %w", ErrFormat, name, err)
		}
		top[name] = v
	}
	var from any = top
	if len(r.At) > 0 {
		from = walk(top, r.At)
	} else if walk(top, r.Value) == nil {
		from = nil
	}
	if from == nil {
		if r.Optional {
			return nil, nil
		}
		return nil, fmt.Errorf("%w: %s", ErrMissing, r.name())
	}
	list, ok := from.([]any)
	if !ok {
		list = []any{from}
	}
	var outs []coins.Output
	for _, item := range list {
		o, err := r.output(item)
		if err != nil {
			return nil, err
		}
		if o.Value > 0 {
			outs = append(outs, o)
		}
	}
	return outs, nil
}

// walk follows a path; nil when it leads nowhere or to null.
func walk(v any, path Path) any {
	for _, key := range path {
		switch t := v.(type) {
		case map[string]any:
			v = t[key]
		case []any:
			i, err := strconv.ParseUint(key, 10, 31)
			if err != nil || int(i) >= len(t) {
				return nil
			}
			v = t[i]
		default:
			return nil
		}
	}
	return v
}

// output makes one output; one of value 0 is none and needs no script.
func (r *Required) output(item any) (coins.Output, error) {
	n, ok := walk(item, r.Value).(json.Number)
	if !ok {
		return coins.Output{}, fmt.Errorf("%w: amount %s is no number", ErrRequired, r.Value)
	}
	value, err := strconv.ParseUint(n.String(), 10, 63)
	if err != nil || value > math.MaxInt64/(2*maxRequired) {
		return coins.Output{}, fmt.Errorf("%w: amount %.40s is no whole number of base units in range", ErrRequired, n)
	}
	if value == 0 {
		return coins.Output{}, nil
	}
	script, err := r.script(item)
	if err != nil {
		return coins.Output{}, err
	}
	if len(script) == 0 || len(script) > maxRequiredScript {
		return coins.Output{}, fmt.Errorf("%w: script of %d bytes", ErrRequired, len(script))
	}
	return coins.Output{Value: value, Script: script}, nil
}

func (r *Required) script(item any) ([]byte, error) {
	if r.To != nil {
		return slices.Clone(r.To), nil
	}
	if len(r.Script) > 0 {
		text, ok := walk(item, r.Script).(string)
		if !ok {
			return nil, fmt.Errorf("%w: script %s is no text", ErrRequired, r.Script)
		}
		script, err := hex.DecodeString(text)
		if err != nil {
			return nil, fmt.Errorf("%w: script %s: %w", ErrRequired, r.Script, err)
		}
		return script, nil
	}
	text, ok := walk(item, r.Address).(string)
	if !ok || r.Parse == nil {
		return nil, fmt.Errorf("%w: address %s is no text", ErrRequired, r.Address)
	}
	script, err := r.Parse(text)
	if err != nil {
		return nil, fmt.Errorf("%w: address %.100q: %w", ErrRequired, text, err)
	}
	return script, nil
}

// addPayload puts the node's payload behind the lock time, with its length.
func (w *wire) addPayload(tree *coins.CoinbaseTree, p Payload) error {
	raw := w.kept[p.Field]
	if p.Field == "" || raw == nil {
		return nil
	}
	var text string
	if err := json.Unmarshal(raw, &text); err != nil {
		return fmt.Errorf("%w: %s is no text", ErrFormat, p.Field)
	}
	payload, err := hex.DecodeString(text)
	if err != nil {
		return fmt.Errorf("%w: %s: %w", ErrFormat, p.Field, err)
	}
	if len(payload) == 0 {
		return nil
	}
	tree.CoinbaseVersion = p.Version
	tree.Payload = append(block.AppendVarInt(nil, uint64(len(payload))), payload...)
	return nil
}
