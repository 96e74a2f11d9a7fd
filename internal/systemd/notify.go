package systemd

import (
	"net"
	"os"
)

// Notify tells the service manager the state, such as "READY=1". It reports whether
// there was somebody to tell; that the word did not arrive is an error.
func Notify(state string) (bool, error) {
	name := os.Getenv("NOTIFY_SOCKET")
	if name == "" {
		return false, nil
	}
	// A name that begins with @ is of the abstract kind, as package net has it too.
	conn, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: name, Net: "unixgram"})
	if err != nil {
		return false, err
	}
	defer conn.Close()
	if _, err := conn.Write([]byte(state)); err != nil {
		return false, err
	}
	return true, nil
}
