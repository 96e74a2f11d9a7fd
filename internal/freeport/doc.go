// Package freeport finds ports on the loopback interface for what is told its port
// before it listens on it, or listens again after a while.
//
// A port of number 0 is not good for that: it is one of those that the system gives to
// connections too, and between the look and the use a connection may get it. These
// ports lie below (Linux gives 32768 to 60999 to connections, others mostly 49152 and
// more; see ip_local_port_range in the kernel's ip-sysctl), and processes that run side
// by side look for them in different blocks.
package freeport
