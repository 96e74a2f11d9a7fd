package bitcoinlike

import (
	"errors"
	"slices"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/coins/internal/address"
	"github.com/motherlode-pool/motherlode/coins/internal/gbt"
)

// required makes the required outputs of the settings.
func (d *described) required(network address.Network, problems *coins.Problems) []gbt.Required {
	var out []gbt.Required
	for i := range d.Outputs {
		path := index("outputs", i)
		out = append(out, d.Outputs[i].required(path, network, problems))
		for j := range i {
			if d.Outputs[j] == d.Outputs[i] {
				problems.Addf(path, "is the same as outputs[%d]: it would be paid twice", j)
			}
		}
	}
	return out
}

func (o *output) required(at string, network address.Network, problems *coins.Problems) gbt.Required {
	r := gbt.Required{
		At:      o.path(at, "field", o.Field, problems),
		Value:   o.path(at, "value", o.Value, problems),
		Script:  o.path(at, "script", o.Script, problems),
		Address: o.path(at, "address", o.Address, problems),
		Parse: func(a string) ([]byte, error) {
			p := address.Decode(network, a)
			if !p.Valid {
				return nil, errors.New(p.Reason)
			}
			return p.Script, nil
		},
		OnTop:    o.OnTop,
		Optional: o.Optional,
	}
	if o.Field == "" && o.Value == "" {
		problems.Addf(at+".field", "is missing, and so is value: nothing says where the template has the amount")
	}
	if o.Field != "" && o.Value == "" && (o.Script != "" || o.Address != "") {
		problems.Addf(at+".value", "is missing: field cannot be both the amount and a table with whom to pay")
	}
	o.checkPayee(at, problems)
	if o.To == "" {
		return r
	}
	p := address.Decode(network, o.To)
	if !p.Valid {
		problems.Addf(at+".to", "%q cannot be paid: %s", o.To, p.Reason)
	}
	r.To = p.Script
	return r
}

// checkPayee wants exactly one way to know whom to pay.
func (o *output) checkPayee(at string, problems *coins.Problems) {
	ways := 0
	for _, way := range []string{o.Script, o.Address, o.To} {
		if way != "" {
			ways++
		}
	}
	if ways != 1 {
		problems.Addf(at, "has %d of script, address and to, expected one of them", ways)
	}
}

// path reads a path. A member that the decoder reads for itself is none.
func (o *output) path(at, key, text string, problems *coins.Problems) gbt.Path {
	p := gbt.ParsePath(text)
	if slices.Contains(p, "") {
		problems.Addf(at+"."+key, "%q has an empty part", text)
	}
	if top := key == "field" || o.Field == ""; top && len(p) > 0 && gbt.Reads(p[0]) {
		problems.Addf(at+"."+key, "%q is a member that every template may have, and no output", p[0])
	}
	return p
}
