package tari

import (
	"context"
	"errors"
	"time"

	"google.golang.org/grpc/connectivity"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/coins/tari/tarirpc"
)

// Limits of watching a node.
const (
	// pollTimeout is how long a node may take to name its tip before another
	// one is preferred: with a poll it stays below the second in which a lost
	// node is replaced.
	pollTimeout = 700 * time.Millisecond

	// maxLates is how many polls in a row a node may be late before it is down.
	maxLates = 3

	// downPause is the most between two polls of a node that does not answer.
	downPause = 2 * time.Second

	// detailInterval is how often peers and version are asked for.
	detailInterval = 20 * time.Second
)

// watch polls a node until ctx ends. Base nodes announce nothing: polling is
// all there is.
func (s *set) watch(ctx context.Context, m *member) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-m.poke:
		case <-timer.C:
		}
		err := s.ask(ctx, m)
		if ctx.Err() != nil {
			return
		}
		s.judge(m, err)
		if err == nil && time.Since(m.detailed) >= detailInterval {
			m.detailed = time.Now()
			s.detail(ctx, m)
		}
		timer.Reset(min(s.poll<<min(m.lates, 3), max(downPause, s.poll)))
	}
}

// listen nudges the watcher when the connection is lost or comes back, so that
// neither waits for the next poll.
func (m *member) listen(ctx context.Context) {
	for {
		now := m.conn.GetState()
		if now == connectivity.Shutdown || !m.conn.WaitForStateChange(ctx, now) {
			return
		}
		if now == connectivity.Ready || m.conn.GetState() == connectivity.Ready {
			m.nudge()
		}
	}
}

// judge turns the outcome of a poll into the node's condition.
func (s *set) judge(m *member, err error) {
	cond := up
	switch {
	case err == nil:
		m.lates = 0
	case timedOut(err) && m.lates < maxLates:
		cond = late
		m.lates++
	case timedOut(err):
		cond = down
	default:
		cond = down
		m.lates = 0
	}
	if cond == down {
		m.detailed = time.Time{}
	}
	var was condition
	s.update(m, func(st *state) {
		was = st.cond
		st.cond, st.err = cond, err
		if cond == down {
			// What was known before says nothing about a node that comes back.
			st.tip, st.height, st.work, st.synced = coins.Hash{}, 0, "", false
		}
	})
	switch {
	case cond == up && was != up:
		s.log.Info("base node answers", "node", m.name)
	case cond != up && was == up:
		s.log.Warn("base node lost", "node", m.name, "error", err)
	}
}

// ask asks a node for its tip.
func (s *set) ask(ctx context.Context, m *member) error {
	call, cancel := context.WithTimeout(ctx, pollTimeout)
	defer cancel()
	info, err := m.api.GetTipInfo(call, &tarirpc.Empty{})
	if err != nil {
		return m.called("GetTipInfo", err)
	}
	meta := info.GetMetadata()
	tip, err := fromNode(meta.GetBestBlockHash())
	if err != nil {
		return err
	}
	s.update(m, func(st *state) {
		st.synced, st.doing, st.forked = info.GetInitialSyncAchieved(), info.GetBaseNodeState(), info.GetFailedCheckpoints()
		if st.tip == tip {
			return
		}
		st.source = "poll"
		if st.tip.IsZero() {
			st.source = "start"
		}
		st.tip, st.height, st.work, st.heard = tip, meta.GetBestBlockHeight(), trim(meta.GetAccumulatedDifficulty()), time.Now()
	})
	return nil
}

// detail asks for what is only of interest to people. Nodes may not allow it.
func (s *set) detail(ctx context.Context, m *member) {
	ctx, cancel := context.WithTimeout(ctx, pollTimeout)
	defer cancel()
	if v, err := m.api.GetVersion(ctx, &tarirpc.Empty{}); err == nil {
		s.update(m, func(st *state) { st.version = v.GetValue() })
	}
	peers := -1
	if n, err := m.api.GetNetworkState(ctx, &tarirpc.Empty{}); err == nil {
		peers = int(n.GetNumConnections())
	} else if err := m.called("GetNetworkState", err); errors.Is(err, ErrAllowed) {
		if n, err := m.api.GetNetworkStatus(ctx, &tarirpc.Empty{}); err == nil {
			peers = int(n.GetNumNodeConnections())
		}
	}
	s.update(m, func(st *state) { st.peers = peers })
}
