package notify

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	maxWorkers   = 5000           // that are watched
	calmWorker   = 24 * time.Hour // one that was never silent for so long has a clean record
	maxSilences  = 4              // doublings of the time that one may be silent
	nameTogether = 3              // more of one account that fall silent together are told together
)

// workerSeen is what is known of one worker that is watched.
type workerSeen struct {
	Pool    string    `json:"pool"`
	Account string    `json:"account"`
	Name    string    `json:"name"`
	Last    time.Time `json:"last"`           // its last submission
	Mined   bool      `json:"mined"`          // it submitted while it was watched, and did not only log in
	Down    time.Time `json:"down,omitzero"`  // when that was told, zero while it mines
	Flaps   int       `json:"flaps,omitzero"` // how often it was back
	Back    time.Time `json:"back,omitzero"`  // the last time
}

// workers looks which workers have fallen silent, and which are back.
func (n *Notifier) workers(now time.Time) {
	if !n.wanted(WorkerDown) {
		return
	}
	seen := n.o.Source.Workers(func(pool, account string) bool {
		return slices.ContainsFunc(n.hooks, func(h *hook) bool {
			return h.hears(WorkerDown) && h.follows(account) && (len(h.Pools) == 0 || slices.Contains(h.Pools, pool))
		})
	})
	n.mu.Lock()
	defer n.mu.Unlock()
	var back, down []*workerSeen
	for i := range seen {
		if w := n.workerSeen(now, &seen[i]); w != nil {
			back = append(back, w)
		}
	}
	for _, w := range n.memory.Workers {
		if n.fellSilent(now, w) {
			w.Down = now
			down = append(down, w)
		}
	}
	n.tellWorkers(now, down, WorkerDown)
	n.tellWorkers(now, back, WorkerBack)
}

// workerSeen takes in what is known of a worker, and returns it when it is back.
func (n *Notifier) workerSeen(now time.Time, s *Worker) *workerSeen {
	key := s.Pool + " " + s.Account + " " + s.Name
	w := n.memory.Workers[key]
	if w == nil {
		if len(n.memory.Workers) < maxWorkers {
			n.memory.Workers[key] = &workerSeen{Pool: s.Pool, Account: s.Account, Name: s.Name, Last: s.Last}
		}
		return nil
	}
	if !s.Last.After(w.Last) {
		return nil
	}
	w.Last, w.Mined = s.Last, true
	switch {
	case !w.Down.IsZero():
		w.Down, w.Back = time.Time{}, now
		w.Flaps = min(w.Flaps+1, maxSilences)
		return w
	case now.Sub(w.Back) > calmWorker:
		w.Flaps = 0
	}
	return nil
}

// fellSilent reports whether a worker is to be told silent now. While its pool has no work, or
// has had it for too short a time, and after a start, nobody is to blame.
func (n *Notifier) fellSilent(now time.Time, w *workerSeen) bool {
	good, known := n.poolsGood[w.Pool]
	if !w.Mined || !w.Down.IsZero() || !known || n.poolsBad[w.Pool] {
		return false
	}
	from := w.Last
	for _, t := range []time.Time{good, n.started} {
		if t.After(from) {
			from = t
		}
	}
	return now.Sub(from) >= n.o.WorkerSilent<<w.Flaps
}

// tellWorkers tells of workers that changed together, account by account.
func (n *Notifier) tellWorkers(now time.Time, all []*workerSeen, kind Kind) {
	slices.SortFunc(all, func(a, b *workerSeen) int {
		return cmp.Or(cmp.Compare(a.Pool, b.Pool), cmp.Compare(a.Account, b.Account), cmp.Compare(a.Name, b.Name))
	})
	for len(all) > 0 {
		first := all[0]
		end := slices.IndexFunc(all, func(w *workerSeen) bool { return w.Pool != first.Pool || w.Account != first.Account })
		if end < 0 {
			end = len(all)
		}
		group := all[:end]
		all = all[end:]
		if len(group) > nameTogether {
			n.tell(now, groupNotice(now, group, kind))
			continue
		}
		for _, w := range group {
			n.tell(now, workerNotice(now, w, kind))
		}
	}
}

func workerNotice(now time.Time, w *workerSeen, kind Kind) Notice {
	name := minerName(w.Account, w.Name)
	out := Notice{
		ID: idOf(string(kind), w.Pool, w.Account, w.Name, strconv.FormatInt(w.Last.Unix(), 10)), Kind: kind, Time: now,
		Pool: w.Pool, Account: w.Account, Worker: w.Name,
	}
	if kind == WorkerBack {
		out.Title = fmt.Sprintf("Worker %s is back", name)
		out.Text = fmt.Sprintf("Worker %s mines again in pool %s", name, w.Pool)
		return out
	}
	out.Title = fmt.Sprintf("Worker %s is silent", name)
	out.Text = fmt.Sprintf("Worker %s has sent no share to pool %s for %s", name, w.Pool, span(now.Sub(w.Last)))
	return out
}

// groupNotice is for many workers of one account.
func groupNotice(now time.Time, group []*workerSeen, kind Kind) Notice {
	first := group[0]
	var names []string
	id := []string{string(kind), first.Pool, first.Account}
	for _, w := range group {
		id = append(id, w.Name, strconv.FormatInt(w.Last.Unix(), 10))
		names = append(names, cmp.Or(w.Name, "(no name)"))
	}
	words := "are silent"
	if kind == WorkerBack {
		words = "are back"
	}
	out := Notice{ID: idOf(id...), Kind: kind, Time: now, Pool: first.Pool, Account: first.Account}
	out.Title = fmt.Sprintf("%d workers of %s %s", len(group), short(first.Account), words)
	const most = 10
	listed := strings.Join(names[:min(len(names), most)], ", ")
	if len(names) > most {
		listed += fmt.Sprintf(" and %d more", len(names)-most)
	}
	out.Text = fmt.Sprintf("%s in pool %s: %s", out.Title, first.Pool, listed)
	return out
}
