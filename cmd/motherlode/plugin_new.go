package main

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/motherlode-pool/motherlode/plugins/scaffold"
)

func newPluginNew() *cobra.Command {
	var cfg scaffold.Config
	var dir string
	cmd := &cobra.Command{
		Use:   "new NAME --lang " + strings.Join(scaffold.Languages(), "|"),
		Short: "Write a new plugin project, complete and mining",
		Long: `New writes a project for a coin plugin into the folder NAME. It builds, passes
its tests and "motherlode plugin check", and mines: its chain lives in memory,
and is to be replaced by your node. The project's README.md says what is in
which file. Nothing is overwritten.`,
		Example: `  motherlode plugin new mycoin --lang go --module git.example.org/me/mycoin
  motherlode plugin new mycoin --lang python`,
		Args: takes(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			if cfg.Name = args[0]; dir == "" {
				dir = cfg.Name
			}
			if err := writeProject(cfg, dir); err != nil {
				return err
			}
			return sayNext(cmd.OutOrStdout(), cfg, dir)
		},
	}
	fl := cmd.Flags()
	fl.StringVar(&cfg.Lang, "lang", "go", "language: "+strings.Join(scaffold.Languages(), " or "))
	fl.StringVar(&dir, "dir", "", "folder to write into, new or empty (default: NAME)")
	fl.StringVar(&cfg.Module, "module", "", "module path of a project in Go (default: example.org/NAME)")
	return cmd
}

// writeProject tells what was asked for wrongly from what went wrong.
func writeProject(cfg scaffold.Config, dir string) error {
	files, err := scaffold.Files(cfg)
	if err == nil {
		err = scaffold.Write(dir, files)
	}
	var kind scaffold.ErrorKind
	if errors.As(err, &kind) {
		return &useError{err}
	}
	return err
}

// sayNext prints the commands that follow, their comments in one column.
func sayNext(out io.Writer, cfg scaffold.Config, dir string) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s is ready in %s: a coin that mines, with a chain in memory to be replaced\n", cfg.Name, filepath.Clean(dir))
	fmt.Fprintf(&b, "by your node. README.md says what is in which file. Next:\n\n")
	width := 0
	steps := scaffold.Next(cfg, dir)
	for _, s := range steps {
		if s.Why != "" {
			width = max(width, len(s.Command))
		}
	}
	for _, s := range steps {
		if s.Why == "" {
			fmt.Fprintf(&b, "  %s\n", s.Command)
			continue
		}
		fmt.Fprintf(&b, "  %-*s  # %s\n", width, s.Command, s.Why)
	}
	_, err := io.WriteString(out, b.String())
	return err
}
