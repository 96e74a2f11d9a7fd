package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/plugins/host"
)

func newPluginInfo() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "info PATH",
		Short: "Show what a coin plugin says of itself",
		Long: `Info starts a plugin, asks what it is, and ends it: name, version, roles, coin,
networks, and the settings that it takes. It needs no settings and no node. PATH
may also be the name of a built-in coin.`,
		Args: takes(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			t, err := pluginTarget(args[0], false)
			if err != nil {
				return err
			}
			info, err := describePlugin(cmd.Context(), t)
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(cmd.OutOrStdout(), infoJSON(t, info))
			}
			return printInfo(cmd.OutOrStdout(), t, info)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	return cmd
}

// describePlugin asks a plugin what it is.
func describePlugin(ctx context.Context, t target) (coins.Info, error) {
	dir, err := os.MkdirTemp("", "motherlode-")
	if err != nil {
		return coins.Info{}, err
	}
	defer os.RemoveAll(dir)
	sockets, err := host.NewSocketDir(dir)
	if err != nil {
		return coins.Info{}, err
	}
	defer func() { _ = sockets.Close() }()
	driver := host.New(host.Config{
		Name: t.path, Command: t.command, SocketDir: sockets.Path(), External: t.external, AllowUnverified: true, MTLS: !t.external,
	})
	return driver.Probe(ctx)
}

// infoJSON is what a plugin says, for programs.
func infoJSON(t target, i coins.Info) map[string]any {
	c := i.Coin
	coin := map[string]any{
		"symbol": c.Symbol, "name": c.Name, "network": c.Network, "algorithm": c.Algorithm,
		"difficulty_one": fmt.Sprintf("%x", c.DifficultyOne), "block_seconds": c.BlockTime.Seconds(), "maturity": c.Maturity,
		"decimals": c.Decimals, "version_mask": fmt.Sprintf("%08x", c.VersionMask), "hash_param_bytes": c.HashParam,
		"example_address": c.ExampleAddress,
	}
	if c.HasChainID {
		coin["chain_id"] = c.ChainID
	}
	out := map[string]any{
		"plugin": t.path, "sha256": t.sum, "driver": i.Driver, "version": i.Version, "summary": i.Summary,
		"api_minor": i.APIMinor, "roles": i.Roles, "networks": i.Networks, "coin": coin,
	}
	if json.Valid(i.Schema) {
		out["settings_schema"] = json.RawMessage(i.Schema)
	}
	return out
}

// printInfo is what a plugin says, for people.
func printInfo(out io.Writer, t target, i coins.Info) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	row := func(key, format string, args ...any) {
		fmt.Fprintf(w, "%s\t%s\n", key, printable(fmt.Sprintf(format, args...)))
	}
	c := i.Coin
	var roles []string
	for _, r := range i.Roles {
		roles = append(roles, string(r))
	}
	row("driver", "%s %s", i.Driver, i.Version)
	row("summary", "%s", i.Summary)
	row("roles", "%s", strings.Join(roles, ", "))
	row("coin", "%s (%s), %d decimals", c.Name, c.Symbol, c.Decimals)
	row("networks", "%s", strings.Join(i.Networks, ", "))
	row("algorithm", "%s", c.Algorithm)
	row("blocks", "every %v, spendable after %d", c.BlockTime.Round(time.Millisecond), c.Maturity)
	if c.HasChainID {
		row("chain id", "%d", c.ChainID)
	}
	if c.VersionMask != 0 {
		row("rollable", "version bits %08x", c.VersionMask)
	}
	if c.ExampleAddress != "" {
		row("address", "such as %s", c.ExampleAddress)
	}
	if i.Has(coins.RoleHasher) {
		row("batches", "up to %d headers", coins.MaxHashBatch)
	}
	row("protocol", "minor %d", i.APIMinor)
	if t.external {
		row("file", "%s", t.path)
		row("sha256", "%s", t.sum)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return printSettings(out, i.Schema)
}

// settingSchema is what info shows of a JSON schema.
type settingSchema struct {
	Type        string                   `json:"type"`
	Description string                   `json:"description"`
	Properties  map[string]settingSchema `json:"properties"`
	Required    []string                 `json:"required"`
	Items       *settingSchema           `json:"items"`
	Default     json.RawMessage          `json:"default"`
	Enum        []json.RawMessage        `json:"enum"`
}

// printSettings is a table of the settings.
func printSettings(out io.Writer, text []byte) error {
	var s settingSchema
	switch {
	case len(text) == 0:
		_, err := fmt.Fprintln(out, "\nIt has no settings.")
		return err
	case json.Unmarshal(text, &s) != nil:
		_, err := fmt.Fprintln(out, "\nThe schema of its settings cannot be read.")
		return err
	case len(s.Properties) == 0:
		_, err := fmt.Fprintln(out, "\nThe schema of its settings names none.")
		return err
	}
	fmt.Fprintln(out, "\nsettings")
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	s.rows(w, "")
	return w.Flush()
}

// rows are the settings of a table and of those within it.
func (s settingSchema) rows(w io.Writer, path string) {
	for _, key := range slices.Sorted(maps.Keys(s.Properties)) {
		p := s.Properties[key]
		name, kind, inner := path+key, p.Type, p
		if p.Items != nil {
			name, inner = name+"[]", *p.Items
			kind = "list of " + inner.Type
		}
		if kind == "" && p.Enum != nil {
			kind = "choice"
		}
		note := ""
		switch {
		case slices.Contains(s.Required, key):
			note = "required"
		case p.Default != nil:
			note = "default " + string(p.Default)
		}
		fmt.Fprintf(w, "  %s\t%s\t%s\t%s\n", printable(name), printable(kind), printable(note), printable(p.describe()))
		inner.rows(w, name+".")
	}
}

// describe is the description with the choices there are.
func (s settingSchema) describe() string {
	if s.Enum == nil {
		return s.Description
	}
	var list []string
	for _, e := range s.Enum {
		list = append(list, string(e))
	}
	return strings.TrimSpace(s.Description + " (one of " + strings.Join(list, ", ") + ")")
}
