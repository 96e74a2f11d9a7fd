package main

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/motherlode-pool/motherlode/configs"
	"github.com/motherlode-pool/motherlode/engine/audit"
	"github.com/motherlode-pool/motherlode/engine/control"
	"github.com/motherlode-pool/motherlode/engine/ledger"
	"github.com/motherlode-pool/motherlode/engine/store"
	"github.com/motherlode-pool/motherlode/engine/store/boltdb"
	"github.com/motherlode-pool/motherlode/engine/store/postgres"
)

// auditWait is for each answer of a running pool.
const auditWait = time.Minute

// errNoLedger is a pool that has not made its ledger: no fault.
var errNoLedger = errors.New("there is no ledger")

// auditLedger is what an audit compares with: the ledger of the running pool,
// which is asked, or else its file or database, which is only read.
type auditLedger struct {
	none     string // why there is none to compare with
	fault    error  // there is one that the log cannot be compared with
	still    bool   // nothing changes it: the pool does not run
	holdings ledger.Holdings

	client *control.Client
	file   *ledger.Ledger
}

func openAuditLedger(ctx context.Context, cfg *configs.Config, chain string) *auditLedger {
	a := &auditLedger{client: control.NewClient(cfg.DataDir)}
	err := a.ask(ctx, "/holdings", url.Values{"chain": {chain}}, &a.holdings)
	switch {
	case errors.Is(err, control.ErrNotRunning):
		a.client, a.still = nil, true
		err = a.open(cfg, chain)
	case err != nil:
		err = fmt.Errorf("the running pool does not say what its ledger has: %w", err)
	}
	if err == nil && a.holdings.Position == 0 {
		err = errors.New("the ledger has folded nothing yet (it follows while the pool runs)")
	}
	if err != nil {
		a.none = fmt.Sprintf("%v: the log alone was read", err)
		if !errors.Is(err, errNoLedger) {
			a.fault = err
		}
	}
	return a
}

// ask asks the running pool.
func (a *auditLedger) ask(ctx context.Context, path string, query url.Values, out any) error {
	ctx, cancel := context.WithTimeout(ctx, auditWait)
	defer cancel()
	return a.client.Get(ctx, path, query, out)
}

// open reads the ledger's file, or its database.
func (a *auditLedger) open(cfg *configs.Config, chain string) (err error) {
	if a.file, err = openLedger(cfg); err != nil {
		return err
	}
	if a.holdings, err = a.file.Holdings(chain); err != nil {
		return fmt.Errorf("the ledger in %s cannot be read: %w", ledgerPlace(cfg), err)
	}
	return nil
}

// ledgerPlace says where a pool's ledger is.
func ledgerPlace(cfg *configs.Config) string {
	if cfg.Database != "" {
		return "PostgreSQL"
	}
	return filepath.Join(cfg.DataDir, "ledger.db")
}

// openLedger opens the ledger of a pool that does not run, for reading alone.
func openLedger(cfg *configs.Config) (*ledger.Ledger, error) {
	if cfg.Database != "" {
		return openDatabase(cfg)
	}
	path := ledgerPlace(cfg)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w in %s", errNoLedger, cfg.DataDir)
	}
	db, err := boltdb.OpenView(path)
	if errors.Is(err, store.ErrLocked) {
		return nil, fmt.Errorf("the ledger %s is in use by a process that does not answer", path)
	}
	if err != nil {
		return nil, fmt.Errorf("the ledger %s cannot be read: %w", path, err)
	}
	return viewLedger(cfg, db)
}

// openDatabase reads a ledger that nobody writes to: two questions to one that
// changes would not be of the same moment.
func openDatabase(cfg *configs.Config) (*ledger.Ledger, error) {
	answer, err := postgres.Check(cfg.Database)
	switch {
	case err != nil:
		return nil, fmt.Errorf("the ledger in PostgreSQL cannot be read: %w", err)
	case !answer.Made:
		return nil, fmt.Errorf("there is no ledger yet in PostgreSQL (%s)", answer.Where)
	case answer.InUse:
		return nil, fmt.Errorf("the ledger in PostgreSQL (%s) is in use by a process that does not answer", answer.Where)
	}
	db, err := postgres.New(cfg.Database, postgres.Options{})
	if err != nil {
		return nil, err
	}
	return viewLedger(cfg, db)
}

func viewLedger(cfg *configs.Config, db store.Store) (*ledger.Ledger, error) {
	l, err := ledger.View(db)
	if err != nil {
		return nil, fmt.Errorf("the ledger in %s cannot be read: %w", ledgerPlace(cfg), err)
	}
	return l, nil
}

func (a *auditLedger) close() error {
	if a.file == nil {
		return nil
	}
	return a.file.Close()
}

// block is what the ledger says of a block; nil where it does not know it.
func (a *auditLedger) block(ctx context.Context, chain string, hash [32]byte) (*audit.Paid, error) {
	var row *ledger.BlockSplit
	if a.file != nil {
		one, err := a.file.BlockSplit(chain, hash)
		if errors.Is(err, ledger.ErrNotFound) {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		row = &one
	} else if err := a.ask(ctx, "/splits", url.Values{"chain": {chain}, "hash": {hex.EncodeToString(hash[:])}}, &row); err != nil || row == nil {
		return nil, err
	}
	paid := &audit.Paid{State: row.Block.State, Reward: row.Block.Reward, Known: row.Split != nil}
	if row.Split != nil {
		paid.Operator, paid.Direct = row.Split.Pool, row.Split.Direct
		for _, p := range row.Split.Parts {
			paid.Parts = append(paid.Parts, audit.PaidPart{Account: p.Account, Amount: p.Amount})
		}
	}
	return paid, nil
}

// rows are the balances of a pool, or of all.
func (a *auditLedger) rows(pool string) (rows []audit.Account) {
	for _, h := range a.holdings.Rows {
		if pool != "" && h.Pool != pool {
			continue
		}
		rows = append(rows, audit.Account{
			Pool: h.Pool, Account: h.Account, Operator: h.Operator, Immature: h.Immature, Mature: h.Mature,
			Shares: h.Shares.Units, Fraction: h.Shares.Fraction, Paid: h.Paid, Sending: h.Sending, Coinbase: h.Coinbase, Owed: h.Owed(),
		})
	}
	return rows
}
