package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/motherlode-pool/motherlode/engine/control"
)

const (
	plainWidth = 100 // of what is no terminal
)

func newStatus() *cobra.Command {
	var once, inJSON bool
	every := time.Second
	cmd := toPool(&cobra.Command{
		Use:   "status [FILE]",
		Short: "Show what the running pool does",
		Long: `Status shows the running pool: miners and hash rate, how far the round of each
chain is, the nodes, the newest blocks, and first of all what is wrong. On a
terminal the view stays and is refreshed until q or Ctrl-C; elsewhere it is
printed once.`,
	}, func(ctx context.Context, o *operating) error {
		if every < 100*time.Millisecond {
			return &useError{fmt.Errorf("--every %s: expected 100ms or more", every)}
		}
		var s control.Status
		if err := o.pool.Get(ctx, "/status", nil, &s); err != nil {
			return useOrRefusal(err)
		}
		if inJSON {
			return asJSON(o.out, s)
		}
		if o.out != io.Writer(os.Stdout) || !isTerminal(os.Stdout) {
			return printStatus(o.out, &s, plainWidth, false)
		}
		width, _ := terminalSize(os.Stdout)
		if once || !isTerminal(os.Stdin) {
			return printStatus(o.out, &s, width, colourful())
		}
		return liveStatus(ctx, o, s, every)
	})
	cmd.Flags().BoolVar(&once, "once", false, "print it once, also on a terminal")
	cmd.Flags().BoolVar(&inJSON, "json", false, "everything that is known, as JSON")
	cmd.Flags().DurationVar(&every, "every", every, "how often the view is refreshed")
	return cmd
}

func printStatus(out io.Writer, s *control.Status, width int, paint bool) error {
	w := bufio.NewWriter(out)
	for _, l := range statusLines(s, width) {
		fmt.Fprintln(w, fit(l, width, paint))
	}
	return w.Flush()
}

// liveStatus keeps the view up to date until q, Ctrl-C or ctx's end, and leaves the
// terminal as it was.
func liveStatus(ctx context.Context, o *operating, s control.Status, every time.Duration) error {
	restore, err := quietInput(os.Stdin)
	if err != nil {
		return printStatus(o.out, &s, plainWidth, false)
	}
	defer restore()
	ctx, quit := context.WithCancel(ctx)
	var group sync.WaitGroup
	defer group.Wait()
	defer quit()
	keys(ctx, &group, os.Stdin, quit)
	size, stop := resized()
	defer stop()
	fmt.Fprint(o.out, enterScreen)
	defer fmt.Fprint(o.out, leaveScreen)

	tick := time.NewTicker(every)
	defer tick.Stop()
	trouble := ""
	for {
		width, height := terminalSize(os.Stdout)
		if err := drawScreen(o.out, &s, trouble, width, height, colourful()); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-size:
			continue
		case <-tick.C:
		}
		var next control.Status
		ask, cancel := context.WithTimeout(ctx, max(every, 5*time.Second))
		err := o.pool.Get(ask, "/status", nil, &next)
		cancel()
		if trouble = ""; err != nil {
			trouble = err.Error()
			continue
		}
		s = next
	}
}

// drawScreen draws the view over the one before, as much as fits.
func drawScreen(out io.Writer, s *control.Status, trouble string, width, height int, paint bool) error {
	lines := statusLines(s, width)
	if trouble != "" {
		lines = append([][]text{{{red, "! " + trouble + "; this is how it was " + agoText(time.Now(), s.Now) + " ago"}}}, lines...)
	}
	foot := []text{{dim, "q ends this view"}}
	if len(lines) > height-1 {
		foot = []text{{dim, fmt.Sprintf("q ends this view; %s need a higher window", countOf(len(lines)-height+1, "more line"))}}
		lines = lines[:max(height-1, 0)]
	}
	w := bufio.NewWriter(out)
	fmt.Fprint(w, home)
	for _, l := range lines {
		fmt.Fprint(w, fit(l, width, paint), clearLine, "\r\n")
	}
	fmt.Fprint(w, fit(foot, width, paint), clearLine, clearBelow)
	return w.Flush()
}
