package settings

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/engine/binding"
	"github.com/motherlode-pool/motherlode/engine/ledger"
	"github.com/motherlode-pool/motherlode/engine/payout"
	"github.com/motherlode-pool/motherlode/engine/sharelog"
)

// Limits.
const (
	clockSkew    = time.Hour        // of a message's time
	changeEvery  = time.Minute      // of one account, by its owner
	syncTime     = 10 * time.Second // for the ledger to catch up
	maxSignature = 1024             // bytes
)

// Coin is what is asked of a coin. Its methods may be called from any goroutine.
type Coin interface {
	Info() (coins.CoinInfo, bool)
	ValidateAddress(ctx context.Context, address string) (coins.Payee, error)
	VerifyMessage(ctx context.Context, address, message, signature string) error
}

// Pool is what is known of a pool.
type Pool struct {
	Parent  string
	Aux     []string                 // chains that are merge-mined, by name
	Minimum map[string]payout.Amount // the operator's, by chain
}

// Options are the choices of New; the zero value is usable.
type Options struct {
	Logger *slog.Logger
	Now    func() time.Time
}

// Keeper takes settings. Its methods may be called from any goroutine.
type Keeper struct {
	ledger *ledger.Ledger
	log    *sharelog.Log
	pool   func(name string) (Pool, bool)
	coin   func(chain string) (Coin, bool)
	o      Options

	one sync.Mutex // one record after another, each in the ledger before the next
}

// New makes a keeper. It does no I/O.
func New(l *ledger.Ledger, log *sharelog.Log, pool func(string) (Pool, bool), coin func(string) (Coin, bool), o Options) *Keeper {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Keeper{ledger: l, log: log, pool: pool, coin: coin, o: o}
}

// Get is what an account has set, and what is left to say about it.
func (k *Keeper) Get(pool, account string) (ledger.Settings, error) {
	if _, err := k.known(pool, account); err != nil {
		return ledger.Settings{}, err
	}
	return k.ledger.Settings(pool, account)
}

// known is the pool that an account has mined in.
func (k *Keeper) known(pool, account string) (Pool, error) {
	p, ok := k.pool(pool)
	if !ok {
		return p, fmt.Errorf("%w: %q", ErrNoPool, pool)
	}
	_, err := k.ledger.Account(pool, account)
	if errors.Is(err, ledger.ErrNotFound) {
		return p, fmt.Errorf("%w: %q has not mined in pool %s yet; the name must be spelled as the pool shows it", ErrNoAccount, account, pool)
	}
	return p, err
}

// Propose is the message by which the owner of an account can set what m says;
// its time is now, or right behind the newest message's.
func (k *Keeper) Propose(ctx context.Context, m binding.Message) (string, error) {
	p, err := k.known(m.Pool, m.Account)
	if err != nil {
		return "", err
	}
	if _, err := k.check(ctx, &p, &m); err != nil {
		return "", err
	}
	set, err := k.ledger.Settings(m.Pool, m.Account)
	if err != nil {
		return "", err
	}
	m.At = k.o.Now().UTC().Truncate(time.Second)
	if m.At.UnixMilli() <= set.Stated {
		m.At = time.UnixMilli(set.Stated).UTC().Truncate(time.Second).Add(time.Second)
	}
	return m.Text(), nil
}

// Sign takes a message that the address of an account has signed, and returns what
// the account has set then. Blanks at the ends of its lines, which some programs
// change on the way, need not be as they were signed.
func (k *Keeper) Sign(ctx context.Context, pool, account, message, signature string) (ledger.Settings, error) {
	var none ledger.Settings
	p, err := k.known(pool, account)
	if err != nil {
		return none, err
	}
	m, err := binding.Parse(message)
	switch {
	case err != nil:
		return none, err
	case m.Pool != pool || m.Account != account:
		return none, fmt.Errorf("%w: the message is about account %q of pool %q, and was sent for %q of %q", ErrRefused, m.Account, m.Pool, account, pool)
	case len(signature) > maxSignature:
		return none, fmt.Errorf("%w: it has %d bytes, at most %d are read", ErrSignature, len(signature), maxSignature)
	}
	if err := k.timely(&m); err != nil {
		return none, err
	}
	if message, err = k.verify(ctx, p.Parent, &m, message, signature); err != nil {
		return none, err
	}
	set, err := k.check(ctx, &p, &m)
	if err != nil {
		return none, err
	}
	return k.write(ctx, &m, &sharelog.Settings{
		Stated: m.At.UnixMilli(), Pool: pool, Account: account, By: ledger.ByOwner,
		Message: message, Signature: strings.TrimSpace(signature), Set: set,
	})
}

