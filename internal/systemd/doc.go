// Package systemd speaks with the service manager that started the program: it takes
// over the sockets that were opened for it (LISTEN_FDS, man 3 sd_listen_fds), and says
// when the program is ready, reloads or ends (NOTIFY_SOCKET, man 3 sd_notify).
//
// Without a service manager all of it does nothing. It needs no library and no cgo.
//
// A socket stays open for as long as the process lives, also while nothing accepts on
// it: miners that connect during a reload wait in its queue. So it does over a restart,
// as the service manager holds it then.
//
// It belongs to layer L0.
package systemd
