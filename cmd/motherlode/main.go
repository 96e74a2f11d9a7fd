package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/spf13/cobra"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:]))
}

// errReported says that what is wrong has been printed already.
var errReported = errors.New("reported")

// run maps what a command returns to the exit code: 0 done, 1 failed, 2 wrong
// use or wrong configuration.
func run(ctx context.Context, args []string) int {
	root := newRoot()
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	var use *useError
	switch {
	case err == nil:
		return 0
	case errors.Is(err, errReported):
		return 2
	case errors.As(err, &use):
		fmt.Fprintf(os.Stderr, "motherlode: %v\n", err)
		return 2
	}
	fmt.Fprintf(os.Stderr, "motherlode: %v\n", err)
	if hint := portHint(err); hint != "" {
		fmt.Fprintln(os.Stderr, hint)
	}
	return 1
}

// useError is a fault in how the command was called or configured.
type useError struct{ err error }

func (e *useError) Error() string { return e.err.Error() }
func (e *useError) Unwrap() error { return e.err }

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "motherlode",
		Short: "A merged-mining pool: one proof of work, any number of chains",
		Long: `Motherlode is a mining pool in one program. It takes work from the nodes of a
parent chain and of any number of merge-mined chains, serves it to miners over
stratum, and carries every block that they find to its chain.

Try it with "motherlode demo": a real Bitcoin node, two merge-mined chains, a
pool and a miner, all on this machine and gone afterwards.`,
		SilenceUsage:  true,
		SilenceErrors: true,
		Args:          onlyCommands,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return &useError{fmt.Errorf("%w; see %q", err, cmd.CommandPath()+" --help")}
	})
	root.AddCommand(newStatus(), newSessions(), newBlocks(), newAccount(), newBan(), newUnban(), newBans(), newReload(), newDrain(), newCompletion(), newMan())
	root.CompletionOptions.DisableDefaultCmd = true
	root.AddCommand(newRun(), newSolo(), newCheck(), newDemo(), newMiner(), newNotify(), newBench(), newVersion(), newPlugin(), newStratum(), newPayouts(), newAudit(), newImport(), newHealthcheck(), newHooks())
	completeArguments(root)
	return root
}

// onlyCommands refuses the name of a command that there is not.
func onlyCommands(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	hint := ""
	if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
		hint = fmt.Sprintf("; did you mean %q?", near[0])
	}
	return &useError{fmt.Errorf("there is no command %q%s", args[0], hint)}
}

// takes wraps a check of arguments, so that a wrong number of them is told from
// a failure.
func takes(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if err := check(cmd, args); err != nil {
			return &useError{fmt.Errorf("%w; see %q", err, cmd.CommandPath()+" --help")}
		}
		return nil
	}
}

func newVersion() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  takes(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := fmt.Fprintln(cmd.OutOrStdout(), "motherlode", version())
			return err
		},
	}
}

// version is the module's version where the binary was installed as a module,
// else the commit where it is known.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "(unknown build)"
	}
	v := info.Main.Version
	if releaseVersion != "" {
		v = releaseVersion
	}
	if v == "" || v == "(devel)" {
		v = "(devel)"
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" && len(s.Value) >= 12 {
				v += " " + s.Value[:12]
			}
		}
	}
	return v + " " + info.GoVersion
}
