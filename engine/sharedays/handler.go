package sharedays

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/motherlode-pool/motherlode/engine/sharelog"
)

// Path is where Handler's answers begin.
const Path = "/sharelog/"

const (
	listWait   = 5 * time.Second // for the log to be read up to now
	retryAfter = 30              // seconds, while it is read for the first time
)

// Day is a day as it is listed.
type Day struct {
	Date   string `json:"date"`
	First  uint64 `json:"first"` // position in the log
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"` // of what the day has so far
	Ended  bool   `json:"ended"`  // it changes no more
}

// List is the answer to GET /sharelog/.
type List struct {
	Days []Day `json:"days"`
}

// Handler answers for the days that days returns; nil while there is no log yet.
func Handler(days func() *sharelog.Days) http.Handler {
	h := &handler{days}
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+Path+"{$}", h.list)
	mux.HandleFunc("GET "+Path+"{date}", h.day)
	return mux
}

type handler struct{ days func() *sharelog.Days }

// now is the days of the log as it is; it answers where they cannot be had.
func (h *handler) now(w http.ResponseWriter, r *http.Request) (d *sharelog.Days, all []sharelog.Day, ok bool) {
	if d = h.days(); d == nil {
		busy(w, "the pool is starting")
		return nil, nil, false
	}
	ctx, cancel := context.WithTimeout(r.Context(), listWait)
	defer cancel()
	all, err := d.List(ctx)
	switch {
	case errors.Is(err, sharelog.ErrReading):
		busy(w, err.Error())
	case err != nil:
		http.Error(w, err.Error(), http.StatusInternalServerError)
	}
	return d, all, err == nil
}

func busy(w http.ResponseWriter, why string) {
	w.Header().Set("Retry-After", strconv.Itoa(retryAfter))
	http.Error(w, why+"; ask again in a moment", http.StatusServiceUnavailable)
}

func (h *handler) list(w http.ResponseWriter, r *http.Request) {
	_, all, ok := h.now(w, r)
	if !ok {
		return
	}
	out := List{Days: make([]Day, len(all))}
	for i, d := range all {
		out.Days[i] = Day{d.Date, uint64(d.First), d.Size, hex.EncodeToString(d.SHA256[:]), d.Ended}
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	_ = enc.Encode(out) // the client has gone, at worst
}

func (h *handler) day(w http.ResponseWriter, r *http.Request) {
	days, all, ok := h.now(w, r)
	if !ok {
		return
	}
	for i := range all {
		d := &all[i]
		if d.Date != r.PathValue("date") {
			continue
		}
		head := w.Header()
		head.Set("Content-Type", "application/octet-stream")
		head.Set("Cache-Control", "no-store")
		if d.Ended {
			head.Set("ETag", `"`+hex.EncodeToString(d.SHA256[:])+`"`)
			head.Set("Cache-Control", "public, max-age=86400, immutable")
		}
		s := days.Section(d)
		defer s.Close()
		http.ServeContent(w, r, "", time.Time{}, s)
		return
	}
	http.Error(w, "the share log has nothing of that day; "+Path+" lists the days", http.StatusNotFound)
}
