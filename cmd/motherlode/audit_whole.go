package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"text/tabwriter"
	"time"

	"github.com/motherlode-pool/motherlode/engine/control"
	"github.com/motherlode-pool/motherlode/engine/ledger"
	"github.com/motherlode-pool/motherlode/engine/sharelog"
	"github.com/motherlode-pool/motherlode/engine/store/boltdb"
)

// errLedgerDiffers says that rows of the ledger differ, which are printed.
var errLedgerDiffers = errors.New("the ledger is not what the share log gives")

// wholeLedger is what an audit of a whole ledger has found.
type wholeLedger struct {
	Ledger  string  `json:"ledger"`  // where it is
	Running bool    `json:"running"` // the pool that runs gave it
	End     uint64  `json:"end"`     // of the share log, in bytes
	Seconds float64 `json:"seconds"` // for reading the log
	Agree   bool    `json:"agree"`
	*ledger.Comparison
}

// whole compares every row of the ledger with what the share log gives.
func (a *auditor) whole(ctx context.Context) (err error) {
	dir, err := os.MkdirTemp("", "motherlode-audit-")
	if err != nil {
		return couldNot(err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	copied, err := os.Create(filepath.Join(dir, "copy"))
	if err != nil {
		return couldNot(err)
	}
	defer copied.Close()
	out := &wholeLedger{Ledger: ledgerPlace(a.cfg)}
	if out.Running, err = a.copyLedger(ctx, copied); err != nil {
		return couldNot(err)
	}
	if _, err := copied.Seek(0, io.SeekStart); err != nil {
		return couldNot(err)
	}
	path := a.order.log
	if path == "" {
		path = filepath.Join(a.cfg.DataDir, "shares")
	}
	if a.view, err = sharelog.OpenView(path); err != nil { // behind the copy: it has all that the ledger has
		return couldNot(err)
	}
	if err := a.replay(ctx, dir, copied, out); err != nil {
		return couldNot(err)
	}
	if out.Agree = out.Differ == 0; a.order.format == "json" {
		enc := json.NewEncoder(a.out)
		enc.SetIndent("", "  ")
		err = enc.Encode(out)
	} else {
		err = out.print(a.out)
	}
	if err == nil && !out.Agree {
		return errLedgerDiffers
	}
	return err
}

// copyLedger writes what the ledger has now: by the pool, if it runs.
func (a *auditor) copyLedger(ctx context.Context, to io.Writer) (running bool, err error) {
	err = control.NewClient(a.cfg.DataDir).Stream(ctx, "/ledger", to)
	if !errors.Is(err, control.ErrNotRunning) {
		if err != nil {
			err = fmt.Errorf("the running pool does not give its ledger: %w", err)
		}
		return true, err
	}
	l, err := openLedger(a.cfg)
	if err != nil {
		return false, err
	}
	return false, errors.Join(l.Copy(to), l.Close())
}

// replay folds the log again and compares.
func (a *auditor) replay(ctx context.Context, dir string, copied io.Reader, out *wholeLedger) error {
	scratch, err := boltdb.Open(filepath.Join(dir, "replayed"))
	if err != nil {
		return err
	}
	scratch.SetNoSync()
	defer scratch.Close()
	begun := time.Now()
	out.Comparison, err = ledger.Compare(ctx, copied, a.view, scratch)
	if err != nil {
		return err
	}
	out.End, out.Seconds = uint64(a.view.End()), time.Since(begun).Seconds()
	if out.Position == 0 {
		return errors.New("the ledger has folded nothing yet (it follows while the pool runs)")
	}
	return nil
}

// print shows it to people. It goes to a terminal or a pipe: only the last error counts.
func (w *wholeLedger) print(out io.Writer) error {
	by := "which nothing writes to"
	if w.Running {
		by = "as the running pool has it"
	}
	fmt.Fprintf(out, "ledger in %s, %s, at byte %d of the share log's %d\n", w.Ledger, by, w.Position, w.End)
	fmt.Fprintf(out, "replayed %d records in %.1f s, %.0f a second\n\n", w.Records, w.Seconds, float64(w.Records)/math.Max(w.Seconds, 1e-3))
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "rows\tdiffer\t")
	for _, k := range w.Kinds {
		fmt.Fprintf(table, "%d\t%d\t  %s\n", k.Rows, k.Differ, k.Name)
	}
	table.Flush()
	fmt.Fprintln(out)
	if w.NoStatistics {
		fmt.Fprintln(out, "note: the statistics were not compared: the ledger is of an older version, and they are still being made")
	}
	if w.NoEffort > 0 {
		fmt.Fprintf(out, "note: of %d blocks an older version did not note the effort by the difficulty of its time, which was not compared\n", w.NoEffort)
	}
	for i := range w.Differences {
		fmt.Fprintf(out, "difference, %s\n", w.Differences[i].String())
	}
	if w.Agree {
		_, err := fmt.Fprintf(out, "no difference: %d rows are what the share log gives\n", w.Rows)
		return err
	}
	_, err := fmt.Fprintf(out, "%d of %d rows differ (of each kind the first are shown).\n"+
		"The share log counts, and has a checksum for each record. Look at the payments first: they go by the ledger.\n"+
		"Then make the ledger again: stop the pool, %s, and start it.\n", w.Differ, w.Rows, w.remedy())
	return err
}

// remedy is how a ledger is made again.
func (w *wholeLedger) remedy() string {
	if w.Ledger == "PostgreSQL" {
		return "rename its schema (ALTER SCHEMA motherlode RENAME TO motherlode_old)"
	}
	return "move " + w.Ledger + " away"
}
