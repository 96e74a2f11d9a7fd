package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/motherlode-pool/motherlode/configs"
	"github.com/motherlode-pool/motherlode/engine/control"
)

// knockTime bounds finding out whether a pool answers.
const knockTime = 2 * time.Second

// usualFiles are where a configuration is looked for when none is named: beside the
// person who asks, and where the Debian package has it.
var usualFiles = []string{"motherlode.toml", "/etc/motherlode/motherlode.toml"}

// toPool makes cmd a command to a pool. Its use line begins with [FILE]: the pool is
// named by its configuration file, by --data and its data folder, or not at all
// where only one runs on this machine.
func toPool(cmd *cobra.Command, do func(context.Context, *operating) error) *cobra.Command {
	behind := arguments(cmd)[1:] // FILE
	var data string
	cmd.Flags().StringVar(&data, "data", "", "in place of FILE: the pool's data folder, as of \"motherlode solo\"")
	if err := cmd.MarkFlagDirname("data"); err != nil {
		panic(err) // the flag is not there: a mistake in this program
	}
	cmd.Args = func(cmd *cobra.Command, args []string) error {
		return countPoolArguments(cmd, args, behind, data != "")
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		o := &operating{out: cmd.OutOrStdout(), notes: cmd.ErrOrStderr()}
		file := ""
		if len(args) > len(behind) {
			file, args = args[0], args[1:]
		}
		o.args = args
		wrong, err := o.find(cmd.Context(), file, data)
		if err != nil {
			return err
		}
		o.pool = control.NewClient(o.cfg.DataDir)
		err = do(cmd.Context(), o)
		if errors.Is(err, control.ErrNotRunning) {
			if wrong != nil {
				return &useError{wrong}
			}
			return o.notRunning(err)
		}
		return err
	}
	return cmd
}

// countPoolArguments refuses arguments that are too few or too many, with or without
// a FILE before them.
func countPoolArguments(cmd *cobra.Command, args, behind []string, data bool) error {
	see := fmt.Sprintf("see %q", cmd.CommandPath()+" --help")
	switch n := len(args); {
	case data && n == len(behind)+1:
		return &useError{fmt.Errorf("say FILE or --data, not both; %s", see)}
	case n > len(behind)+1:
		return &useError{fmt.Errorf("%d arguments are too many; expected %s; %s", n, strings.Join(append([]string{"[FILE]"}, behind...), " "), see)}
	case n < len(behind):
		return &useError{fmt.Errorf("%s is missing; %s", strings.Join(behind[n:], " and "), see)}
	case n == len(behind) && n > 0 && strings.HasSuffix(args[0], ".toml"):
		return &useError{fmt.Errorf("%s is missing behind %s; %s", behind[n-1], args[0], see)}
	}
	return nil
}

// find learns which pool is meant. A file that is wrong does not keep the operator
// from a pool that runs by what it was: what is wrong with it is told when none does.
func (o *operating) find(ctx context.Context, file, data string) (wrong, err error) {
	switch {
	case data != "":
		return nil, o.folder(data)
	case file != "":
		return o.file(file)
	}
	one, err := onlyPool(ctx)
	if err != nil {
		return nil, err
	}
	if one.file != "" {
		return o.file(one.file)
	}
	o.guessed = true
	return nil, o.folder(one.dir)
}

func (o *operating) file(path string) (wrong, err error) {
	cfg, wrong := configs.Load(path)
	var problems configs.Problems
	if wrong != nil && (cfg == nil || !errors.As(wrong, &problems)) {
		return nil, &useError{wrong}
	}
	o.cfg, o.start = cfg, "motherlode run "+shellWord(path)
	return wrong, nil
}

// folder is of a pool of which no more is known than where it keeps its data.
func (o *operating) folder(dir string) error {
	st, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return &useError{fmt.Errorf("--data %s: there is no such folder", dir)}
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("--data %s: %w", dir, control.ErrForbidden)
	case err != nil:
		return &useError{fmt.Errorf("--data: %w", err)}
	case !st.IsDir():
		return &useError{fmt.Errorf("--data %s is no folder; a configuration file is named without --data", dir)}
	}
	cfg := configs.Default()
	cfg.DataDir = dir
	o.cfg, o.bare = &cfg, true
	return nil
}

