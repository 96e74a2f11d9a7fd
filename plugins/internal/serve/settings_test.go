package serve_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/coins/builtin"
	"github.com/motherlode-pool/motherlode/plugins/internal/fakecoin"
	"github.com/motherlode-pool/motherlode/plugins/internal/pair"
)

// driver is a driver with a schema and an Open of the test's.
type driver struct {
	fakecoin.Driver
	schema string
	open   func(coins.Settings) (coins.Coin, error)
}

func (d *driver) Describe() coins.Info {
	info := d.Driver.Describe()
	info.Schema = []byte(d.schema)
	return info
}

func (d *driver) Open(ctx context.Context, s coins.Settings) (coins.Coin, error) {
	if d.open != nil {
		return d.open(s)
	}
	return d.Driver.Open(ctx, coins.Settings{Network: s.Network})
}

const schemaText = `{"type":"object","required":["address"],"additionalProperties":false,"properties":{"address":{"type":"string"},"count":{"type":"integer"}}}`

// closing notes that it was closed.
type closing struct {
	coins.Coin
	closed *int
}

func (c closing) Close() error {
	*c.closed++
	return c.Coin.Close()
}

func TestSettingsAreHeldToTheSchema(t *testing.T) {
	problems := func(list ...string) func(coins.Settings) (coins.Coin, error) {
		return func(coins.Settings) (coins.Coin, error) {
			var p coins.Problems
			for _, l := range list {
				path, message, _ := strings.Cut(l, ": ")
				p.Addf(path, "%s", message)
			}
			return nil, p
		}
	}
	for name, c := range map[string]struct {
		settings string
		open     func(coins.Settings) (coins.Coin, error)
		want     string
	}{
		"right": {`{"address":"x"}`, nil, ""},
		"a driver that looks at nothing": {`{"adress":"x","count":"1"}`, nil,
			"address: is missing\nadress: unknown key, did you mean \"address\"?\ncount: expected a whole number, got a string"},
		"a driver that finds more": {`{"count":"1","address":"x"}`, problems("address: is no address", "network: is unknown"),
			"count: expected a whole number, got a string\naddress: is no address\nnetwork: is unknown"},
		"a driver that says the same": {`{"count":"1","address":"x"}`, problems("count: must be a number of blocks"), "count: must be a number of blocks"},
		"a driver that fails":         {`{}`, func(coins.Settings) (coins.Coin, error) { return nil, errors.New("cannot read it") }, "address: is missing"},
		"a driver that panics":        {`{}`, func(coins.Settings) (coins.Coin, error) { panic("no address") }, "address: is missing"},
		"the driver's own check":      {`{"address":"x"}`, problems("address: is no address"), "address: is no address"},
		"nothing at all":              {``, nil, "address: is missing"},
	} {
		t.Run(name, func(t *testing.T) {
			coin, err := pair.New(&driver{schema: schemaText, open: c.open}).Open(t.Context(), coins.Settings{JSON: []byte(c.settings)})
			if err == nil {
				_ = coin.Close()
				if c.want != "" {
					t.Errorf("opened, want %q", c.want)
				}
				return
			}
			var got coins.Problems
			if !errors.As(err, &got) || got.Error() != c.want {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

func TestACoinOfWrongSettingsIsClosed(t *testing.T) {
	closed := 0
	d := &driver{schema: schemaText}
	d.open = func(coins.Settings) (coins.Coin, error) {
		c, err := d.Driver.Open(t.Context(), coins.Settings{})
		return closing{c, &closed}, err
	}
	if _, err := pair.New(d).Open(t.Context(), coins.Settings{JSON: []byte(`{}`)}); err == nil {
		t.Error("opened")
	}
	if closed != 1 {
		t.Errorf("closed %d times, want once", closed)
	}
}

// powerless is a coin without a role.
type powerless struct{ coins.Coin }

func TestACoinThatCannotBeServedIsClosed(t *testing.T) {
	closed := 0
	d := &driver{}
	d.open = func(coins.Settings) (coins.Coin, error) {
		c, err := d.Driver.Open(t.Context(), coins.Settings{})
		return powerless{closing{c, &closed}}, err
	}
	if _, err := pair.New(d).Open(t.Context(), coins.Settings{}); err == nil || !strings.Contains(err.Error(), `announces the role "parent"`) {
		t.Errorf("got %v", err)
	}
	if closed != 1 {
		t.Errorf("closed %d times, want once", closed)
	}
}

func TestABrokenSchemaIsTheDriversError(t *testing.T) {
	d := &driver{schema: `{"properties":{"count":{"type":"intger"}}}`}
	_, err := pair.New(d).Open(t.Context(), coins.Settings{})
	var problems coins.Problems
	if err == nil || errors.As(err, &problems) || !strings.Contains(err.Error(), "schema of the settings is broken") || !strings.Contains(err.Error(), "/properties/count/type") {
		t.Errorf("got %v, want an error that names schema and place", err)
	}
	if info := pair.New(d).Describe(); info.Driver != "" {
		t.Errorf("described all the same: %+v", info)
	}
}

// The built-in drivers check their settings completely and in their own words:
// behind the schema of the same struct nothing may be said twice or otherwise.
func TestBuiltinSettingsHaveNoDoubledProblems(t *testing.T) {
	const node = `"nodes":[{"url":"http://127.0.0.1:1","user":"u","password":"p"}]`
	for _, d := range builtin.Drivers() {
		for _, settings := range []string{
			``, `{}`, `{`, `[]`, `null`, `"x"`, `{"nonsense":1}`, `{"nodes":5}`, `{"nodes":[]}`, `{"nodes":[5,{}]}`, `{"nodes":[{"ulr":"x"}]}`,
			`{` + node + `}`, `{` + node + `,"adress":"x"}`, `{` + node + `,"address":7}`, `{` + node + `,"address":null}`, `{` + node + `,"poll":5}`,
			`{` + node + `,"poll":"soon"}`, `{` + node + `,"poll":"-1s"}`, `{` + node + `,"poll":"0"}`, `{` + node + `,"poll":".5s"}`, `{` + node + `,"poll":"1.5us"}`,
			`{` + node + `,"chain_id":-1}`, `{` + node + `,"chain_id":1.5}`, `{` + node + `,"propose":"yes"}`, `{` + node + `,"poll":"2s"}`,
		} {
			t.Run(d.Describe().Driver+" "+settings, func(t *testing.T) {
				want, got := problemsOf(t, d, settings), problemsOf(t, pair.New(d), settings)
				if !slices.Equal(got, want) {
					t.Errorf("over the wire\n%s\nwant\n%s", coins.Problems(got), coins.Problems(want))
				}
			})
		}
	}
}

func problemsOf(t *testing.T, d coins.Driver, settings string) coins.Problems {
	t.Helper()
	coin, err := d.Open(t.Context(), coins.Settings{Instance: "x", JSON: []byte(settings)})
	if err == nil {
		_ = coin.Close()
		return nil
	}
	var problems coins.Problems
	if !errors.As(err, &problems) {
		t.Fatal(err)
	}
	return problems
}
