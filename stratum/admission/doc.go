// Package admission decides by address who may connect: limits on connections
// at once and on new connections, bans that end by themselves, and the header of
// the PROXY protocol, by which a load balancer says whose connection it passes
// on.
//
// It is layer L3 below stratum, imports only the standard library, and starts no
// goroutine. A Gate knows no sockets: the server asks it at each connection.
//
// # Why the limits are what they are
//
// Pools that ban quickly are known for banning the wrong ones: a farm or a rental
// site behind one address, all miners behind one load balancer, a proxy on the
// same machine, a rig that sends a burst of refused shares while its difficulty
// changes (oliverw/miningcore 10 and 698, SChernykh/p2pool 148 and 201,
// turtlecoin/node-turtle-pool 10). Hence:
//
//   - IPv4 counts by address, IPv6 by its first 64 bits, which one customer has.
//   - Networks that the operator allows are neither limited nor banned. Every
//     other limit is far above what a farm behind one address needs.
//   - An address is not banned while anybody behind it mines: see Gate.Honest.
//   - A ban is short. It doubles while the same address earns further ones, up to
//     MaxBan, and is forgotten after as long again.
//
// # PROXY protocol
//
// ReadHeader is a parser of its own and not github.com/pires/go-proxyproto: the
// library wraps each connection in a buffered reader, behind which the raw socket
// that broadcasts are written to cannot be reached, and reads the header at the
// first Read, while the limits need the address before. What is needed is a
// hundred lines, takes not one byte too many from the socket, and is fuzzed.
package admission
