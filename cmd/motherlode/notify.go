package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/motherlode-pool/motherlode/configs"
	"github.com/motherlode-pool/motherlode/internal/blocknotify"
)

func newNotify() *cobra.Command {
	var file, to string
	cmd := &cobra.Command{
		Use:   "notify COIN HASH (--config FILE | --to HOST:PORT)",
		Short: "Tell the running pool of a new block, for a node's blocknotify",
		Long: `Notify tells the running pool that a coin has a new block, so that it need not
wait until it asks the node again. It is made for the node's own configuration:

    blocknotify=motherlode notify bitcoin %s --config /etc/motherlode.toml

The coin listens where its settings say, which --to can say instead:

    [coins.bitcoin.settings]
    notify = "127.0.0.1:28340"

It ends within a second, whether it was heard or not. The pool does not believe
the hash: it asks its nodes at once.`,
		Args: takes(cobra.ExactArgs(2)),
		RunE: func(cmd *cobra.Command, args []string) error {
			address, err := notifyAddress(args[0], file, to)
			if err != nil {
				return &useError{err}
			}
			return blocknotify.Send(cmd.Context(), address, args[1])
		},
	}
	cmd.Flags().StringVar(&file, "config", "", "the pool's configuration file")
	cmd.Flags().StringVar(&to, "to", "", "where the coin listens, instead of what its settings say")
	return cmd
}

// notifyAddress is where a coin listens.
func notifyAddress(coin, file, to string) (string, error) {
	switch {
	case to != "":
		return to, nil
	case file == "":
		return "", fmt.Errorf("say where the coin listens: --config FILE or --to HOST:PORT")
	}
	cfg, err := configs.Load(file)
	if err != nil {
		return "", err
	}
	c, ok := cfg.Coins[coin]
	if !ok {
		return "", fmt.Errorf("%s has no coin %q", file, coin)
	}
	address, _ := c.Settings["notify"].(string)
	if address == "" {
		return "", fmt.Errorf("%s: coins.%s.settings.notify is not set, expected something like \"127.0.0.1:28340\"", file, coin)
	}
	return address, nil
}
