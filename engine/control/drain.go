package control

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/motherlode-pool/motherlode/stratum"
)

// maxDrain bounds the time over which miners are sent away, in seconds.
const maxDrain = 24 * 3600

// errDraining says that one drain is enough.
var errDraining = errors.New("a drain is under way already; its ports are closed for good")

// drainer is the drain that was begun last.
type drainer struct {
	group sync.WaitGroup

	mu   sync.Mutex
	now  *Drain // nil before the first
	live []func() int
}

// view is how far the drain is, nil before the first.
func (d *drainer) view() *Drain {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.now == nil {
		return nil
	}
	out := *d.now
	out.Pools = append([]DrainPool(nil), d.now.Pools...)
	out.Done = true
	for i := range out.Pools {
		p := &out.Pools[i]
		p.Left = d.live[i]()
		out.Done = out.Done && p.Done
	}
	return &out
}

// begin sends the miners of fronts away until ctx ends or they are gone.
func (d *drainer) begin(ctx context.Context, names []string, fronts []Front, o DrainOrder, to stratum.Redirect) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.now != nil {
		for _, p := range d.now.Pools {
			if !p.Done {
				return errDraining
			}
		}
	}
	d.now, d.live = &Drain{Began: time.Now(), Over: o.Over, To: o.To}, nil
	for i, front := range fronts {
		d.live = append(d.live, front.Live)
		d.now.Pools = append(d.now.Pools, DrainPool{Pool: names[i], Total: front.Live()})
	}
	now := d.now
	for i, front := range fronts {
		d.group.Go(func() {
			err := front.Drain(ctx, time.Duration(o.Over*float64(time.Second)), to)
			d.mu.Lock()
			defer d.mu.Unlock()
			now.Pools[i].Done = true
			if err != nil {
				now.Pools[i].Error = err.Error()
			}
		})
	}
	return nil
}

func (s *Server) getDrain(w http.ResponseWriter, _ *http.Request) {
	d := s.drain.view()
	if d == nil {
		refuse(w, http.StatusNotFound, "no drain was begun")
		return
	}
	answer(w, d, nil)
}

func (s *Server) postDrain(ctx context.Context, w http.ResponseWriter, r *http.Request) {
	var o DrainOrder
	if !order(w, r, &o) {
		return
	}
	if !(o.Over >= 0 && o.Over <= maxDrain) {
		refuse(w, http.StatusBadRequest, "miners are sent away over 0 seconds to a day")
		return
	}
	to, err := ParseRedirect(o.To, 0)
	if err != nil {
		refuse(w, http.StatusBadRequest, err.Error())
		return
	}
	names, fronts, err := s.fronts(o.Pool)
	if err == nil {
		// An address that is not allowed is refused before any port is closed.
		for _, f := range fronts {
			if _, refused := f.Reconnect(stratum.Who{}, to); refused != nil && !errors.Is(refused, stratum.ErrNoWord) {
				err = refused
			}
		}
	}
	if err == nil {
		err = s.drain.begin(ctx, names, fronts, o, to)
	}
	if err != nil {
		answer(w, nil, err)
		return
	}
	answer(w, s.drain.view(), nil)
}
