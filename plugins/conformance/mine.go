package conformance

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/motherlode-pool/motherlode/algos"
	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/engine/job"
)

const (
	// mineBatch is how many headers are hashed between looks at the clock.
	mineBatch = 256

	// extranonceSize is that of the engine: four bytes of the session and four of
	// the miner.
	extranonceSize = 8

	tag = "/conformance/"
)

// errTooHard is what to do about a chain that is no test network.
const errTooHard = "a block takes too long to find: give settings of a network that is easy to mine on (regtest)"

// miner searches one job. It varies what a pool and its miners do.
type miner struct {
	job     *job.Job
	variant *job.Variant
	nonces  job.Nonces
	free    []int // the bytes of the nonce to count in, by the bit that each begins at
	hash    func(ctx context.Context, headers []byte, size int, param []byte, out []coins.Hash) error
	count   uint64
	pow     coins.Hash // of the nonces that found returned
}

// jobSpec is how the suite's jobs are made: all to one payee.
func (s *suite) jobSpec(coin coins.Coin) job.Spec {
	info := coin.Info()
	spec := job.Spec{
		DiffOne: info.DifficultyOne, Tag: []byte(tag), ExtranonceSize: extranonceSize,
		Outputs: func(p *job.Payee, reward uint64) []coins.Output {
			return []coins.Output{{Value: reward, Script: p.Script}}
		},
	}
	if a, err := algos.ByName(info.Algorithm); err == nil {
		spec.Algorithm = a
	}
	return spec
}

// newMiner makes a job of a template with the engine's own code.
func (s *suite) newMiner(ctx context.Context, coin coins.Coin, spec *job.Spec, t *coins.Template, works []job.Work) (*miner, error) {
	m := &miner{free: []int{0, 8, 16, 24}}
	if b := t.Blob; b != nil {
		spec.ExtranonceSize, m.free = b.ExtranonceSize, nil
		for i := range min(b.NonceSize, 8) {
			if at := b.NonceOffset + i; at < b.ExtranonceOffset || at >= b.ExtranonceOffset+b.ExtranonceSize {
				m.free = append(m.free, 8*i)
			}
		}
	}
	m.nonces.Extranonce = make([]byte, spec.ExtranonceSize)
	var id [8]byte
	if _, err := rand.Read(id[:]); err != nil {
		return nil, err
	}
	var err error
	m.job, err = spec.Build(job.Input{ID: binary.LittleEndian.Uint64(id[:]), Template: t, Aux: works, Clean: true, Now: time.Now()})
	if err != nil {
		return nil, fmt.Errorf("the engine makes no job of it: %w", err)
	}
	if m.variant, err = m.job.Variant(job.NewPayee("", s.payee(ctx, coin))); err != nil {
		return nil, fmt.Errorf("the engine makes no coinbase of it: %w", err)
	}
	m.nonces.NTime = m.job.NTime
	m.hash, err = hashing(coin, spec.Algorithm)
	return m, err
}

// payee is the script of the coin's first good address; where it has none, one
// that anybody can spend.
func (s *suite) payee(ctx context.Context, coin coins.Coin) []byte {
	for _, a := range s.goodAddresses(coin) {
		p, err := call(ctx, s, func(ctx context.Context) (coins.Payee, error) { return coin.ValidateAddress(ctx, a) })
		if err == nil && p.Valid && len(p.Script) > 0 {
			return p.Script
		}
	}
	return []byte{0x51}
}

// hashing is the engine's own algorithm, or else the coin's.
func hashing(coin coins.Coin, a algos.Algorithm) (func(context.Context, []byte, int, []byte, []coins.Hash) error, error) {
	if a != nil {
		return func(_ context.Context, headers []byte, size int, param []byte, out []coins.Hash) error {
			for i := range out {
				a.Sum((*[32]byte)(&out[i]), headers[i*size:(i+1)*size], param)
			}
			return nil
		}, nil
	}
	h, ok := coin.(coins.Hasher)
	if !ok {
		return nil, fmt.Errorf("the algorithm %q is not known to the engine, and the coin is no coins.Hasher", coin.Info().Algorithm)
	}
	return func(ctx context.Context, headers []byte, size int, param []byte, out []coins.Hash) error {
		return h.HashBatch(ctx, size, headers, param, out)
	}, nil
}

// find searches until a hash is good, within the limit for mining. Work is how
// many hashes that takes on average, by which a hopeless search is given up soon.
func (m *miner) find(ctx context.Context, limit time.Duration, work float64, good func(*[32]byte) bool) error {
	const sample = time.Second / 2
	begin := time.Now()
	for {
		took := time.Since(begin)
		hopeless := took > sample && work/float64(m.count)*took.Seconds() > 4*limit.Seconds()
		if took > limit || hopeless {
			return fmt.Errorf("%s; %d hashes in %v, and one block takes %.3g on average", errTooHard, m.count, took.Round(time.Millisecond), work)
		}
		found, err := m.batch(ctx, good)
		if err != nil || found {
			return err
		}
	}
}

// batch hashes the next headers. The first whose hash is good stays in m.
func (m *miner) batch(ctx context.Context, good func(*[32]byte) bool) (bool, error) {
	var scratch job.Scratch
	var headers []byte
	tried := make([]job.Nonces, mineBatch)
	for i := range tried {
		m.step()
		tried[i] = m.nonces
		tried[i].Extranonce = append([]byte(nil), m.nonces.Extranonce...)
		m.job.Prepare(&scratch, m.variant, &tried[i])
		headers = append(headers, scratch.Header()...)
	}
	out := make([]coins.Hash, len(tried))
	if err := m.hash(ctx, headers, len(headers)/len(tried), m.job.HashParam(), out); err != nil {
		return false, fmt.Errorf("hashing: %w", err)
	}
	if err := ctx.Err(); err != nil {
		return false, errors.Join(errors.New(errTooHard), err)
	}
	for i := range out {
		if good((*[32]byte)(&out[i])) {
			m.nonces, m.pow = tried[i], out[i]
			return true, nil
		}
	}
	return false, nil
}

// step goes on to the next nonce, and when they are used up to the next
// extranonce. It counts in the bytes of the nonce that the extranonce leaves.
func (m *miner) step() {
	m.count++
	over := true
	for _, shift := range m.free {
		next := byte(m.nonces.Nonce>>shift) + 1
		m.nonces.Nonce = m.nonces.Nonce&^(0xff<<shift) | uint64(next)<<shift
		if over = next == 0; !over {
			break
		}
	}
	if over {
		for i := range m.nonces.Extranonce {
			if m.nonces.Extranonce[i]++; m.nonces.Extranonce[i] != 0 {
				break
			}
		}
	}
}

// block is the block of the nonces that were found.
func (m *miner) block() *coins.Block {
	return m.job.Block(m.variant, &m.nonces, (*[32]byte)(&m.pow))
}
