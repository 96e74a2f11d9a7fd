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

	"github.com/motherlode-pool/motherlode/configs"
	"github.com/motherlode-pool/motherlode/engine/audit"
	"github.com/motherlode-pool/motherlode/engine/control"
	"github.com/motherlode-pool/motherlode/engine/ledger"
	"github.com/motherlode-pool/motherlode/engine/store"
	"github.com/motherlode-pool/motherlode/engine/store/boltdb"
	"github.com/motherlode-pool/motherlode/engine/store/postgres"
)

// auditLedger is what an audit compares with: the ledger of the running pool,
// which is asked, or else its file, which is only read.
type auditLedger struct {
	none     string // why there is none
	still    bool   // nothing changes it: the pool does not run
	holdings ledger.Holdings

	client *control.Client
	file   *ledger.Ledger
}

func openAuditLedger(ctx context.Context, cfg *configs.Config, chain string) *auditLedger {
	a := &auditLedger{client: control.NewClient(cfg.DataDir)}
	err := a.client.Get(ctx, "/holdings", url.Values{"chain": {chain}}, &a.holdings)
	switch {
	case err == nil:
		return a
	case !errors.Is(err, control.ErrNotRunning):
		a.none = fmt.Sprintf("the running pool does not say what its ledger has (%v): the log alone was read", err)
		return a
	}
	a.client, a.still = nil, true
	if err := a.open(cfg, chain); err != nil {
		a.none = fmt.Sprintf("%v: the log alone was read", err)
	}
	return a
}

// open reads the ledger's file, or its database.
func (a *auditLedger) open(cfg *configs.Config, chain string) error {
	if cfg.Database != "" {
		db, err := postgres.New(cfg.Database, postgres.Options{})
		if err != nil {
			return err
		}
		return a.read(db, "in PostgreSQL", chain)
	}
	dir := cfg.DataDir
	path := filepath.Join(dir, "ledger.db")
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("there is no ledger in %s", dir)
	}
	db, err := boltdb.OpenView(path)
	if errors.Is(err, store.ErrLocked) {
		return fmt.Errorf("the ledger %s is in use by a process that does not answer", path)
	}
	if err != nil {
		return fmt.Errorf("the ledger %s cannot be read: %w", path, err)
	}
	return a.read(db, path, chain)
}

func (a *auditLedger) read(db store.Store, path, chain string) (err error) {
	if a.file, err = ledger.View(db); err != nil {
		return fmt.Errorf("the ledger %s cannot be read: %w", path, err)
	}
	if a.holdings, err = a.file.Holdings(chain); err != nil {
		return fmt.Errorf("the ledger %s cannot be read: %w", path, err)
	}
	return nil
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
	} else if err := a.client.Get(ctx, "/splits", url.Values{"chain": {chain}, "hash": {hex.EncodeToString(hash[:])}}, &row); err != nil || row == nil {
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
