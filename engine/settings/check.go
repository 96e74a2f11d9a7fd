package settings

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/motherlode-pool/motherlode/engine/binding"
	"github.com/motherlode-pool/motherlode/engine/ledger"
	"github.com/motherlode-pool/motherlode/engine/payout"
	"github.com/motherlode-pool/motherlode/engine/sharelog"
)

// wholeBPS is all of a reward, in hundredths of a percent.
const wholeBPS = 10_000

// check makes settings of what a message says, by what the coins say of it.
func (k *Keeper) check(ctx context.Context, p *Pool, m *binding.Message) (set []sharelog.Setting, err error) {
	if m.Empty() {
		return nil, fmt.Errorf("%w: there is nothing to set; expected an address, a minimum or a donation", ErrRefused)
	}
	for _, chain := range slices.Sorted(maps.Keys(m.Pay)) {
		address, err := k.address(ctx, p, m.Account, chain, m.Pay[chain])
		if err != nil {
			return nil, err
		}
		set = append(set, sharelog.Setting{Key: ledger.SetPayout, Chain: chain, Address: address})
	}
	for _, chain := range slices.Sorted(maps.Keys(m.Minimum)) {
		units, err := k.minimum(p, chain, m.Minimum[chain])
		if err != nil {
			return nil, err
		}
		set = append(set, sharelog.Setting{Key: ledger.SetMinimum, Chain: chain, Amount: units})
	}
	if m.Donate != nil {
		if *m.Donate < 0 || *m.Donate > wholeBPS {
			return nil, fmt.Errorf("%w: a donation is 0 to 100 percent", ErrRefused)
		}
		set = append(set, sharelog.Setting{Key: ledger.SetDonation, Amount: uint64(*m.Donate)})
	}
	return set, nil
}

// address is where a chain is to pay an account, in its canonical spelling.
func (k *Keeper) address(ctx context.Context, p *Pool, account, chain, address string) (string, error) {
	if chain == p.Parent {
		return "", fmt.Errorf("%w: %s is paid to the account's own address", ErrRefused, chain)
	}
	if !slices.Contains(p.Aux, chain) {
		return "", fmt.Errorf("%w: this pool does not mine %q; beside %s it mines %s", ErrRefused, chain, p.Parent, strings.Join(p.Aux, ", "))
	}
	if own, ok := binding.Inline(account, chain); ok {
		return "", fmt.Errorf("%w: the account's name says already that %s is paid to %s; mine under another name to be paid elsewhere", ErrRefused, chain, own)
	}
	if address == "" {
		return "", nil
	}
	coin, ok := k.coin(chain)
	if !ok {
		return "", fmt.Errorf("%w: %s is not there", ErrBusy, chain)
	}
	got, err := coin.ValidateAddress(ctx, address)
	switch {
	case err != nil:
		return "", fmt.Errorf("%w: the address of %s cannot be checked: %w", ErrBusy, chain, err)
	case !got.Valid:
		return "", fmt.Errorf("%w: %q is no address of %s: %s", ErrRefused, address, chain, got.Reason)
	}
	return got.Address, nil
}

// minimum is from what amount on an account wants to be paid, in base units.
func (k *Keeper) minimum(p *Pool, chain, amount string) (uint64, error) {
	if chain != p.Parent && !slices.Contains(p.Aux, chain) {
		return 0, fmt.Errorf("%w: this pool does not mine %q; it mines %s", ErrRefused, chain, strings.Join(append([]string{p.Parent}, p.Aux...), ", "))
	}
	if amount == "" {
		return 0, nil
	}
	coin, ok := k.coin(chain)
	if !ok {
		return 0, fmt.Errorf("%w: %s is not there", ErrBusy, chain)
	}
	info, ok := coin.Info()
	if !ok {
		return 0, fmt.Errorf("%w: %s is not open yet", ErrBusy, chain)
	}
	units, err := payout.Amount(amount).Units(info.Decimals)
	if err != nil {
		return 0, fmt.Errorf("%w: minimum of %s: %w", ErrRefused, chain, err)
	}
	least, err := p.Minimum[chain].Units(info.Decimals)
	if err != nil {
		return 0, err
	}
	if units < max(least, 1) {
		return 0, fmt.Errorf("%w: the pool pays %s from %s on; an account can ask for more, not for less", ErrRefused, chain, payout.Text(max(least, 1), info.Decimals))
	}
	return units, nil
}
