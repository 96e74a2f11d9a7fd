package main

import (
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/motherlode-pool/motherlode/configs"
)

// liveKeys are the keys that can change while miners are there, with * for a name
// and [] for a place in a list; a key at the end stands for what lies below it, too.
// Engine.Apply takes them over.
var liveKeys = []string{
	"log.level",
	"pools.*.fee_bps",
	"pools.*.reward",
	"pools.*.pplns_window",
	"pools.*.aux[].reward",
	"pools.*.limits",
	"pools.*.listen[].difficulty",
	"pools.*.listen[].profile",
	"pools.*.payouts",
}

// heldTerms are those of liveKeys that change how blocks are divided. They come into
// force together or not at all: half of another division is nobody's wish.
var heldTerms = []string{"fee_bps", "reward", "pplns_window", "aux[].reward"}

// mergeLive is the running configuration with all of the next that can change now,
// and the keys that differ: those taken over and those that are not. Entries of lists
// are compared by name, see entryName; the keys have their places in the next.
func mergeLive(running, next *configs.Config) (merged *configs.Config, applied, rest []string) {
	copied := *running
	m := merging{}
	for name := range running.Pools {
		if _, ok := next.Pools[name]; ok {
			m.holdBack(name, running, next)
		}
	}
	m.walk(reflect.ValueOf(&copied).Elem(), reflect.ValueOf(next).Elem(), "")
	slices.Sort(m.applied)
	slices.Sort(m.rest)
	return &copied, m.applied, m.rest
}

// merging is a comparison of two configurations.
type merging struct {
	held          []string // live keys that are none here; [] is for any place
	applied, rest []string
}

// holdBack finds what of a pool cannot change while it runs, since it belongs to
// something else that changes and has to wait for a restart:
//
//   - terms and payments, where whom blocks pay, the chains or their coins change, or
//     between solo and a shared reward, where other names of accounts are taken;
//   - terms, where coinbases are computed from them;
//   - the difficulty of ports, which is counted by the parent's algorithm.
func (m *merging) holdBack(name string, running, next *configs.Config) {
	old, p := running.Pools[name], next.Pools[name]
	key := "pools." + name + "."
	otherCoin := func(coin string) bool { return !reflect.DeepEqual(running.Coins[coin], next.Coins[coin]) }
	parent := old.Parent != p.Parent || otherCoin(old.Parent)
	other := parent || old.Payout != p.Payout || old.Address != p.Address || (old.Reward == "solo") != (p.Reward == "solo") ||
		!sameCoins(old.Aux, p.Aux) || slices.ContainsFunc(coinsOf(&old, &p), otherCoin)
	if other || old.Payout == "coinbase" {
		for _, k := range heldTerms {
			m.held = append(m.held, key+k)
		}
	}
	if other {
		m.held = append(m.held, key+"payouts")
	}
	if parent {
		m.held = append(m.held, key+"listen[].difficulty", key+"listen[].profile")
	}
	for i, l := range p.Listen {
		if !slices.ContainsFunc(old.Listen, func(o configs.Listen) bool { return o.Address == l.Address && o.Protocol == l.Protocol }) {
			port := key + place("listen", i)
			m.held = append(m.held, port+".difficulty", port+".profile")
		}
	}
}

// coinsOf are the coins beside the parent that pools mine or pay.
func coinsOf(pools ...*configs.Pool) (names []string) {
	for _, p := range pools {
		for _, a := range p.Aux {
			names = append(names, a.Coin)
		}
		if p.Payouts != nil {
			names = slices.AppendSeq(names, maps.Keys(p.Payouts.Chains))
		}
	}
	return names
}

// sameCoins reports whether two pools merge-mine the same chains, in whatever order.
func sameCoins(a, b []configs.Aux) bool {
	in := func(all []configs.Aux) func(configs.Aux) bool {
		return func(x configs.Aux) bool {
			return slices.ContainsFunc(all, func(y configs.Aux) bool { return x.Coin == y.Coin })
		}
	}
	missing := func(all []configs.Aux, in func(configs.Aux) bool) bool {
		return slices.ContainsFunc(all, func(x configs.Aux) bool { return !in(x) })
	}
	return len(a) == len(b) && !missing(a, in(b)) && !missing(b, in(a))
}

// entryName is what an entry of a list is known by, wherever it stands: another order
// is no change. Lists of tables that are not here are compared as a whole.
func entryName(v reflect.Value) (name string, ok bool) {
	switch e := v.Interface().(type) {
	case configs.Aux:
		return e.Coin, true
	case configs.Listen:
		return e.Address, true
	case configs.Hook:
		return e.Name, true
	}
	return "", false
}

