package host

import (
	"bufio"
	"context"
	"io"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// The bounds of what a plugin may add to the pool's log.
const (
	maxLine   = 64 << 10 // bytes of a line; the rest of a longer one is dropped
	maxAtOnce = 500      // lines in a burst
	perSecond = 100      // lines a second after that
	lineBytes = 1 << 10  // a longer line counts as one more for each of these
	lastLines = 12       // kept for the error that a death becomes
	lastBytes = 300      // of each of them

	// readBytes a second are read once readAtOnce were; a plugin that writes more
	// is stopped by its full pipe, and so spends no processor time of the pool's.
	// A line counts as lineFloor bytes at least.
	readBytes  = 8 << 20
	readAtOnce = 8 << 20
	lineFloor  = 64
)

// logSink takes a plugin's output to the pool's log: lines are bounded, parsed
// tolerantly, and limited in rate; what the limit drops is counted and the count
// logged, and what is far beyond it is read slowly. Its methods may be called concurrently.
type logSink struct {
	log   *slog.Logger
	count *logCount
	now   func() time.Time

	mu      sync.Mutex
	tokens  float64
	filled  time.Time
	dropped int
	tail    []string
	unread  float64 // bytes that may be read at once; negative is a debt
	paced   time.Time
}

func newLogSink(log *slog.Logger, count *logCount) *logSink {
	return &logSink{log: log, count: count, now: time.Now, tokens: maxAtOnce, unread: readAtOnce}
}

// logCount counts the lines of a plugin over all its processes, and keeps the last.
type logCount struct {
	lines, dropped atomic.Uint64
	recent         recent
}

// LogLines are the lines that the plugin has written since the driver was made,
// and how many of them the pool's log was spared.
func (d *Driver) LogLines() (lines, dropped uint64) {
	dropped = d.lines.dropped.Load() // first, so that it is never the larger one
	return d.lines.lines.Load(), dropped
}

// read logs what comes from r until its end. It reads on whatever comes, for a
// full pipe stops the plugin; only from a flood it rests in between.
func (s *logSink) read(stream string, r io.Reader) {
	br := bufio.NewReaderSize(r, maxLine)
	for {
		line, err := br.ReadSlice('\n')
		cut := 0
		for err == bufio.ErrBufferFull {
			if cut == 0 {
				line = append([]byte(nil), line...)
				s.count.recent.add(s.now(), line, true) // its end may be far away
			}
			var more []byte
			more, err = br.ReadSlice('\n')
			cut += len(more)
			s.rest(len(more))
		}
		s.line(stream, line, cut)
		if err != nil {
			return
		}
	}
}

// rest waits until so many bytes more may be read.
func (s *logSink) rest(bytes int) {
	s.mu.Lock()
	now := s.now()
	if !s.paced.IsZero() {
		s.unread = min(readAtOnce, s.unread+now.Sub(s.paced).Seconds()*readBytes)
	}
	s.paced = now
	s.unread -= float64(max(bytes, lineFloor))
	debt := -s.unread
	s.mu.Unlock()
	if debt > readBytes/1000 { // a sleep for less than a millisecond is none
		time.Sleep(time.Duration(debt / readBytes * float64(time.Second)))
	}
}

// line logs one line, of which cut bytes are missing. It waits where the plugin
// floods.
func (s *logSink) line(stream string, line []byte, cut int) {
	s.rest(len(line))
	for len(line) > 0 && (line[len(line)-1] == '\n' || line[len(line)-1] == '\r') {
		line = line[:len(line)-1]
	}
	if len(line) == 0 {
		return
	}
	if cut == 0 { // else it was kept when its beginning came
		s.count.recent.add(s.now(), line, false)
	}
	if !s.admit(stream, line) {
		return
	}
	l := parseLine(line)
	if stream != "stderr" {
		l.attrs = append(l.attrs, slog.String("stream", stream))
	}
	if cut > 0 {
		l.attrs = append(l.attrs, slog.Int("cut_bytes", cut))
	}
	s.log.LogAttrs(context.Background(), l.level, l.message, l.attrs...)
}

// admit decides by the rate limit and keeps the last lines.
func (s *logSink) admit(stream string, line []byte) bool {
	s.count.lines.Add(1)
	s.mu.Lock()
	if stream == "stderr" {
		s.tail = append(s.tail, clip(strings.ToValidUTF8(string(line[:min(len(line), lastBytes)]), "\uFFFD"), lastBytes))
		if len(s.tail) > lastLines {
			// The line that says what the panic was outlasts its trace.
			oldest := 0
			if textLevel(s.tail[0]) == slog.LevelError {
				oldest = 1
			}
			s.tail = append(s.tail[:oldest], s.tail[oldest+1:]...)
		}
	}
	now := s.now()
	if !s.filled.IsZero() {
		s.tokens = min(maxAtOnce, s.tokens+now.Sub(s.filled).Seconds()*perSecond)
	}
	s.filled = now
	cost := float64(1 + min(len(line), maxLine)/lineBytes)
	if s.tokens < cost {
		s.dropped++
		s.count.dropped.Add(1)
		s.mu.Unlock()
		return false
	}
	s.tokens -= cost

	// The count is logged once there is room for half a burst again.
	report := 0
	if s.dropped > 0 && s.tokens > perSecond/2 {
		report, s.dropped = s.dropped, 0
	}
	s.mu.Unlock()
	s.report(report)
	return true
}

// flush logs how many lines were dropped since it was last said.
func (s *logSink) flush() {
	s.mu.Lock()
	dropped := s.dropped
	s.dropped = 0
	s.mu.Unlock()
	s.report(dropped)
}

func (s *logSink) report(dropped int) {
	if dropped > 0 {
		s.log.Warn("the plugin logs too much, lines were dropped", "dropped", dropped)
	}
}

// last are the plugin's last lines on standard error.
func (s *logSink) last() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.tail...)
}

// writer takes output that comes in pieces over go-plugin's own stream.
func (s *logSink) writer(stream string) io.Writer { return &lineWriter{sink: s, stream: stream} }

// lineWriter makes lines of pieces. One goroutine writes to it.
type lineWriter struct {
	sink   *logSink
	stream string
	buf    []byte
	cut    int
}

func (w *lineWriter) Write(p []byte) (int, error) {
	n := len(p)
	for len(p) > 0 {
		i := strings.IndexByte(string(p), '\n')
		piece := p
		if i >= 0 {
			piece = p[:i]
		}
		room := min(maxLine-len(w.buf), len(piece))
		w.buf = append(w.buf, piece[:room]...)
		if w.cut == 0 && room < len(piece) {
			w.sink.count.recent.add(w.sink.now(), w.buf, true)
		}
		w.cut += len(piece) - room
		if i < 0 {
			break
		}
		w.sink.line(w.stream, w.buf, w.cut)
		w.buf, w.cut = w.buf[:0], 0
		p = p[i+1:]
	}
	return n, nil
}

// clip bounds a text for an error.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "") + "..."
}
