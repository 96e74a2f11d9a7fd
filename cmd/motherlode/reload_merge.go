package main

import (
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

// termKeys are those of liveKeys that change how blocks are divided.
var termKeys = []string{"fee_bps", "reward", "pplns_window"}

// mergeLive is the running configuration with all of the next that can change now,
// and the keys that differ: those taken over and those that are not.
func mergeLive(running, next *configs.Config) (merged *configs.Config, applied, rest []string) {
	copied := *running
	m := merging{fixed: map[string]bool{}}
	for name, old := range running.Pools {
		if p, ok := next.Pools[name]; ok {
			m.fix(name, &old, &p)
		}
	}
	m.walk(reflect.ValueOf(&copied).Elem(), reflect.ValueOf(next).Elem(), "")
	slices.Sort(m.applied)
	slices.Sort(m.rest)
	return &copied, m.applied, m.rest
}

// merging is a comparison of two configurations.
type merging struct {
	fixed         map[string]bool // live keys that are none here
	applied, rest []string
}

// fix finds the terms of a pool that cannot change while it runs: where whom blocks
// pay changes as well or is computed from the terms, and, between solo and a shared
// reward, where other names of accounts are taken.
func (m *merging) fix(name string, old, next *configs.Pool) {
	key := "pools." + name + "."
	if old.Payout == "coinbase" || old.Payout != next.Payout || old.Address != next.Address || old.Parent != next.Parent || len(old.Aux) != len(next.Aux) {
		for _, k := range termKeys {
			m.fixed[key+k] = true
		}
	}
	if (old.Reward == "solo") != (next.Reward == "solo") {
		m.fixed[key+"reward"] = true
	}
	for i := range old.Aux {
		if m.fixed[key+"reward"] {
			m.fixed[key+"aux["+strconv.Itoa(i)+"].reward"] = true
		}
	}
}

var listPlace = regexp.MustCompile(`\[\d+\]`)

// live reports whether a key may change now.
func (m *merging) live(path string) bool {
	if m.fixed[path] {
		return false
	}
	parts := strings.Split(listPlace.ReplaceAllString(path, "[]"), ".")
	if parts[0] == "pools" && len(parts) > 1 {
		parts[1] = "*"
	}
	form := strings.Join(parts, ".")
	return slices.ContainsFunc(liveKeys, func(k string) bool {
		return form == k || strings.HasPrefix(form, k+".") || strings.HasPrefix(form, k+"[")
	})
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
	case into.Kind() == reflect.Slice && into.Len() == from.Len() && into.Type().Elem().Kind() == reflect.Struct:
		copied := reflect.MakeSlice(into.Type(), into.Len(), into.Len())
		reflect.Copy(copied, into)
		for i := range into.Len() {
			m.walk(copied.Index(i), from.Index(i), path+"["+strconv.Itoa(i)+"]")
		}
		into.Set(copied)
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