// places are the entries of a list by name; nil where they have none, or two the same.
func places(list reflect.Value) map[string]int {
	all := map[string]int{}
	for i := range list.Len() {
		name, ok := entryName(list.Index(i))
		if _, twice := all[name]; !ok || twice {
			return nil
		}
		all[name] = i
	}
	return all
}

// place is the key of an entry.
func place(list string, i int) string { return list + "[" + strconv.Itoa(i) + "]" }

var listPlace = regexp.MustCompile(`\[\d+\]`)

// live reports whether a key may change now.
func (m *merging) live(path string) bool {
	anyPlace := listPlace.ReplaceAllString(path, "[]")
	if slices.ContainsFunc(m.held, func(k string) bool { return within(path, k) || within(anyPlace, k) }) {
		return false
	}
	parts := strings.Split(anyPlace, ".")
	if parts[0] == "pools" && len(parts) > 1 {
		parts[1] = "*"
	}
	form := strings.Join(parts, ".")
	return slices.ContainsFunc(liveKeys, func(k string) bool { return within(form, k) })
}

// within reports whether a key is k, or below it.
func within(path, k string) bool {
	rest, ok := strings.CutPrefix(path, k)
	return ok && (rest == "" || rest[0] == '.' || rest[0] == '[')
}

// differs notes a key that differs, and takes it over where that is possible.
func (m *merging) differs(into, from reflect.Value, path string) {
	if m.live(path) {
		into.Set(from)
		m.applied = append(m.applied, path)
		return
	}
	m.rest = append(m.rest, path)
}

// walk compares into with from. What it changes in into is not shared with what
// into was copied of.
func (m *merging) walk(into, from reflect.Value, path string) {
	switch {
	case reflect.DeepEqual(into.Interface(), from.Interface()):
	case into.Kind() == reflect.Struct:
		m.structs(into, from, path)
	case into.Kind() == reflect.Pointer && !into.IsNil() && !from.IsNil():
		copied := reflect.New(into.Type().Elem())
		copied.Elem().Set(into.Elem())
		m.walk(copied.Elem(), from.Elem(), path)
		into.Set(copied)
	case into.Kind() == reflect.Map:
		m.maps(into, from, path)
	case into.Kind() == reflect.Slice && into.Type().Elem().Kind() == reflect.Struct:
		m.entries(into, from, path)
	default:
		m.differs(into, from, path)
	}
}

func (m *merging) structs(into, from reflect.Value, path string) {
	for i := range into.NumField() {
		name := into.Type().Field(i).Tag.Get("toml")
		if name == "" || name == "-" {
			continue
		}
		m.walk(into.Field(i), from.Field(i), strings.TrimPrefix(path+"."+name, "."))
	}
}

// entries compares lists of tables by the names of their entries. The order of into
// stays: what runs has it.
func (m *merging) entries(into, from reflect.Value, path string) {
	have, want := places(into), places(from)
	if have == nil || want == nil {
		m.differs(into, from, path)
		return
	}
	copied := reflect.MakeSlice(into.Type(), into.Len(), into.Len())
	reflect.Copy(copied, into)
	gone, come := false, false
	for name, j := range want {
		if i, ok := have[name]; ok {
			m.walk(copied.Index(i), from.Index(j), place(path, j))
			continue
		}
		come = true
		m.rest = append(m.rest, place(path, j))
	}
	for name := range have {
		if _, ok := want[name]; !ok {
			gone = true
		}
	}
	if gone && !come {
		m.rest = append(m.rest, path)
	}
	into.Set(copied)
}

// maps compares tables by name.
func (m *merging) maps(into, from reflect.Value, path string) {
	copied := reflect.MakeMap(into.Type())
	for _, k := range into.MapKeys() {
		copied.SetMapIndex(k, into.MapIndex(k))
	}
	both := func(k reflect.Value) bool { return into.MapIndex(k).IsValid() && from.MapIndex(k).IsValid() }
	keys := into.MapKeys()
	for _, k := range from.MapKeys() {
		if !both(k) {
			keys = append(keys, k)
		}
	}
	for _, k := range keys {
		below := path + "." + k.String()
		if !both(k) {
			if m.live(below) {
				copied.SetMapIndex(k, from.MapIndex(k)) // the zero Value deletes
				m.applied = append(m.applied, below)
			} else {
				m.rest = append(m.rest, below)
			}
			continue
		}
		entry := reflect.New(into.Type().Elem()).Elem()
		entry.Set(into.MapIndex(k))
		m.walk(entry, from.MapIndex(k), below)
		copied.SetMapIndex(k, entry)
	}
	into.Set(copied)
}
