package loadgen

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// ticksPerSecond is the unit of /proc/PID/stat, the same on every Linux.
const ticksPerSecond = 100

// reserve is how many files the generator needs beside its sockets.
const reserve = 64

// raiseFiles lets the process open n sockets.
func raiseFiles(n int) error {
	var lim unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &lim); err != nil {
		return fmt.Errorf("limit of open files: %w", err)
	}
	need := uint64(n + reserve)
	if lim.Cur >= need {
		return nil
	}
	lim.Cur = lim.Max
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &lim); err != nil {
		return fmt.Errorf("raising the limit of open files to %d: %w", lim.Max, err)
	}
	if lim.Max < need {
		return fmt.Errorf("%w: %d connections need %d open files, the system allows %d (ulimit -Hn)", ErrLimit, n, need, lim.Max)
	}
	return nil
}

// usage is the processor time at the start of a run.
type usage struct {
	pid         int
	own, server float64
	all         float64
}

func startUsage(pid int) *usage {
	u := &usage{pid: pid, own: ownCPU()}
	u.server, _ = ProcessCPU(pid)
	u.all = machineCPU()
	return u
}

func (u *usage) stop() Usage {
	r := Usage{OwnCPU: ownCPU() - u.own}
	if cpu, err := ProcessCPU(u.pid); err == nil && u.pid != 0 {
		r.ServerCPU = cpu - u.server
	}
	r.OthersCPU = max(machineCPU()-u.all-r.OwnCPU-r.ServerCPU, 0)
	if rss, err := ProcessRSS(u.pid); err == nil && u.pid != 0 {
		r.ServerBytes = rss
	}
	return r
}

func ownCPU() float64 {
	var r unix.Rusage
	if unix.Getrusage(unix.RUSAGE_SELF, &r) != nil {
		return 0
	}
	return float64(r.Utime.Nano()+r.Stime.Nano()) / 1e9
}

// machineCPU is the processor time of all processes since the machine started,
// in seconds, interrupts not included.
func machineCPU() float64 {
	text, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0
	}
	line, _, _ := strings.Cut(string(text), "\n")
	ticks := 0.0
	for i, f := range strings.Fields(line) {
		if i < 1 || i > 3 {
			continue // cpu | user nice system | idle ...
		}
		if v, err := strconv.ParseFloat(f, 64); err == nil {
			ticks += v
		}
	}
	return ticks / ticksPerSecond
}

// ProcessCPU is the processor time of a process and its children that live, in
// seconds. Its steps are a hundredth.
func ProcessCPU(pid int) (float64, error) {
	ticks, err := statTicks(pid)
	if err != nil {
		return 0, err
	}
	for _, child := range children(pid) {
		if t, err := statTicks(child); err == nil {
			ticks += t
		}
	}
	return float64(ticks) / ticksPerSecond, nil
}

func statTicks(pid int) (int64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
	if len(fields) < 13 {
		return 0, fmt.Errorf("/proc/%d/stat: %d fields", pid, len(fields))
	}
	user, err := strconv.ParseInt(fields[11], 10, 64)
	if err != nil {
		return 0, err
	}
	system, err := strconv.ParseInt(fields[12], 10, 64)
	return user + system, err
}

// children are the direct children of a process.
func children(pid int) (pids []int) {
	tasks, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	for _, task := range tasks {
		text, err := os.ReadFile(task)
		if err != nil {
			continue
		}
		for _, f := range strings.Fields(string(text)) {
			if n, err := strconv.Atoi(f); err == nil {
				pids = append(pids, n)
			}
		}
	}
	return pids
}

// ProcessRSS is the resident memory of one process in bytes, its children not
// included.
func ProcessRSS(pid int) (int64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kb, err := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
			return kb << 10, err
		}
	}
	return 0, fmt.Errorf("/proc/%d/status has no VmRSS", pid)
}
