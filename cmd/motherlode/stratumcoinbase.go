package main

import (
	"bufio"
	"context"
	"crypto/tls"
	bits "encoding/binary" // this package has a variable of that name
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

// coinbaseWait bounds the whole conversation of stratum coinbase.
const coinbaseWait = 30 * time.Second

// maxCoinbase is the longest line that is read: a coinbase of 64 kB, in hex.
const maxCoinbase = 1 << 18

// stratumCoinbase is one call of stratum coinbase.
type stratumCoinbase struct {
	user, password, agent string
	decimals              int
}

func newStratumCoinbase() *cobra.Command {
	var c stratumCoinbase
	cmd := &cobra.Command{
		Use:   "coinbase URL --user ADDRESS",
		Short: "Show whom a block of yours would pay",
		Long: `Coinbase connects to a pool as a miner does, takes one job, and decodes the coinbase
that your machine is given to hash: every output with its address and amount, and which
of them is yours. What is in it is what a block pays that you find with this job; no
pool can change it afterwards.

Pools that pay from a wallet have one output, their own. Where the pool speaks to your
kind of machine differently, say so by --agent, as your machine does.`,
		Example: `  motherlode stratum coinbase stratum+tcp://127.0.0.1:3333 --user ltc1q....rig
  motherlode stratum coinbase pool.example:3443 --user bc1q.... --agent NiceHash/1.0.0`,
		Args: takes(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.run(cmd.Context(), args[0], cmd.OutOrStdout())
		},
	}
	f := cmd.Flags()
	f.StringVar(&c.user, "user", "", "your address, as your machine sends it; .worker may follow")
	f.StringVar(&c.password, "password", "x", "password")
	f.StringVar(&c.agent, "agent", "motherlode-coinbase", "user agent")
	f.IntVar(&c.decimals, "decimals", 8, "decimals of the coin")
	return cmd
}

func (c *stratumCoinbase) run(ctx context.Context, url string, out io.Writer) error {
	if c.user == "" {
		return &useError{errors.New("--user is missing: your address on the coin that is mined")}
	}
	if c.decimals < 0 || c.decimals > 18 {
		return &useError{fmt.Errorf("--decimals is %d; expected 0 to 18", c.decimals)}
	}
	ctx, cancel := context.WithTimeout(ctx, coinbaseWait)
	defer cancel()
	conn, err := dialStratum(ctx, url)
	if err != nil {
		return err
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()

	raw, err := c.takeJob(conn)
	if err != nil {
		if ctx.Err() != nil {
			err = fmt.Errorf("no job came within %v", coinbaseWait)
		}
		return fmt.Errorf("%s: %w", url, err)
	}
	outs, err := coinbaseOutputs(raw)
	if err != nil {
		return fmt.Errorf("%s sends a coinbase that cannot be read: %w", url, err)
	}
	account, _, _ := strings.Cut(c.user, ".")
	showCoinbase(out, outs, account, len(raw), c.decimals)
	return nil
}

// dialStratum connects to host:port, or to a URL whose scheme may ask for TLS.
func dialStratum(ctx context.Context, url string) (net.Conn, error) {
	scheme, address, found := strings.Cut(url, "://")
	if !found {
		scheme, address = "stratum+tcp", url
	}
	address = strings.TrimSuffix(address, "/")
	if _, _, err := net.SplitHostPort(address); err != nil {
		return nil, &useError{fmt.Errorf("%q is no address; expected one like stratum+tcp://host:3333", url)}
	}
	switch scheme {
	case "stratum+tcp", "tcp", "stratum":
		var d net.Dialer
		return d.DialContext(ctx, "tcp", address)
	case "stratum+ssl", "stratum+tls", "stratum+tcps", "ssl", "tls":
		var d tls.Dialer
		return d.DialContext(ctx, "tcp", address)
	}
	return nil, &useError{fmt.Errorf("%q is no kind of stratum; expected stratum+tcp or stratum+ssl", scheme)}
}

// takeJob logs in and returns the coinbase of the first job, with zeros for the part
// of the extranonce that the machine counts in.
func (c *stratumCoinbase) takeJob(conn io.ReadWriter) ([]byte, error) {
	for i, call := range []struct {
		method string
		params []string
	}{{"mining.subscribe", []string{c.agent}}, {"mining.authorize", []string{c.user, c.password}}} {
		line, err := json.Marshal(map[string]any{"id": i + 1, "method": call.method, "params": call.params})
		if err != nil {
			return nil, err
		}
		if _, err := conn.Write(append(line, '\n')); err != nil {
			return nil, err
		}
	}
	var extranonce []byte
	in := bufio.NewScanner(conn)
	in.Buffer(nil, maxCoinbase)
	for in.Scan() {
		var m struct {
			ID     any
			Method string
			Params []any
			Result any
			Error  any
		}
		if err := json.Unmarshal(in.Bytes(), &m); err != nil {
			return nil, fmt.Errorf("it sent a line that is no JSON: %w", err)
		}
		switch {
		case m.ID != nil && m.Error != nil:
			return nil, fmt.Errorf("it refuses: %v", m.Error)
		case m.ID == 1.0:
			var err error
			if extranonce, err = extranonceOf(m.Result); err != nil {
				return nil, err
			}
		case m.ID == 2.0 && m.Result != true:
			return nil, fmt.Errorf("it does not admit %q", c.user)
		case m.Method == "mining.notify" && extranonce != nil && len(m.Params) > 3:
			return joinCoinbase(m.Params[2], m.Params[3], extranonce)
		case m.Method == "mining.notify" && extranonce != nil:
			return nil, errors.New("its jobs have no coinbase: miners of this coin are not sent one")
		}
	}
	if err := in.Err(); err != nil {
		return nil, err
	}
	return nil, errors.New("it has closed the connection")
}

// extranonceOf reads the answer to mining.subscribe.
func extranonceOf(result any) ([]byte, error) {
	list, _ := result.([]any)
	if len(list) < 3 {
		return nil, errors.New("its answer to mining.subscribe has no extranonce")
	}
	text, _ := list[1].(string)
	first, err := hex.DecodeString(text)
	size, ok := list[2].(float64)
	if err != nil || !ok || size < 0 || size > 32 {
		return nil, errors.New("its extranonce cannot be read")
	}
	return append(first, make([]byte, int(size))...), nil
}

func joinCoinbase(part1, part2 any, extranonce []byte) ([]byte, error) {
	a, _ := part1.(string)
	b, _ := part2.(string)
	first, err := hex.DecodeString(a)
	if err != nil {
		return nil, fmt.Errorf("coinb1 is no hex: %w", err)
	}
	last, err := hex.DecodeString(b)
	if err != nil {
		return nil, fmt.Errorf("coinb2 is no hex: %w", err)
	}
	return append(append(first, extranonce...), last...), nil
}

// coinbaseOutput is one output of a coinbase.
type coinbaseOutput struct {
	value  uint64
	script []byte
}

var errCoinbase = errors.New("it is cut short")

// coinbaseOutputs reads the outputs of a coinbase without witness.
func coinbaseOutputs(raw []byte) (outs []coinbaseOutput, err error) {
	rest := raw
	take := func(n uint64) []byte {
		if n > uint64(len(rest)) {
			err, rest = errCoinbase, nil
			return make([]byte, min(n, 8))
		}
		b := rest[:n]
		rest = rest[n:]
		return b
	}
	number := func() uint64 {
		switch b := take(1)[0]; b {
		case 0xfd:
			return uint64(bits.LittleEndian.Uint16(take(2)))
		case 0xfe:
			return uint64(bits.LittleEndian.Uint32(take(4)))
		case 0xff:
			return bits.LittleEndian.Uint64(take(8))
		default:
			return uint64(b)
		}
	}
	take(4)
	if n := number(); n != 1 && err == nil {
		return nil, fmt.Errorf("it has %d inputs, expected 1", n)
	}
	take(36)
	take(number())
	take(4)
	for n := number(); n > 0 && err == nil; n-- {
		o := coinbaseOutput{value: bits.LittleEndian.Uint64(take(8))}
		o.script = take(number())
		outs = append(outs, o)
	}
	take(4) // lock time; a payload may follow
	return outs, err
}
