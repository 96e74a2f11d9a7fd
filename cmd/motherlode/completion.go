package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// flagSet are a command's flags.
type flagSet = pflag.FlagSet

// newCompletion replaces the completion command that comes with the library, which
// is for more shells and says less.
func newCompletion() *cobra.Command {
	shells := []string{"bash", "zsh", "fish"}
	return &cobra.Command{
		Use:   "completion bash|zsh|fish",
		Short: "Print what a shell needs to complete commands and flags",
		Long: `Completion prints a script for a shell, which asks this program what may come
next. For the shell that runs now:

    source <(motherlode completion bash)

For every one from now on:

    motherlode completion bash > /etc/bash_completion.d/motherlode
    motherlode completion zsh > "${fpath[1]}/_motherlode"
    motherlode completion fish > ~/.config/fish/completions/motherlode.fish`,
		Args:      takes(cobra.MatchAll(cobra.ExactArgs(1), cobra.OnlyValidArgs)),
		ValidArgs: shells,
		RunE: func(cmd *cobra.Command, args []string) error {
			root, out := cmd.Root(), cmd.OutOrStdout()
			switch args[0] {
			case "bash":
				return root.GenBashCompletionV2(out, true)
			case "zsh":
				return root.GenZshCompletion(out)
			case "fish":
				return root.GenFishCompletion(out, true)
			}
			return fmt.Errorf("no completion for %q", args[0]) // refused before
		},
	}
}

// fixed are the values of a flag, for completion.
func fixed(cmd *cobra.Command, flag string, values []string) {
	if err := cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp)); err != nil {
		panic(err) // the flag is not there: a mistake in this program
	}
}

// completeArguments has the arguments of every command completed: FILE by files
// that end in .toml (by any, beside commands), the rest by nothing unless the command
// says so.
func completeArguments(cmd *cobra.Command) {
	words := arguments(cmd)
	if cmd.ValidArgsFunction == nil && len(cmd.ValidArgs) == 0 && (len(words) == 0 || !cmd.HasSubCommands()) {
		cmd.ValidArgsFunction = func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			if len(args) < len(words) {
				switch words[len(args)] {
				case "FILE":
					return []string{"toml"}, cobra.ShellCompDirectiveFilterFileExt
				case "PATH":
					return nil, cobra.ShellCompDirectiveDefault
				}
			}
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
	}
	for _, sub := range cmd.Commands() {
		completeArguments(sub)
	}
}

func sortedNames[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }
