//go:build unix && !linux

package host

// keepFiles keeps the pool's open files from its children. Go marks those that it
// opens itself; those that the pool got from whoever started it, a shell or a
// service manager, it does not.
func keepFiles() { markListed("/dev/fd") }
