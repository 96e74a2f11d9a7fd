package engine

import (
	"errors"
	"strings"

	"github.com/motherlode-pool/motherlode/engine/chain"
	"github.com/motherlode-pool/motherlode/engine/status"
)

// coinView is what is known of one coin.
func coinView(r *chain.Runner) status.Coin {
	h := r.Health()
	c := status.Coin{
		Name: r.Name(), State: h.State.String(), Message: h.Message, Height: r.Height(), Restarts: r.Restarts(),
		PID: r.PID(), LastFailureAt: r.LastLoss(),
	}
	if !h.Tip.IsZero() {
		c.Tip = h.Tip.String()
	}
	if info, ok := r.Info(); ok {
		c.Symbol, c.Network = info.Symbol, info.Network
	}
	if err := r.LastError(); err != nil {
		c.LastError = err.Error()
	}
	if t, at := r.Latest(); t != nil {
		c.WorkAt, c.Source, c.WorkNode = at, t.Source, t.Node
	}
	if w, at := r.LatestAux(); w != nil && at.After(c.WorkAt) {
		c.WorkAt, c.Source, c.WorkNode = at, w.Source, w.Node
	}
	newsView(&c, r.News())
	for _, n := range h.Nodes {
		node := status.Node{
			Node: n.Node, State: n.State.String(), Message: n.Message, Height: n.Height, Peers: n.Peers, Version: n.Version, News: n.News,
			Work: n.Node == c.WorkNode, Missed: n.Missed,
		}
		if !n.Tip.IsZero() {
			node.Tip = n.Tip.String()
		}
		c.Nodes = append(c.Nodes, node)
	}
	troubleView(&c, r)
	return c
}

// troubleView adds what a coin does to the pool: that it is parked, and floods.
func troubleView(c *status.Coin, r *chain.Runner) {
	var problems []string
	if p, ok := r.Parked(); ok {
		c.State = "parked"
		c.Parked = &status.Parked{
			Since: p.Since, Failures: p.Failures, Reason: p.Reason.Error(), Next: p.Next, Open: p.Open, WhatToDo: p.Remedy(),
		}
		var dying interface{ LastWords() []string }
		if errors.As(p.Reason, &dying) {
			c.Parked.Stderr = dying.LastWords()
		}
		problems = append(problems, p.Error())
	}
	for _, f := range r.Flows() {
		s := status.Stream{Stream: f.Stream, Received: f.Received, Unused: f.Unused, Peak: f.Peak, Held: f.Held, Problem: f.Problem()}
		c.Streams = append(c.Streams, s)
		if s.Problem != "" {
			problems = append(problems, s.Problem)
		}
	}
	c.Problem = strings.Join(problems, "; ")
}