// Set is Sign for the operator, who needs no signature: m.At does not count, and
// the account need not have mined.
func (k *Keeper) Set(ctx context.Context, m binding.Message) (ledger.Settings, error) {
	p, ok := k.pool(m.Pool)
	if !ok {
		return ledger.Settings{}, fmt.Errorf("%w: %q", ErrNoPool, m.Pool)
	}
	set, err := k.check(ctx, &p, &m)
	if err != nil {
		return ledger.Settings{}, err
	}
	return k.write(ctx, nil, &sharelog.Settings{
		Stated: k.o.Now().UnixMilli(), Pool: m.Pool, Account: m.Account, By: ledger.ByOperator, Set: set,
	})
}

// timely refuses a message that is too old or too new, was taken before or comes
// too soon behind another one.
func (k *Keeper) timely(m *binding.Message) error {
	now := k.o.Now()
	if off := now.Sub(m.At); off > clockSkew || off < -clockSkew {
		return fmt.Errorf("%w: it says %s and it is %s; sign a new one, messages are taken for an hour", ErrTime,
			m.At.Format(time.RFC3339), now.UTC().Format(time.RFC3339))
	}
	last, err := k.ledger.Settings(m.Pool, m.Account)
	if err != nil {
		return err
	}
	if m.At.UnixMilli() <= last.Stated {
		return fmt.Errorf("%w: it says %s, and one of %s was taken already: sign a new one", ErrTime,
			m.At.Format(time.RFC3339), time.UnixMilli(last.Stated).UTC().Format(time.RFC3339))
	}
	if since := now.Sub(time.UnixMilli(last.Changed)); last.Changed > 0 && since >= 0 && since < changeEvery {
		return fmt.Errorf("%w: the settings of this account were changed %s ago; wait a minute", ErrTooOften, since.Round(time.Second))
	}
	return nil
}

// verify returns the message as it was signed.
func (k *Keeper) verify(ctx context.Context, parent string, m *binding.Message, message, signature string) (string, error) {
	coin, ok := k.coin(parent)
	if !ok {
		return "", fmt.Errorf("%w: %s is not there", ErrBusy, parent)
	}
	address := binding.Parent(m.Account)
	err := coin.VerifyMessage(ctx, address, message, signature)
	// Wallets sign one line feed a line; forms and files may have changed them.
	if plain := tidy(message); errors.Is(err, coins.ErrBadSignature) && plain != message {
		if err = coin.VerifyMessage(ctx, address, plain, signature); err == nil {
			message = plain
		}
	}
	if err != nil {
		return "", fmt.Errorf("%w: %w", unverified(err), err)
	}
	return message, nil
}

func tidy(message string) string {
	lines := strings.Split(strings.TrimSpace(message), "\n")
	for i := range lines {
		lines[i] = strings.TrimSpace(lines[i])
	}
	return strings.Join(lines, "\n")
}

// write puts settings into the log, and returns once they are on the disk and in
// the ledger. A message of the owner is looked at again right before.
func (k *Keeper) write(ctx context.Context, m *binding.Message, rec *sharelog.Settings) (set ledger.Settings, err error) {
	k.one.Lock()
	defer k.one.Unlock()
	wait, cancel := context.WithTimeout(ctx, syncTime)
	defer cancel()
	if err := k.ledger.Sync(wait, k.log.End()); err != nil {
		return set, fmt.Errorf("%w: %w", ErrBusy, err)
	}
	if m != nil {
		if err := k.timely(m); err != nil {
			return set, err
		}
	}
	rec.Time = k.o.Now().UnixMilli()
	var b sharelog.Batch
	b.Settings(rec)
	if err := k.log.AppendSynced(&b); err != nil {
		return set, fmt.Errorf("%w: %w", ErrBusy, err)
	}
	k.o.Logger.Info("settings of an account were changed", "pool", rec.Pool, "account", rec.Account, "by", rec.By, "settings", len(rec.Set))
	// From here on it is done, and holds even where the ledger is slow or ctx ends.
	after, cancel := context.WithTimeout(context.WithoutCancel(ctx), syncTime)
	defer cancel()
	if err := k.ledger.Sync(after, k.log.End()); err != nil {
		k.o.Logger.Warn("settings are in the share log and take effect once the ledger has caught up", "error", err)
	}
	return k.ledger.Settings(rec.Pool, rec.Account)
}
