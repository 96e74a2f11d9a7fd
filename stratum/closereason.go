package stratum

// CloseReason says why a connection ended. Every closed connection has one, and
// each is counted.
type CloseReason uint8

// The reasons of a close.
const (
	closeUnset        CloseReason = iota
	ClosedByMiner                 // the miner closed, or its network did
	ServerFull                    // more connections than Config.MaxSessions
	SubscribeTimeout              // no mining.subscribe in time
	AuthorizeTimeout              // no admitted worker in time
	AuthorizeRefused              // too many refused logins
	LineTooLong                   // a line above the limit
	TooMuchJunk                   // too many lines that were no request
	SlowReader                    // the miner does not read what it is sent
	WriteFailed                   // writing to the connection failed
	TLSFailed                     // no TLS handshake
	ExtranonceGone                // every extranonce1 is in use
	Shutdown                      // the server is stopping
	NoWork                        // the pool had no job for a miner that waited for one
	AddressFull                   // more connections of one address than Config.Limits
	AddressTooFast                // new connections of one address too fast
	Banned                        // the address is shut out for a while
	BadShares                     // nothing but bad shares, see Ladder
	DroppedByOperator             // by command
	Drained                       // by command, while the ports are closed
	NoProxyHeader                 // a trusted proxy did not say whose connection it is
	NotAMiner                     // a browser
	TLSOnPlainPort                // a TLS handshake on a port without TLS
	PlainOnTLSPort                // no TLS handshake, but text, on a port with TLS
	closeReasonCount
)

var closeTexts = [closeReasonCount]string{
	closeUnset:        "unset",
	ClosedByMiner:     "closed-by-miner",
	ServerFull:        "server-full",
	SubscribeTimeout:  "subscribe-timeout",
	AuthorizeTimeout:  "authorize-timeout",
	AuthorizeRefused:  "authorize-refused",
	LineTooLong:       "line-too-long",
	TooMuchJunk:       "too-much-junk",
	SlowReader:        "slow-reader",
	WriteFailed:       "write-failed",
	TLSFailed:         "tls-failed",
	ExtranonceGone:    "extranonce-exhausted",
	Shutdown:          "shutdown",
	NoWork:            "no-work",
	AddressFull:       "address-full",
	AddressTooFast:    "address-too-fast",
	Banned:            "banned",
	BadShares:         "bad-shares",
	DroppedByOperator: "dropped-by-operator",
	Drained:           "drained",
	NoProxyHeader:     "no-proxy-header",
	NotAMiner:         "not-a-miner",
	TLSOnPlainPort:    "tls-on-plain-port",
	PlainOnTLSPort:    "plain-on-tls-port",
}

// CloseReasons lists every reason that can be counted.
func CloseReasons() []CloseReason {
	all := make([]CloseReason, 0, closeReasonCount-1)
	for r := ClosedByMiner; r < closeReasonCount; r++ {
		all = append(all, r)
	}
	return all
}

// String is the stable text for metrics and logs.
func (r CloseReason) String() string {
	if r >= closeReasonCount {
		return closeTexts[closeUnset]
	}
	return closeTexts[r]
}
