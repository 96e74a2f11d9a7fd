package sdk

import (
	"strconv"
	"time"
)

// parentPoll is how often the parent is looked at. The cost is one system call.
const parentPoll = 250 * time.Millisecond

// watchParent calls gone once the parent has died: a process whose parent dies
// gets another one. It compares with the parent at the start and not with the
// pool's own process id, because a wrapper script may stand between the two. Host
// is that id, and tells a parent that died before the first look.
func watchParent(getppid func() int, host string, every time.Duration, gone func()) {
	parent := getppid()
	if parent == 1 && host != "" && host != strconv.Itoa(1) {
		gone()
		return
	}
	for tick := time.NewTicker(every); ; <-tick.C {
		if getppid() != parent {
			gone()
			return
		}
	}
}
