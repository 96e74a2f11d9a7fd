package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/motherlode-pool/motherlode/coins/builtin"
	"github.com/motherlode-pool/motherlode/plugins/sdk"
)

func newPlugin() *cobra.Command {
	plugin := &cobra.Command{
		Use:   "plugin",
		Short: "Write coins as plugins",
		Args:  onlyCommands,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	plugin.AddCommand(newPluginNew(), newPluginCheck(), newPluginInfo(), newPluginServe())
	return plugin
}

// newPluginServe is how a pool starts its built-in coins in processes of their
// own.
func newPluginServe() *cobra.Command {
	return &cobra.Command{
		Use:    "serve NAME",
		Short:  "Serve a built-in coin to a pool that started this process",
		Hidden: true,
		Args:   takes(cobra.ExactArgs(1)),
		RunE: func(_ *cobra.Command, args []string) error {
			driver, ok := builtin.Lookup(args[0])
			if !ok {
				return &useError{fmt.Errorf("no built-in driver %q; there are %s", args[0], strings.Join(driverNames(), ", "))}
			}
			sdk.Serve(driver)
			return nil
		},
	}
}
