package conformance

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/motherlode-pool/motherlode/algos"
	"github.com/motherlode-pool/motherlode/coins"
	settings "github.com/motherlode-pool/motherlode/plugins/internal/schema"
)

func driverRules() []rule {
	return []rule{
		every("describe-complete", "Describe names driver, version, roles, coin, networks and algorithm", tryDescribeComplete),
		every("describe-stable", "Describe says the same at every call, before and after Open", tryDescribeStable),
		every("settings-schema", "the settings' schema is a JSON schema of an object, which the settings given satisfy", trySchema),
	}
}

// roles are all that there are.
var roles = []coins.Role{coins.RoleParent, coins.RoleAux, coins.RoleHasher, coins.RoleWallet, coins.RoleMessageVerifier}

func tryDescribeComplete(_ context.Context, s *suite) error {
	i := s.info
	var wrong []error
	missing := func(ok bool, format string, args ...any) {
		if !ok {
			wrong = append(wrong, fmt.Errorf(format, args...))
		}
	}
	missing(i.Driver != "", "the driver has no name")
	missing(!strings.ContainsAny(i.Driver, "/.\\ "), "the driver's name %q has a slash, dot or space in it, so that it would read as a path", i.Driver)
	missing(i.Version != "", "the driver has no version")
	missing(i.Summary != "" && !strings.Contains(i.Summary, "\n"), "the summary %q is not one line for people", i.Summary)
	missing(i.Has(coins.RoleParent) || i.Has(coins.RoleAux) || i.Has(coins.RoleHasher), "the roles %q are not enough: a coin is at least one of parent, aux and hasher", i.Roles)
	for n, r := range i.Roles {
		missing(slices.Contains(roles, r), "role %q is not known", r)
		missing(!slices.Contains(i.Roles[:n], r), "role %q is announced twice", r)
	}
	missing(len(i.Networks) > 0, "no networks are named")
	for n, name := range i.Networks {
		missing(name != "" && !slices.Contains(i.Networks[:n], name), "network %q is empty or named twice", name)
	}
	if len(i.Networks) > 0 {
		missing(i.Coin.Network == i.Networks[0], "the coin is described on network %q, want the main one, %q", i.Coin.Network, i.Networks[0])
	}
	for _, text := range append([]string{i.Driver, i.Version, i.Summary}, i.Networks...) {
		missing(badText("", text) == nil, "%q is no valid UTF-8 or too long", shorten(text))
	}
	return errors.Join(append(wrong, checkCoinInfo(i, i.Coin))...)
}

// checkCoinInfo finds what the engine needs of a coin and does not get.
func checkCoinInfo(i coins.Info, c coins.CoinInfo) error {
	var wrong []error
	missing := func(ok bool, format string, args ...any) {
		if !ok {
			wrong = append(wrong, fmt.Errorf(format, args...))
		}
	}
	missing(c.Symbol != "" && c.Name != "", "the coin has no symbol or no name: %q, %q", c.Symbol, c.Name)
	missing(c.Algorithm != "", "the coin has no algorithm")
	if _, err := algos.ByName(c.Algorithm); err != nil && c.Algorithm != "" {
		missing(i.Has(coins.RoleHasher), "%v: announce the role hasher and serve it, or name one of these", err)
	}
	missing(c.DifficultyOne != [32]byte{}, "difficulty_one is zero: it is the target, big-endian, of difficulty 1")
	missing(c.BlockTime > 0, "the time between blocks is %v", c.BlockTime)
	missing(c.Decimals <= 18, "%d decimals are more than an amount of 64 bits has", c.Decimals)
	missing(c.HashParam >= 0 && c.HashParam <= 1024, "a hash parameter of %d bytes", c.HashParam)
	missing(c.ChainID <= 0xffff, "chain id %d does not fit a block version", c.ChainID)
	return errors.Join(wrong...)
}

// tryDescribeStable asks before and after Open. Over a process the session asks
// one process, and Probe another.
func tryDescribeStable(ctx context.Context, s *suite) error {
	var infos []coins.Info
	if s.transport == OwnProcess {
		session, err := s.theSession(ctx)
		if err != nil {
			return err
		}
		infos = append(infos, session.infos...)
	} else {
		again, err := s.describe(ctx)
		if err != nil {
			return err
		}
		infos = append(infos, again)
		if coin, err := s.open(ctx, s.cfg.Settings); err == nil {
			defer func() { _ = s.closeCoin(coin) }()
		}
	}
	again, err := s.describe(ctx)
	if err != nil {
		return err
	}
	for _, info := range append(infos, again) {
		if !reflect.DeepEqual(info, s.info) {
			return fmt.Errorf("%s; Describe depends on nothing", firstChange("", reflect.ValueOf(s.info), reflect.ValueOf(info)))
		}
	}
	return nil
}

// firstChange names the first field in which two descriptions differ.
func firstChange(path string, before, after reflect.Value) string {
	for i := range before.NumField() {
		x, y := before.Field(i), after.Field(i)
		if reflect.DeepEqual(x.Interface(), y.Interface()) {
			continue
		}
		name := path + before.Type().Field(i).Name
		if x.Kind() == reflect.Struct {
			return firstChange(name+".", x, y)
		}
		return fmt.Sprintf("%s was first %s, and later %s", name, fieldText(x), fieldText(y))
	}
	return "it changed"
}

func fieldText(v reflect.Value) string {
	if v.Kind() == reflect.String || v.Type() == reflect.TypeFor[[]byte]() {
		return fmt.Sprintf("%q", shorten(fmt.Sprintf("%s", v.Interface())))
	}
	return shorten(fmt.Sprint(v.Interface()))
}

// schema is what the suite reads of a JSON schema.
type schema struct {
	Type                 string            `json:"type"`
	Title                string            `json:"title"`
	Description          string            `json:"description"`
	Properties           map[string]schema `json:"properties"`
	Required             []string          `json:"required"`
	AdditionalProperties json.RawMessage   `json:"additionalProperties"`
	Items                *schema           `json:"items"`
	Default              json.RawMessage   `json:"default"`
	Enum                 []any             `json:"enum"`
}

func trySchema(ctx context.Context, s *suite) error {
	text := s.info.Schema
	if len(text) == 0 {
		s.note("the driver publishes no schema, so it has no settings")
		return nil
	}
	compiled, err := settings.Compile(text)
	if err != nil {
		return err
	}
	var sc schema
	if err := json.Unmarshal(text, &sc); err != nil {
		return fmt.Errorf("the schema is none of settings: %w", err)
	}
	if sc.Type != "object" {
		return fmt.Errorf("the schema's type is %q, want \"object\": settings are a table", sc.Type)
	}
	if bytes.Equal(sc.AdditionalProperties, []byte("true")) {
		return errors.New("additionalProperties is true, but keys that nobody reads are to be refused")
	}
	if err := sc.check(""); err != nil {
		return err
	}
	return s.holdSettings(ctx, compiled)
}

// holdSettings holds the settings against the schema. Where none are given that
// is only fair to a coin that opens without.
func (s *suite) holdSettings(ctx context.Context, compiled *settings.Schema) error {
	problems := compiled.Check(s.cfg.Settings.JSON)
	switch {
	case len(problems) == 0:
		return nil
	case len(s.cfg.Settings.JSON) > 0:
		return fmt.Errorf("the settings given break the schema, and no pool would open the coin with them: %w", problems)
	}
	if _, err := s.opened(ctx); err != nil {
		s.note("no settings were given that could be held against it")
		return nil
	}
	return fmt.Errorf("the coin opens without settings, which its schema forbids: %w", problems)
}

// check finds contradictions of an object's schema.
func (sc schema) check(path string) error {
	var wrong []error
	for _, key := range sc.Required {
		if _, ok := sc.Properties[key]; !ok {
			wrong = append(wrong, fmt.Errorf("%q is required and not among the properties", path+key))
		}
	}
	for key, p := range sc.Properties {
		if p.Type == "" && p.Enum == nil {
			wrong = append(wrong, fmt.Errorf("%q has no type", path+key))
		}
		if p.Default != nil && !p.fits(p.Default) {
			wrong = append(wrong, fmt.Errorf("the default of %q, %s, is no %s", path+key, p.Default, p.Type))
		}
		wrong = append(wrong, p.check(path+key+"."))
	}
	return errors.Join(wrong...)
}

// fits reports whether a JSON value has the schema's type.
func (sc schema) fits(value json.RawMessage) bool {
	var v any
	if json.Unmarshal(value, &v) != nil {
		return false
	}
	switch sc.Type {
	case "string":
		_, ok := v.(string)
		return ok
	case "boolean":
		_, ok := v.(bool)
		return ok
	case "integer":
		n, ok := v.(float64)
		return ok && n == float64(int64(n))
	case "number":
		_, ok := v.(float64)
		return ok
	case "array":
		_, ok := v.([]any)
		return ok
	case "object":
		_, ok := v.(map[string]any)
		return ok
	}
	return true
}
