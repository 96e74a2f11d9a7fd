package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/motherlode-pool/motherlode/internal/loadgen"
)

// benchTable is the whole table and how it was taken.
type benchTable struct {
	Machine benchMachine `json:"machine"`
	Runs    int          `json:"runs"`
	Seconds float64      `json:"seconds_each"`
	Rows    []*benchRow  `json:"rows"`
}

// benchRow is one figure: what ckpool had, what ours has here, and the mark.
type benchRow struct {
	What    string    `json:"what"`
	Ckpool  string    `json:"ckpool"` // on two cores of an AMD EPYC with SHA extensions
	Unit    string    `json:"unit"`
	Values  []float64 `json:"values"` // one a run
	Median  float64   `json:"median"`
	Mark    float64   `json:"mark"`
	AtMost  bool      `json:"at_most"` // the mark is a ceiling
	NoMark  bool      `json:"no_mark"` // stands beside another row
	Reached bool      `json:"reached"`
	Notes   []string  `json:"notes"` // one a run
}

func (r *benchRow) add(v float64, note string) {
	r.Values = append(r.Values, v)
	r.Notes = append(r.Notes, note)
	sorted := slices.Sorted(slices.Values(r.Values))
	mid := len(sorted) / 2
	r.Median = sorted[mid]
	if len(sorted)%2 == 0 {
		r.Median = (sorted[mid-1] + sorted[mid]) / 2
	}
	r.Reached = r.Median >= r.Mark
	if r.AtMost {
		r.Reached = r.Median <= r.Mark
	}
}

// benchTask is a kind of run, which fills one or more rows.
type benchTask struct {
	name       string
	difficulty float64
	sync       string
	rows       []*benchRow
	run        func(context.Context, *tableRun, *benchServer) (accepted uint64, values []float64, note string, err error)
}

// tableRun is what a task may need.
type tableRun struct {
	f    *benchFlags
	most int // connections, for a try
}

func (r *tableRun) connections(n int) int { return min(n, r.most) }

func newBenchTable(f *benchFlags) *cobra.Command {
	run := &tableRun{f: f}
	var runs int
	var only string
	cmd := &cobra.Command{
		Use:   "table",
		Short: "Every figure that this pool is held against, measured on a fresh pool each",
		Long: `Table measures this program's own pool with its default configuration, but for a
fixed difficulty: share log on, one new pool for each run, the median of all runs.
Beside each figure stands what ckpool had on another machine (two cores of an AMD
EPYC with SHA extensions), and the mark.

It fails when a share log holds fewer records than shares were accepted, not when
a mark is missed.`,
		Args: takes(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if f.target.Addr != "" {
				return &useError{errors.New("table measures pools that it starts; for a server at --addr take the single modes")}
			}
			if runs < 1 || runs > 100 || run.most < 1 {
				return &useError{errors.New("--runs must be 1 to 100 and --most at least 1")}
			}
			t, err := run.table(cmd.Context(), runs, only)
			if t != nil && len(t.Rows) > 0 {
				if f.json {
					err = errors.Join(err, printJSON(cmd.OutOrStdout(), t))
				} else {
					printTable(cmd.OutOrStdout(), t)
				}
			}
			return err
		},
	}
	cmd.Flags().IntVar(&runs, "runs", 3, "runs of each")
	cmd.Flags().StringVar(&only, "only", "", "only tasks whose name has this in it: saturated-100, saturated-1000, fixed, disk, fan-out, memory, churn, flood, deaf")
	cmd.Flags().IntVar(&run.most, "most", loadgen.MaxConnections, "at most so many connections, for a quick try")
	return cmd
}

// table does every task as often as asked. After an error it returns what it has.
func (r *tableRun) table(ctx context.Context, runs int, only string) (*benchTable, error) {
	t := &benchTable{Machine: thisMachine(), Runs: runs, Seconds: r.f.duration.Seconds()}
	for _, task := range benchTasks() {
		if !strings.Contains(task.name, only) {
			continue
		}
		t.Rows = append(t.Rows, task.rows...)
		for i := range runs {
			if !r.f.quiet {
				fmt.Fprintf(os.Stderr, "%s, run %d of %d\n", task.name, i+1, runs)
			}
			if err := r.once(ctx, &task); err != nil {
				return t, fmt.Errorf("%s, run %d: %w", task.name, i+1, err)
			}
		}
	}
	if len(t.Rows) == 0 {
		return nil, &useError{fmt.Errorf("--only %q names nothing", only)}
	}
	return t, nil
}

// once is one run of a task on a new pool.
func (r *tableRun) once(ctx context.Context, task *benchTask) error {
	s, err := startBenchServer(ctx, benchServerOptions{difficulty: task.difficulty, sync: task.sync})
	if err != nil {
		return err
	}
	accepted, values, note, err := task.run(ctx, r, s)
	if err = errors.Join(limitIsUse(err), s.finish(accepted)); err != nil {
		return err
	}
	for i, row := range task.rows {
		row.add(values[i], note)
	}
	return nil
}

func printTable(out io.Writer, t *benchTable) {
	fmt.Fprintf(out, "%s\n%d runs of %.3g s each, a new pool for each: median [least to most]\n\n", t.Machine, t.Runs, t.Seconds)
	fmt.Fprintln(out, "| what | ckpool, elsewhere | ours, here | mark | reached |")
	fmt.Fprintln(out, "|---|---|---|---|---|")
	for _, r := range t.Rows {
		if len(r.Values) == 0 {
			continue
		}
		mark, reached := "at least "+figure(r.Mark, r.Unit), "no"
		if r.AtMost {
			mark = "at most " + figure(r.Mark, r.Unit)
		}
		if r.Reached {
			reached = "yes"
		}
		if r.NoMark {
			mark, reached = "", ""
		}
		fmt.Fprintf(out, "| %s | %s | %s [%s to %s] | %s | %s |\n", r.What, r.Ckpool, figure(r.Median, r.Unit),
			figure(slices.Min(r.Values), ""), figure(slices.Max(r.Values), ""), mark, reached)
	}
	fmt.Fprintln(out, "\nBeside the first figure of each, run by run:")
	var last []string
	for _, r := range t.Rows {
		if slices.Equal(last, r.Notes) {
			continue
		}
		last = r.Notes
		for _, note := range r.Notes {
			fmt.Fprintf(out, "- %s: %s\n", r.What, note)
		}
	}
}

// figure prints three digits, or a whole number with its thousands.
func figure(v float64, unit string) string {
	text := fmt.Sprintf("%.3g", v)
	if v >= 1000 {
		text = fmt.Sprintf("%.0f", v)
		for i := len(text) - 3; i > 0; i -= 3 {
			text = text[:i] + "," + text[i:]
		}
	}
	if unit != "" {
		text += " " + unit
	}
	return text
}
