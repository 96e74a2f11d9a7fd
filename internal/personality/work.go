package personality

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"time"

	"golang.org/x/crypto/scrypt"
)

// Share is a solution that was submitted.
type Share struct {
	Job      string
	Header   [80]byte
	Value    *big.Int // of the hash
	Accepted bool
	Reply    string // the whole line
}

// Meets reports whether the share is a block by its own header's bits.
func (s *Share) Meets() bool {
	bits := binary.LittleEndian.Uint32(s.Header[72:])
	target := new(big.Int).Lsh(big.NewInt(int64(bits&0x7fffff)), uint(8*(int(bits>>24)-3)))
	return s.Value.Cmp(target) <= 0
}

// Block is the header's double SHA-256 in internal byte order.
func (s *Share) Block() [32]byte { return [32]byte(sha256d(s.Header[:])) }

// job is what a mining.notify says.
type job struct {
	id             string
	prev           []byte // as in the header
	coinb1, coinb2 []byte
	branch         [][]byte
	version, bits  uint32
	ntime          uint32
	ntimeText      string
	clean          bool
}

// work is a job with what it is searched by. It does not change.
type work struct {
	*job
	extranonce []byte
	n2size     int
	difficulty float64
	mask       uint32
	granted    bool
	target     *big.Int
}

// parseJob reads mining.notify as the miner does.
func (m *Miner) parseJob(g *message) (*job, error) {
	if n := len(g.params); n < m.params || m.paramsExact && n != m.params {
		return nil, m.violate(JobForm, "%d parameters, the miner takes %d", n, m.params)
	}
	text := func(i int) string { s, _ := g.text(i); return s }
	j := &job{id: text(0), ntimeText: text(7), clean: string(g.params[len(g.params)-1]) == "true"}
	if j.id == "" {
		return nil, m.violate(JobID, "id %s", g.params[0])
	}
	if _, err := hex.DecodeString(j.id); m.jobIDHex && err != nil {
		return nil, m.violate(JobID, "id %q is no bytes in hexadecimal", j.id)
	}
	var err [3]error
	j.prev, err[0] = hex.DecodeString(text(1))
	j.coinb1, err[1] = hex.DecodeString(text(2))
	j.coinb2, err[2] = hex.DecodeString(text(3))
	for _, e := range err {
		if e != nil {
			return nil, m.violate(JobForm, "%v: %s", e, clip(g.line))
		}
	}
	if len(j.prev) != 32 {
		return nil, m.violate(JobForm, "previous hash of %d bytes", len(j.prev))
	}
	for i := 0; i < 32; i += 4 {
		slices.Reverse(j.prev[i : i+4])
	}
	for i, into := range map[int]*uint32{5: &j.version, 6: &j.bits, 7: &j.ntime} {
		b, e := hex.DecodeString(text(i))
		if e != nil || len(b) != 4 {
			return nil, m.violate(JobForm, "parameter %d is %s, not 8 hexadecimal digits", i, g.params[i])
		}
		*into = binary.BigEndian.Uint32(b)
	}
	return j, m.parseBranch(g, j)
}

func (m *Miner) parseBranch(g *message, j *job) error {
	var branch []string
	if json.Unmarshal(g.params[4], &branch) != nil || isNull(g.params[4]) {
		return m.violate(JobForm, "merkle branch %s", clip(g.params[4]))
	}
	if m.branchMax > 0 && len(branch) > m.branchMax {
		return m.violate(BranchLength, "%d steps, the miner takes %d", len(branch), m.branchMax)
	}
	for _, s := range branch {
		b, err := hex.DecodeString(s)
		if err != nil || len(b) != 32 {
			return m.violate(JobForm, "merkle branch step %q", s)
		}
		j.branch = append(j.branch, b)
	}
	return nil
}

// header is the 80 bytes to search, for an extranonce2 and rolled bits.
func (w *work) header(n2 []byte, rolled uint32) (h [80]byte) {
	root := sha256d(slices.Concat(w.coinb1, w.extranonce, n2, w.coinb2))
	for _, step := range w.branch {
		root = sha256d(append(root, step...))
	}
	binary.LittleEndian.PutUint32(h[0:], w.version&^w.mask|rolled)
	copy(h[4:], w.prev)
	copy(h[36:], root)
	binary.LittleEndian.PutUint32(h[68:], w.ntime)
	binary.LittleEndian.PutUint32(h[72:], w.bits)
	return h
}

// shareTarget is what difficulty one asks, divided by the difficulty.
func (w *work) shareTarget(algorithm string) *big.Int {
	shift := uint(208)
	if algorithm == "scrypt" { // 65,536 times as easy, as pooler counts
		shift = 224
	}
	one := new(big.Float).SetInt(new(big.Int).Lsh(big.NewInt(0xffff), shift))
	target, _ := one.Quo(one, big.NewFloat(w.difficulty)).Int(nil)
	return target
}

func (m *Miner) hash(header []byte) *big.Int {
	var h []byte
	if m.opt.Algorithm == "scrypt" {
		h, _ = scrypt.Key(header, header, 1024, 1, 1, 32) // fails only for bad parameters
	} else {
		h = sha256d(header)
	}
	slices.Reverse(h)
	return new(big.Int).SetBytes(h)
}

