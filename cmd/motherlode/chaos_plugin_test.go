package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/coins/builtin"
	"github.com/motherlode-pool/motherlode/plugins/sdk"
)

// The test binary, started again with this variable, is a plugin: the built-in
// driver of that name, which misbehaves as the file chaosOrder tells it.
const (
	chaosVar   = "MOTHERLODE_TEST_CHAOS"
	chaosOrder = "MOTHERLODE_TEST_CHAOS_ORDER"
)

// What a chaos plugin can be told.
const (
	chaosCalm  = "calm"
	chaosLog   = "log"   // writes lines on standard error without end
	chaosFlood = "flood" // sends good work without end
	chaosLie   = "lie"   // sends work that is a lie, of another kind in each process
)

// chaosStderr outlives the SDK's replacement of os.Stderr.
var chaosStderr = os.Stderr

// chaosPlugin is the whole main of the plugin.
func chaosPlugin(name string) {
	inner, ok := builtin.Lookup(name)
	if !ok {
		fmt.Fprintln(os.Stderr, "no driver", name)
		os.Exit(2)
	}
	go chaosLogs()
	sdk.Serve(&chaosDriver{inner})
}

// order is what the plugin is told now.
func order() string {
	text, err := os.ReadFile(os.Getenv(chaosOrder))
	if err != nil {
		return chaosCalm
	}
	return strings.TrimSpace(string(text))
}

// orders sends each new order, until ctx ends.
func orders(ctx context.Context) <-chan string {
	out := make(chan string)
	go func() {
		for last := ""; ; {
			if now := order(); now != last {
				select {
				case out <- now:
					last = now
				case <-ctx.Done():
				}
			}
			select {
			case <-time.After(20 * time.Millisecond):
			case <-ctx.Done():
				return
			}
		}
	}()
	return out
}

// chaosLogs floods the log while it is told to.
func chaosLogs() {
	lines := strings.Repeat(`{"time":"2026-01-01T00:00:00Z","level":"WARN","msg":"the sky is falling","again":true}`+"\n", 100)
	for {
		if order() != chaosLog {
			time.Sleep(20 * time.Millisecond)
			continue
		}
		for range 200 {
			_, _ = chaosStderr.WriteString(lines)
		}
	}
}

// chaosDriver wraps a driver's coins.
type chaosDriver struct{ coins.Driver }

// Describe announces the powers that its coins have left.
func (d *chaosDriver) Describe() coins.Info {
	info := d.Driver.Describe()
	info.Roles = slices.DeleteFunc(slices.Clone(info.Roles), func(r coins.Role) bool {
		return r == coins.RoleWallet || r == coins.RoleMessageVerifier
	})
	return info
}

func (d *chaosDriver) Open(ctx context.Context, s coins.Settings) (coins.Coin, error) {
	c, err := d.Driver.Open(ctx, s)
	if err != nil {
		return nil, err
	}
	switch inner := c.(type) {
	case coins.Parent:
		return chaosParent{inner}, nil
	case coins.Aux:
		return chaosAux{inner}, nil
	}
	return c, nil
}

// chaosParent passes templates on, and adds its own.
type chaosParent struct{ coins.Parent }

func (c chaosParent) Templates(ctx context.Context, out chan<- *coins.Template) error {
	source := func(ctx context.Context, in chan<- *coins.Template) error { return c.Parent.Templates(ctx, in) }
	return meddle(ctx, source, out, func(last *coins.Template, id uint64, lie bool) *coins.Template {
		t := *last
		t.ID, t.Reason = id, coins.NewTxs
		if tree := *t.Tree; lie {
			switch os.Getpid() % 3 {
			case 0:
				t.Target = [32]byte{}
			case 1:
				tree.Branch = append(tree.Branch, coins.Hash{1})
			case 2:
				t.Target = [32]byte{0: 0xff}
			}
			t.Tree = &tree
		}
		return &t
	})
}

// chaosAux passes aux work on, and adds its own.
type chaosAux struct{ coins.Aux }

func (c chaosAux) AuxWork(ctx context.Context, parents <-chan coins.ParentTip, out chan<- *coins.AuxWork) error {
	source := func(ctx context.Context, in chan<- *coins.AuxWork) error { return c.Aux.AuxWork(ctx, parents, in) }
	return meddle(ctx, source, out, func(last *coins.AuxWork, id uint64, lie bool) *coins.AuxWork {
		w := *last
		w.ID = id
		if lie {
			switch os.Getpid() % 3 {
			case 0:
				w.Height = 1 << 40
			case 1:
				w.ExtraOutputs = []coins.Output{{Value: 50_0000_0000, Script: []byte{0x51}}}
			case 2:
				w.Target = [32]byte{0: 0xff}
			}
		}
		return &w
	})
}

// meddle passes a stream on under ids of its own, and sends what another makes of
// the last message: one lie, or a flood.
func meddle[T any](
	ctx context.Context, source func(context.Context, chan<- *T) error, out chan<- *T, more func(last *T, id uint64, lie bool) *T,
) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	in, ended, told := make(chan *T), make(chan error, 1), orders(ctx)
	go func() { ended <- source(ctx, in) }()
	var last *T
	now, id := chaosCalm, uint64(0)
	send := func(m *T) error {
		select {
		case out <- m:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	for {
		flood := make(chan struct{})
		if now == chaosFlood && last != nil {
			close(flood)
		}
		var m *T
		select {
		case err := <-ended:
			return err
		case now = <-told:
		case m = <-in:
			last = m
		case <-flood:
			m = last
		}
		if last == nil || m == nil && now != chaosLie {
			continue
		}
		id++
		if err := send(more(last, id, now == chaosLie)); err != nil {
			return err
		}
	}
}

// mustChaos writes a program that is the test binary as a chaos plugin, and
// returns its path and how to give it an order.
func mustChaos(t *testing.T, dir, name, driver string) (path string, tell func(string)) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	path = dir + "/" + name
	file := path + ".order"
	script := fmt.Sprintf("#!/bin/sh\n%s=%s %s=%s exec %s\n", chaosVar, driver, chaosOrder, file, self)
	mustProgram(t, path, []byte(script))
	tell = func(order string) {
		t.Helper()
		if err := os.WriteFile(file+".new", []byte(order), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(file+".new", file); err != nil {
			t.Fatal(err)
		}
	}
	tell(chaosCalm)
	return path, tell
}
