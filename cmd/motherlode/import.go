package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/motherlode-pool/motherlode/configs"
	"github.com/motherlode-pool/motherlode/configs/convert"
)

// importLimit is more than any configuration has.
const importLimit = 4 << 20

func newImport() *cobra.Command {
	var from, out string
	var o convert.Options
	cmd := &cobra.Command{
		Use:   "import FILE",
		Short: "Make a configuration from that of ckpool, miningcore or public-pool",
		Long: `Import reads the configuration of another pool (ckpool's ckpool.conf,
miningcore's config.json, public-pool's .env) and writes one for this program.
Every key of the source is carried over, or named with the reason why not. The
nodes' passwords are carried over too.

Nothing is read but that file: shares, balances and payments of the other pool
stay where they are. docs/moving.md says how to move.`,
		Args: takes(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Format = convert.Format(from)
			if from != "" && !slices.Contains(convert.Formats(), o.Format) {
				return &useError{fmt.Errorf("--from %q; expected one of %v", from, convert.Formats())}
			}
			return importFile(args[0], out, o, cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	cmd.Flags().StringVar(&from, "from", "", "what the file is of: ckpool, miningcore or public-pool (default: by its content)")
	cmd.Flags().StringVar(&out, "out", "", "file to write, which must not be there yet (default: standard output)")
	cmd.Flags().BoolVar(&o.Solo, "solo", false, "ckpool was run with -B: each block pays its finder")
	cmd.Flags().StringVar(&o.Node, "network", "", "network of the nodes: main, test, signet, regtest (default: what the file says, else main)")
	var forms []string
	for _, f := range convert.Formats() {
		forms = append(forms, string(f))
	}
	fixed(cmd, "from", forms)
	fixed(cmd, "network", []string{"main", "test", "signet", "regtest"})
	return cmd
}

// importFile converts a file and says on notes what a person has to know.
func importFile(path, out string, o convert.Options, stdout, notes io.Writer) error {
	data, err := readLimited(path)
	if err != nil {
		return err
	}
	got, err := convert.Convert(filepath.Base(path), data, o)
	if err != nil {
		return &useError{fmt.Errorf("%s: %w", path, err)}
	}
	if err := writeNew(out, got.TOML, stdout); err != nil {
		return err
	}
	for _, n := range got.Carried {
		fmt.Fprintln(notes, n)
	}
	for _, n := range got.Left {
		fmt.Fprintln(notes, "not carried over:", n)
	}
	name := out
	if name == "" {
		name = "the result"
	}
	var problems configs.Problems
	if _, err := configs.Parse(name, []byte(got.TOML)); errors.As(err, &problems) {
		fmt.Fprintf(notes, "\nTo be filled in before it runs:\n%v\n", err)
		return nil
	} else if err != nil {
		return err
	}
	if out != "" {
		fmt.Fprintf(notes, "\nNext: motherlode check --nodes %s\n", out)
	}
	return nil
}

func readLimited(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, importLimit+1))
	if err == nil && len(data) > importLimit {
		err = fmt.Errorf("%s has more than %d bytes: no configuration", path, importLimit)
	}
	return data, err
}

// writeNew writes a file that only its owner may read, or to stdout where it has no
// name.
func writeNew(path, text string, stdout io.Writer) error {
	if path == "" {
		_, err := io.WriteString(stdout, text)
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, os.ErrExist) {
		return &useError{fmt.Errorf("%s is there already; name another file with --out, or take it away", path)}
	}
	if err != nil {
		return err
	}
	_, err = io.WriteString(f, text)
	return errors.Join(err, f.Close())
}