func sha256d(b []byte) []byte {
	one := sha256.Sum256(b)
	two := sha256.Sum256(one[:])
	return two[:]
}

// knock has dig look again.
func (m *Miner) knock() {
	select {
	case m.wake <- struct{}{}:
	default:
	}
}

// window is how many submissions may wait for their answers; enough that a pool
// sees them come close together, few enough that it is not flooded.
const window = 2

// dig searches the newest work until ctx is done. Each search uses another
// extranonce2, counted from its first byte on as the cgminer family does, or where
// that is always the same, other nonces.
func (m *Miner) dig(ctx context.Context) {
	for ctx.Err() == nil {
		w := m.work.Load()
		if w == nil || !m.mayDig() {
			select {
			case <-m.wake:
				continue
			case <-ctx.Done():
				return
			}
		}
		m.dug++
		n2 := m.extranonce2(w.n2size)
		rolled := uint32(0)
		if w.granted && m.sixth != neverSixth {
			rolled = spread(m.dug, w.mask)
		}
		header := w.header(n2, rolled)
		if !m.search(ctx, w, header[:]) {
			continue
		}
		if m.submit(w, n2, rolled, header) != nil {
			return
		}
		m.rest(ctx)
	}
}

// rest waits for as long as the owner wants between two shares.
func (m *Miner) rest(ctx context.Context) {
	if m.opt.Pace <= 0 {
		return
	}
	wait := time.NewTimer(m.opt.Pace)
	defer wait.Stop()
	select {
	case <-wait.C:
	case <-ctx.Done():
	}
}

// extranonce2 is that of the next search.
func (m *Miner) extranonce2(size int) []byte {
	n2 := make([]byte, size)
	if m.oneExtranonce2 {
		n2[size-1] = 1
		return n2
	}
	var count [8]byte
	binary.LittleEndian.PutUint64(count[:], m.dug)
	copy(n2, count[:])
	return n2
}

// search finds a nonce, and is false when the work is out of date first.
func (m *Miner) search(ctx context.Context, w *work, header []byte) bool {
	if !m.oneExtranonce2 {
		m.nonce = 0
	}
	for m.work.Load() == w && ctx.Err() == nil {
		binary.LittleEndian.PutUint32(header[76:], m.nonce)
		m.nonce++
		if m.hash(header).Cmp(w.target) <= 0 {
			return true
		}
	}
	return false
}

func (m *Miner) mayDig() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	open := 0
	for _, shares := range m.open {
		open += len(shares)
	}
	return open < window && m.fault == nil
}

// spread puts the bits of a number at the places of a mask.
func spread(n uint64, mask uint32) (bits uint32) {
	for place := uint32(1); place != 0; place <<= 1 {
		if mask&place != 0 {
			bits |= place * uint32(n&1)
			n >>= 1
		}
	}
	return bits
}

// submit sends a share.
func (m *Miner) submit(w *work, n2 []byte, rolled uint32, header [80]byte) error {
	id := m.submitID
	if id == 0 {
		id = m.takeID()
	}
	m.mu.Lock()
	m.open[id] = append(m.open[id], Share{Job: w.id, Header: header, Value: m.hash(header[:])})
	m.mu.Unlock()
	nonce := binary.LittleEndian.Uint32(header[76:])
	return m.write(m.submitLine(id, w.id, hex.EncodeToString(n2), w.ntimeText, fmt.Sprintf("%08x", nonce), rolled, w.granted))
}

// submitLine writes a submission as the miner does.
func (m *Miner) submitLine(id int, job, n2, ntime, nonce string, rolled uint32, granted ...bool) string {
	list := []any{m.opt.User, job, n2, ntime, nonce}
	if m.numbers {
		for i := 3; i < 5; i++ {
			var v uint32
			fmt.Sscanf(list[i].(string), "%x", &v)
			list[i] = v
		}
	}
	if m.sixth == alwaysSixth || m.sixth == whenGranted && !slices.Contains(granted, false) {
		list = append(list, fmt.Sprintf("%08x", rolled))
	}
	return fmt.Sprintf(m.submission, id, "mining.submit", marshal(list))
}

// judged takes the answer to a share. The oldest one of that id is meant.
func (m *Miner) judged(id int, g *message) error {
	m.mu.Lock()
	shares := m.open[id]
	if len(shares) > 0 {
		m.open[id] = shares[1:]
	}
	m.mu.Unlock()
	m.knock()
	if len(shares) == 0 {
		return nil // nothing that the miner looks for
	}
	if err := m.form(g); err != nil {
		return err
	}
	s := shares[0]
	s.Accepted, s.Reply = isNull(g.Error) && string(g.Result) == "true", g.line
	if m.opt.OnShare != nil {
		m.opt.OnShare(s)
	}
	// A share for the block before is nobody's fault.
	if !s.Accepted && !strings.HasPrefix(strings.ReplaceAll(string(g.Error), " ", ""), "[21,") {
		return m.violate(ShareRefused, "replied %s", clip(g.line))
	}
	return nil
}

// stayAlive sends what keeps the line open.
func (m *Miner) stayAlive(ctx context.Context) {
	tick := time.NewTicker(m.keepAlive)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			// The connection's end is seen where it is read.
			_, _ = m.send(step{method: "mining.suggest_difficulty", params: params(nerdDifficulty)})
		}
	}
}
