package host

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/plugins/internal/client"
	"github.com/motherlode-pool/motherlode/plugins/internal/fakecoin"
	"github.com/motherlode-pool/motherlode/plugins/sdk"
)

// panicKey is the variable that says in which call the plugin panics.
const panicKey = "MOTHERLODE_TEST_PANIC"

// panicky is a driver that panics in one call.
type panicky struct {
	fakecoin.Driver
	at string
}

func (d *panicky) panics(call string) {
	if call == d.at {
		panic("asked to panic in " + call)
	}
}

func (d *panicky) Describe() coins.Info {
	d.panics("Describe")
	info := d.Driver.Describe()
	if d.at == "schema" {
		info.Schema = []byte(`{"properties":{"nodes":{"type":"lst"}}}`)
	}
	return info
}

func (d *panicky) Open(ctx context.Context, s coins.Settings) (coins.Coin, error) {
	d.panics("Open")
	c, err := d.Driver.Open(ctx, s)
	return panickyCoin{c.(*fakecoin.Coin), d}, err
}

type panickyCoin struct {
	*fakecoin.Coin
	d *panicky
}

func (c panickyCoin) Info() coins.CoinInfo {
	c.d.panics("Info")
	return c.Coin.Info()
}

func (c panickyCoin) Close() error {
	c.d.panics("Close")
	return c.Coin.Close()
}

func (c panickyCoin) Health(ctx context.Context, out chan<- coins.Health) error {
	c.d.panics("Health")
	return c.Coin.Health(ctx, out)
}

func (c panickyCoin) Templates(ctx context.Context, out chan<- *coins.Template) error {
	c.d.panics("Templates")
	if c.d.at == "Error" {
		return (*brokenError)(nil)
	}
	return c.Coin.Templates(ctx, out)
}

func (c panickyCoin) AuxWork(ctx context.Context, parents <-chan coins.ParentTip, out chan<- *coins.AuxWork) error {
	c.d.panics("AuxWork")
	return c.Coin.AuxWork(ctx, parents, out)
}

func (c panickyCoin) SubmitBlock(ctx context.Context, b *coins.Block) (coins.Verdict, error) {
	c.d.panics("SubmitBlock")
	return c.Coin.SubmitBlock(ctx, b)
}

func (c panickyCoin) SubmitAux(ctx context.Context, p *coins.AuxProof) (coins.Verdict, error) {
	c.d.panics("SubmitAux")
	return c.Coin.SubmitAux(ctx, p)
}

func (c panickyCoin) BlockStatus(ctx context.Context, hash coins.Hash, height uint64) (coins.BlockStatus, error) {
	c.d.panics("BlockStatus")
	return c.Coin.BlockStatus(ctx, hash, height)
}

func (c panickyCoin) HashBatch(ctx context.Context, size int, headers, param []byte, out []coins.Hash) error {
	c.d.panics("HashBatch")
	return c.Coin.HashBatch(ctx, size, headers, param, out)
}

// ValidateAddress logs one line at each level.
func (c panickyCoin) ValidateAddress(ctx context.Context, address string) (coins.Payee, error) {
	log := sdk.Logger().With("height", 7)
	for _, level := range []slog.Level{slog.LevelDebug, slog.LevelInfo, slog.LevelWarn, slog.LevelError} {
		log.Log(ctx, level, "asked", "address", address, slog.Group("node", "url", "http://n"), "coin", "another")
	}
	return c.Coin.ValidateAddress(ctx, address)
}

// brokenError is a nil pointer that is an error until somebody reads it.
type brokenError struct{ text string }

func (e *brokenError) Error() string { return e.text }

// jsonLogs makes the pool's log one of JSON lines under the coin's name, as the
// pool does.
func jsonLogs(cfg *Config) *logBuffer {
	logs := &logBuffer{}
	cfg.Logger = slog.New(slog.NewJSONHandler(logs, &slog.HandlerOptions{Level: slog.LevelDebug})).With("coin", "xyz")
	return logs
}

// lines are the log's lines with a message.
func lines(t *testing.T, logs *logBuffer, msg string) (found []map[string]any) {
	t.Helper()
	for _, text := range strings.Split(strings.TrimSpace(logs.String()), "\n") {
		var line map[string]any
		if json.Unmarshal([]byte(text), &line) == nil && line["msg"] == msg {
			found = append(found, line)
		}
	}
	return found
}

