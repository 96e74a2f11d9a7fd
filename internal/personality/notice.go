package personality

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// knows reports whether the miner knows a method.
func (m *Miner) knows(method string) bool { return slices.Contains(m.methods, method) }

// notice obeys a request or notification of the server that the miner knows.
func (m *Miner) notice(g *message) error {
	switch *g.Method {
	case "mining.notify":
		return m.notify(g)
	case "mining.set_difficulty":
		return m.setDifficulty(g)
	case "mining.set_version_mask":
		return m.setMask(g)
	case "mining.set_extranonce":
		return m.setExtranonce(g)
	case "client.reconnect":
		return m.reconnect(g)
	case "client.get_version":
		return m.answer(g, m.Agent)
	case "client.show_message":
		if m.showAnswers() {
			return m.answer(g, true)
		}
	case "mining.ping":
		return m.pong(g)
	}
	return nil
}

// showAnswers: only miners that reply to every request with an id.
func (m *Miner) showAnswers() bool { return m.Name == nameCPUMiner }

// answer replies to a request of the server; one without an id gets nothing.
func (m *Miner) answer(g *message, result any) error {
	if isNull(g.ID) {
		return nil
	}
	return m.write(fmt.Sprintf(`{"id": %s, "result": %s, "error": null}`, g.ID, marshal(result)))
}

// pong is a reply of most, and a request of ESP-Miner.
func (m *Miner) pong(g *message) error {
	if m.Name != nameBitaxe {
		return m.answer(g, "pong")
	}
	id, ok := g.number()
	if !ok {
		id = -1
	}
	return m.write(fmt.Sprintf(`{"id":%d,"method":"pong","params":[]}`, id))
}

// reconnect: where the miner goes on its word, the connection is over.
func (m *Miner) reconnect(g *message) error {
	switch m.Name {
	case nameCPUMiner: // obeys only when told to follow redirections
		return nil
	case nameNerdQAxe: // logs it and goes on
		return nil
	case nameBitaxe: // whatever host and port are
		return ErrReconnect
	}
	// The cgminer family stays within its domain; without a host it is the same.
	if host, ok := g.text(0); ok && host != "" {
		return nil
	}
	return ErrReconnect
}

func (m *Miner) setDifficulty(g *message) error {
	if len(g.params) < 1 || m.strict && len(g.params) != 1 {
		return m.violate(DifficultyForm, "sent %s", clip(g.line))
	}
	var d float64
	if json.Unmarshal(g.params[0], &d) != nil || !(d > 0) {
		return m.violate(DifficultyForm, "sent %s", g.params[0])
	}
	if m.whole && d*m.opt.Scale < 1 {
		return m.violate(DifficultyWhole, "sent %v", d)
	}
	switch {
	case !m.stacked:
		m.difficulty = d
	case len(m.stack) == 0:
		m.stack = append(m.stack, d)
	default: // one now, one after; a third takes the place of the second
		m.stack = append(m.stack[:1], d)
	}
	return nil
}

func (m *Miner) setMask(g *message) error {
	if m.maskOnlyWhenAdmitted && !m.admittedNow {
		return m.violate(MaskTooEarly, "sent %s", clip(g.line))
	}
	text, ok := g.text(0)
	mask, err := strconv.ParseUint(text, 16, 32)
	if !ok || err != nil || m.strict && (len(g.params) != 1 || len(text) != 8) {
		return m.violate(ConfigureForm, "sent %s", clip(g.line))
	}
	if m.rolling && mask == 0 {
		return m.violate(RollingRefused, "took the mask away: %s", clip(g.line))
	}
	m.mask, m.granted = uint32(mask), true
	return nil
}

func (m *Miner) setExtranonce(g *message) error {
	var size int
	text, ok := g.text(0)
	n1, err := hex.DecodeString(text)
	if !ok || err != nil || len(g.params) < 2 || json.Unmarshal(g.params[1], &size) != nil {
		return m.violate(Extranonce1, "sent %s", clip(g.line))
	}
	if err := m.sized(size); err != nil {
		return err
	}
	m.extranonce, m.n2size = n1, size
	return nil
}

// notify takes a job, and starts on it.
func (m *Miner) notify(g *message) error {
	if !m.subscribed {
		return m.violate(JobTooEarly, "sent %s", clip(g.line))
	}
	j, err := m.parseJob(g)
	if err != nil {
		return err
	}
	again, err := m.repeated(j)
	if err != nil || again {
		return err
	}
	if m.stacked {
		if len(m.stack) > 0 {
			m.difficulty, m.stack = m.stack[0], m.stack[1:]
		}
	}
	if err := m.acceptable(j); err != nil {
		return err
	}
	m.current = j.id
	if m.nextJob > 0 {
		m.jobDue = time.Now().Add(m.nextJob)
	} else {
		m.jobDue = time.Time{}
	}
	w := &work{job: j, extranonce: m.extranonce, n2size: m.n2size, difficulty: m.difficulty, mask: m.mask, granted: m.granted}
	w.target = w.shareTarget(m.opt.Algorithm)
	m.work.Store(w)
	m.knock()
	return nil
}

// repeated remembers job ids as the miner does. A job that it would ignore is a
// violation.
func (m *Miner) repeated(j *job) (bool, error) {
	if m.jobSame && j.id == m.current {
		return true, m.violate(JobRepeated, "sent job %s again", j.id)
	}
	if m.jobMemory == 0 {
		return false, nil
	}
	if j.clean {
		m.jobs = nil
	}
	if slices.Contains(m.jobs, j.id) {
		return true, m.violate(JobRepeated, "sent job %s again, not clean", j.id)
	}
	m.jobs = append(m.jobs, j.id)
	m.jobs = m.jobs[max(len(m.jobs)-m.jobMemory, 0):]
	return false, nil
}

// acceptable compares a job with what the miner takes.
func (m *Miner) acceptable(j *job) error {
	size := len(j.coinb1) + len(m.extranonce) + m.n2size + len(j.coinb2)
	if m.coinbaseMax > 0 && size > m.coinbaseMax {
		return m.violate(CoinbaseSize, "sent %d bytes, the miner takes %d", size, m.coinbaseMax)
	}
	offset := len(j.coinb1) + len(m.extranonce)
	if tail := size - offset + offset%64; m.coinbaseTail > 0 && tail > m.coinbaseTail {
		return m.violate(CoinbaseSize, "sent %d bytes from the extranonce on, the miner takes %d", tail, m.coinbaseTail)
	}
	if m.verifiesOwner {
		if err := m.verifyOwner(j); err != nil {
			return err
		}
	}
	if m.mask != 0 && j.version&m.mask != 0 {
		return m.violate(VersionBits, "job version %08x, mask %08x", j.version, m.mask)
	}
	if d := m.difficulty * m.opt.Scale; m.diffMin > 0 && d < m.diffMin*(1-1e-9) {
		return m.violate(DifficultyTooLow, "provided %g, minimum %g", d, m.diffMin)
	} else if m.diffMax > 0 && d > m.diffMax*(1+1e-9) {
		return m.violate(DifficultyTooHigh, "provided %g, maximum %g", d, m.diffMax)
	}
	if m.requestMax > 0 {
		zero := strings.Repeat("0", 2*m.n2size)
		line := m.submitLine(1<<30, j.id, zero, "00000000", "00000000", 0)
		if len(line)+1 > m.requestMax {
			return m.violate(SubmitTooLong, "job id %q makes a submission of %d bytes, the miner's buffer has %d", clip(j.id), len(line)+1, m.requestMax)
		}
	}
	return nil
}
