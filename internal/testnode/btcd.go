package testnode

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// btcdTool is btcd's package, a tool of this module.
const btcdTool = "github.com/btcsuite/btcd"

// MiningAddress is where a started btcd pays the blocks that its own generate
// call makes: the witness script OP_TRUE, which anyone can spend (SpendTo).
const MiningAddress = "bcrt1qft5p2uhsdcdc3l2ua4ap5qqfg4pjaqlp250x7us7a8qqhrxrxfsqseac85"

// BuildBTCD returns a file that runs btcd, built by the Go toolchain from the
// version that go.mod pins and kept in the toolchain's build cache. It works
// within this module's source only: else the error is of kind ErrNoToolchain or
// ErrNoModule.
func BuildBTCD(ctx context.Context) (string, error) {
	goTool, err := exec.LookPath("go")
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrNoToolchain, err)
	}
	var stdout, stderr bytes.Buffer
	cmd := toolchain(ctx, goTool, "tool", "-n", btcdTool)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			return "", ctx.Err()
		}
		var exit *exec.ExitError
		if errors.As(err, &exit) && strings.Contains(stderr.String(), "no such tool") {
			return "", ErrNoModule
		}
		return "", fmt.Errorf("build btcd: %w: %s", err, bytes.TrimSpace(stderr.Bytes()))
	}
	return strings.TrimSpace(stdout.String()), nil
}

// toolchain runs the Go toolchain. When ctx ends it is asked to end, so that it
// removes what it was building.
func toolchain(ctx context.Context, goTool string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, goTool, args...)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 5 * time.Second
	return cmd
}

// BTCDVersion is the version of btcd that go.mod pins as a tool.
const BTCDVersion = "v0.26.2"

// InstallBTCD has the Go toolchain fetch and build the pinned btcd into a
// folder, for programs that run outside this module's source. It returns the
// file. Without a toolchain the error is of kind ErrNoToolchain.
func InstallBTCD(ctx context.Context, dir string) (string, error) {
	goTool, err := exec.LookPath("go")
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrNoToolchain, err)
	}
	cmd := toolchain(ctx, goTool, "install", btcdTool+"@"+BTCDVersion)
	cmd.Env = append(os.Environ(), "GOBIN="+dir)
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build btcd %s: %w: %s", BTCDVersion, err, bytes.TrimSpace(out))
	}
	return filepath.Join(dir, "btcd"), nil
}

// StartBTCD starts btcd on regtest. It gives templates at once, without a peer.
func StartBTCD(ctx context.Context, opt Options) (*Node, error) {
	if opt.Binary == "" {
		opt.progress("building %s with the Go toolchain (the first time takes a minute)", btcdTool)
		file, err := BuildBTCD(ctx)
		if err != nil {
			return nil, err
		}
		opt.Binary = file
	}
	opt.progress("starting %s on regtest", "btcd")
	return launch(ctx, spec{
		binary: opt.Binary,
		args: func(n *Node, rpc string) []string {
			args := []string{
				"--configfile=/dev/null", "--regtest",
				"--datadir=" + n.Dir + "/data", "--logdir=" + n.Dir + "/logs",
				"--listen=" + n.P2P, "--rpclisten=127.0.0.1:" + rpc,
				"--rpcuser=" + user, "--rpcpass=" + password, "--notls",
				"--nodnsseed", "--noonion", "--nostalldetect", "--txindex",
				"--miningaddr=" + MiningAddress,
			}
			if opt.Connect != "" {
				args = append(args, "--connect="+opt.Connect)
			}
			return args
		},
	}, opt)
}

// Generate makes the node mine blocks by itself and returns their hashes, as
// it prints them. Btcd pays to MiningAddress.
func (n *Node) Generate(ctx context.Context, blocks int) ([]string, error) {
	var hashes []string
	err := n.Call(ctx, &hashes, "generate", blocks)
	return hashes, err
}