// notRunning is err with where no pool runs, and what to do.
func (o *operating) notRunning(err error) error {
	if o.start == "" {
		err = fmt.Errorf("%w in %s", err, o.cfg.DataDir)
		if o.guessed {
			err = fmt.Errorf("%w; of a pool that is elsewhere name the configuration FILE, or its data folder with --data", err)
		}
		return err
	}
	return fmt.Errorf("%w in the file's data_dir (%s): start it with %q", err, o.cfg.DataDir, o.start)
}

// candidate is a pool that was found without being named.
type candidate struct {
	file, dir string // file is empty where the data folder alone is known
	runs      bool
}

// named is the candidate as it is written behind a command.
func (c *candidate) named() string {
	if c.file != "" {
		return shellWord(c.file)
	}
	return "--data " + shellWord(c.dir)
}

// onlyPool is the pool that is meant where none is named: the only one that runs
// here, else the only one that there is.
func onlyPool(ctx context.Context) (candidate, error) {
	all := candidates(ctx)
	running := slices.DeleteFunc(slices.Clone(all), func(c candidate) bool { return !c.runs })
	one := cmp.Or(len(running), len(all)) == 1
	switch {
	case one && len(running) == 1:
		return running[0], nil
	case one:
		return all[0], nil
	case len(running) > 1:
		all = running
	}
	if len(all) == 0 {
		return candidate{}, &useError{fmt.Errorf("no pool was found: neither %s nor a pool of \"motherlode solo\" or \"motherlode demo\" is here; "+
			"name the pool's configuration FILE, or its data folder with --data", strings.Join(usualFiles, " nor "))}
	}
	what := "runs"
	if len(running) == 0 {
		what = "is here, and none runs"
	}
	var lines []string
	for i := range all {
		lines = append(lines, "  "+all[i].named())
	}
	return candidate{}, &useError{fmt.Errorf("which pool? More than one %s; add one of these to the command, or the FILE of a pool that is elsewhere:\n%s", what, strings.Join(lines, "\n"))}
}

// candidates are the pools in the usual places, each once.
func candidates(ctx context.Context) (all []candidate) {
	seen := map[string]bool{}
	add := func(file, dir string) {
		key := dir
		if full, err := filepath.Abs(dir); err == nil {
			key = full
		}
		if !seen[key] {
			seen[key] = true
			all = append(all, candidate{file, dir, answers(ctx, dir)})
		}
	}
	for _, file := range usualFiles {
		if cfg, _ := configs.Load(file); cfg != nil { // what is wrong with it is told when it is the one
			add(file, cfg.DataDir)
		}
	}
	for _, dir := range poolFolders() {
		add("", dir)
	}
	return all
}

// poolFolders are the data folders of pools without a file, and of a file that others
// may not read.
func poolFolders() (dirs []string) {
	if base, err := dataFolder(""); err == nil {
		all, _ := filepath.Glob(filepath.Join(base, "solo-*")) // no pattern of a user's
		dirs = append(dirs, all...)
	}
	demos, _ := filepath.Glob(filepath.Join(os.TempDir(), demoFolders+"*"))
	for _, d := range demos {
		// Anybody may make such a folder there: one that is closed to others and can be
		// read is of the one who asks.
		st, err := os.Lstat(d)
		if _, failed := os.ReadDir(d); err == nil && failed == nil && st.Mode() == fs.ModeDir|0o700 {
			dirs = append(dirs, filepath.Join(d, "pool"))
		}
	}
	if _, err := os.Lstat(filepath.Join(serviceFolder, control.SocketName)); err == nil || errors.Is(err, fs.ErrPermission) {
		dirs = append(dirs, serviceFolder)
	}
	return slices.DeleteFunc(dirs, func(dir string) bool {
		st, err := os.Stat(dir)
		return err != nil || !st.IsDir()
	})
}

// demoFolders begin with it, in the folder for what is temporary.
const demoFolders = "motherlode-demo-"

// serviceFolder is that of the Debian package's pool.
var serviceFolder = "/var/lib/motherlode"

// answers reports whether a pool runs in a data folder; another user's counts, as it
// may.
func answers(ctx context.Context, dir string) bool {
	ctx, cancel := context.WithTimeout(ctx, knockTime)
	defer cancel()
	var d net.Dialer
	conn, err := d.DialContext(ctx, "unix", filepath.Join(dir, control.SocketName))
	if err == nil {
		conn.Close()
	}
	return err == nil || errors.Is(err, fs.ErrPermission)
}

// shellWord is a word as a shell takes it.
func shellWord(word string) string {
	if word != "" && !strings.ContainsFunc(word, func(r rune) bool {
		return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_@%+=:,./-", r)
	}) {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
