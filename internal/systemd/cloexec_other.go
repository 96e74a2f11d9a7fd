//go:build !unix

package systemd

// closeOnExec has nothing to do: there are no inherited sockets here.
func closeOnExec(int) {}