func TestPanicsReachThePoolsLog(t *testing.T) {
	stream := func(run func(context.Context) error) error {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		return run(ctx)
	}
	calls := map[string]func(coins.Coin) error{
		"Describe": nil, "Open": nil, "Info": nil, "Close": nil,
		"Health": func(c coins.Coin) error {
			return stream(func(ctx context.Context) error { return c.Health(ctx, make(chan coins.Health)) })
		},
		"Templates": func(c coins.Coin) error {
			return stream(func(ctx context.Context) error { return c.(coins.Parent).Templates(ctx, make(chan *coins.Template)) })
		},
		"Error": func(c coins.Coin) error {
			return stream(func(ctx context.Context) error { return c.(coins.Parent).Templates(ctx, make(chan *coins.Template)) })
		},
		"AuxWork": func(c coins.Coin) error {
			return stream(func(ctx context.Context) error {
				return c.(coins.Aux).AuxWork(ctx, make(chan coins.ParentTip), make(chan *coins.AuxWork))
			})
		},
		"SubmitBlock": func(c coins.Coin) error {
			_, err := c.(coins.Parent).SubmitBlock(context.Background(), &coins.Block{})
			return err
		},
		"SubmitAux": func(c coins.Coin) error {
			_, err := c.(coins.Aux).SubmitAux(context.Background(), &coins.AuxProof{ParentHeader: make([]byte, 80), Coinbase: []byte{1}, CoinbaseStripped: []byte{1}})
			return err
		},
		"BlockStatus": func(c coins.Coin) error {
			_, err := c.BlockStatus(context.Background(), coins.Hash{}, 0)
			return err
		},
		"HashBatch": func(c coins.Coin) error {
			return c.(coins.Hasher).HashBatch(context.Background(), 1, []byte{1}, nil, make([]coins.Hash, 1))
		},
	}
	for call, use := range calls {
		t.Run(call, func(t *testing.T) {
			cfg, _ := config(t, "panics")
			cfg.Env = append(cfg.Env, panicKey+"="+call)
			logs := jsonLogs(&cfg)
			c, err := New(cfg).Open(t.Context(), coins.Settings{})
			if use != nil || call == "Close" {
				if err != nil {
					t.Fatal(err)
				}
				if use != nil {
					err = use(c)
					alive(t, c) // the process outlives the panic
				}
				_ = c.Close()
			}
			if call != "Close" && (!errors.Is(err, client.ErrCoin) || !strings.Contains(err.Error(), "panic in the coin")) {
				t.Errorf("got %v, want a panic as an error", err)
			}

			found := lines(t, logs, "panic in the coin")
			if len(found) != 1 {
				t.Fatalf("%d lines tell of the panic, want 1: %s", len(found), logs)
			}
			want := map[string]string{"Error": "Templates"}[call]
			if want == "" {
				want = call
			}
			line := found[0]
			stack, _ := line["stack"].(string)
			if line["coin"] != "xyz" || line["level"] != "ERROR" || line["call"] != want || !strings.Contains(stack, "panics_test.go") {
				t.Errorf("got %v", line)
			}
		})
	}
}

// A broken schema is its author's to mend, so it is found before any settings are.
func TestBrokenSchemaIsFoundAtProbe(t *testing.T) {
	cfg, _ := config(t, "panics")
	cfg.Env = append(cfg.Env, panicKey+"=schema")
	_, err := New(cfg).Probe(t.Context())
	if !errors.Is(err, ErrPluginStart) || !strings.Contains(err.Error(), "the JSON schema of the settings is broken") || !strings.Contains(err.Error(), "/properties/nodes/type") {
		t.Errorf("got %v, want words that name the schema and the place in it", err)
	}
}

func TestStructuredLogsReachThePoolsLog(t *testing.T) {
	cfg, _ := config(t, "panics")
	logs := jsonLogs(&cfg)
	c := mustOpen(t, New(cfg), "")
	alive(t, c)
	_ = c.Close()
	found := lines(t, logs, "asked")
	if len(found) != 4 {
		t.Fatalf("%d lines, want 4: %s", len(found), logs)
	}
	for i, level := range []string{"DEBUG", "INFO", "WARN", "ERROR"} {
		line := found[i]
		node, _ := line["node"].(map[string]any)
		if line["level"] != level || line["coin"] != "xyz" || line["address"] != "fake1" || line["height"] != 7.0 || node["url"] != "http://n" {
			t.Errorf("%s: got %v", level, line)
		}
	}
	if n := strings.Count(logs.String(), `"coin":`); n != strings.Count(logs.String(), `"coin":"xyz"`) {
		t.Errorf("a line of another coin: %s", logs)
	}
}
