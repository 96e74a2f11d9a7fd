package personality

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"
)

// fake is a server that does all right until a test spoils it.
type fake struct {
	configure, subscribe, authorize, other, submit string // members of the replies after the id; empty: none comes

	before map[string][]string // lines before the reply to a method
	begin  []string            // lines once the miner has subscribed and authorized
	after  []string            // lines after the first share's reply
	id     func(string) string // what an id is echoed as
	cut    bool                // lines have no end

	got []string // lines of the miner
}

const (
	easy      = 1e-9
	coinHead  = "01000000010000000000000000000000000000000000000000000000000000000000000000ffffffff150151"
	coinMid   = "2f612f622f632f" // script bytes behind the extranonce
	coinTail  = "ffffffff0200f2052a01000000025152002f68590000000002525200000000"
	jobScript = "\x51\x52"
)

func result(text string) string { return `"result":` + text + `,"error":null` }

// job is a mining.notify.
func jobLine(change ...func([]any) []any) string {
	p := []any{
		"00000001", strings.Repeat("ab", 32), coinHead, coinMid + coinTail, []string{strings.Repeat("cd", 32)},
		"20000000", "207fffff", "5f5e1000", true,
	}
	for _, c := range change {
		p = c(p)
	}
	return fmt.Sprintf(`{"id":null,"method":"mining.notify","params":%s}`, marshal(p))
}

// with sets a parameter of a job.
func with(i int, v any) func([]any) []any {
	return func(p []any) []any { p[i] = v; return p }
}

func difficultyLine(v any) string {
	return fmt.Sprintf(`{"id":null,"method":"mining.set_difficulty","params":[%s]}`, marshal(v))
}

func rightServer() *fake {
	return &fake{
		configure: result(`{"version-rolling":true,"version-rolling.mask":"1fffe000"}`),
		subscribe: result(`[[["mining.set_difficulty","0123"],["mining.notify","0123"]],"01020304",8]`),
		authorize: result("true"), other: result("true"), submit: result("true"),
		before: map[string][]string{},
		begin:  []string{difficultyLine(easy), jobLine()},
		id:     func(id string) string { return id },
	}
}

// serve answers a miner until ctx is done or the connection ends.
func (f *fake) serve(ctx context.Context, conn net.Conn) {
	lines := make(chan string, 1000)
	go func() {
		defer close(lines)
		in := bufio.NewScanner(conn)
		for in.Scan() {
			lines <- in.Text()
		}
	}()
	say := func(all ...string) {
		for _, line := range all {
			if !f.cut {
				line += "\n"
			}
			_, _ = conn.Write([]byte(line)) // a closed connection ends lines, too
		}
	}
	subscribed, admitted, begun, shares := false, false, false, 0
	for line := range lines {
		f.got = append(f.got, line)
		var g struct {
			ID     json.RawMessage
			Method string
		}
		if json.Unmarshal([]byte(line), &g) != nil {
			continue
		}
		say(f.before[g.Method]...)
		reply := f.other
		switch g.Method {
		case "":
			reply = "" // a reply of the miner
		case "pong":
			reply = ""
		case "mining.configure":
			reply = f.configure
		case "mining.subscribe":
			reply, subscribed = f.subscribe, true
		case "mining.authorize":
			reply, admitted = f.authorize, true
		case "mining.submit":
			reply = f.submit
			shares++
		}
		if reply != "" {
			say(fmt.Sprintf(`{"id":%s,%s}`, f.id(string(g.ID)), reply))
		}
		if subscribed && admitted && !begun {
			begun = true
			say(f.begin...)
		}
		if shares == 1 {
			say(f.after...)
			shares++
		}
	}
}

// scaleOf makes the fake's difficulty one that the miner takes.
func scaleOf(t Traits) float64 {
	switch t.Name {
	case "nicehash":
		return 1e15
	case "miningrigrentals":
		return 1e14
	case nameNerdQAxe:
		return 1e12
	}
	return 1
}

var errEnough = errors.New("enough shares")

// meet has a miner meet a server, in memory, until it has some shares or the
// connection ends, and returns why. The miner's lines are in f.got.
func meet(t *testing.T, traits Traits, o Options, f *fake, shares int) error {
	t.Helper()
	if o.Scale == 0 {
		o.Scale = scaleOf(traits)
	}
	if o.User == "" {
		o.User, o.Password = "owner.rig", "x"
	}
	ctx, cancel := context.WithTimeoutCause(t.Context(), time.Hour, errors.New("nothing happened"))
	defer cancel()
	ctx, enough := context.WithCancelCause(ctx)
	defer enough(nil)
	hear := o.OnShare
	o.OnShare = func(s Share) {
		if hear != nil {
			hear(s)
		}
		if s.Accepted {
			if shares--; shares == 0 {
				enough(errEnough)
			}
		}
	}
	near, far := net.Pipe()
	done := make(chan struct{})
	go func() {
		defer close(done)
		f.serve(ctx, far)
	}()
	err := New(traits, o).Run(ctx, near)
	far.Close()
	<-done
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return context.Cause(ctx)
	}
	return err
}
