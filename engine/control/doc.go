// Package control is the operator's way to a running pool: HTTP over one Unix
// socket in the data directory, which its owner alone may open. The commands of
// the program (status, sessions, ban, drain, reload, payouts and so on) are its
// clients.
//
// It is layer L3. What it serves comes through the interface Pools, which the
// engine implements; it decides nothing itself and keeps nothing but the state of a
// drain. It is no interface for other machines: there is no authentication beside
// the file's mode, and no promise that requests stay as they are between versions.
//
//	GET    /status                       Status
//	GET    /sessions?...                 Sessions; see ParseFilter
//	POST   /sessions/ACTION              drop, reconnect, message, ping or version: Command -> Done
//	GET    /bans?pool=                   []Ban
//	POST   /bans                         BanOrder -> Done
//	DELETE /bans?address=&pool=          Done
//	POST   /drain                        DrainOrder -> Drain; GET: how far it is
//	POST   /reload?restart=              Reloaded
//	GET    /blocks?pool=&chain=&state=&before=&limit=    []Block
//	GET    /account?name=&pool=          []Account
//
// and what Options.More serves, which is payments and the settings of accounts.
package control
