package postgres

import (
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"
)

// Answer is what a server says of a database.
type Answer struct {
	Where   string // "/run/postgresql, database motherlode"
	Version string // of the server
	Made    bool   // the tables are there
	InUse   bool   // a process holds the lock
}

// String is the answer in words.
func (a Answer) String() string {
	state := "is not used yet"
	switch {
	case a.InUse:
		state = "is in use by a running pool"
	case a.Made:
		state = "is not in use now"
	}
	return fmt.Sprintf("%s: PostgreSQL %s answers, the ledger %s", a.Where, a.Version, state)
}

// Check asks the server that a connection string names, and changes nothing. Errors
// are those of New, ErrNewer, and those that wrap store.ErrFailed.
func Check(database string) (a Answer, err error) {
	s, err := New(database, Options{})
	if err != nil {
		return a, err
	}
	defer s.Close()
	host := s.config.Host
	if !strings.HasPrefix(host, "/") {
		host = net.JoinHostPort(host, strconv.Itoa(int(s.config.Port)))
	}
	a.Where = host + ", database " + s.config.Database
	end := time.Now().Add(viewWait)
	c, err := s.connect(viewWait, end)
	if err != nil {
		return a, failed(err)
	}
	c.end = end
	defer c.close()
	a.Version, _, _ = strings.Cut(c.pg.ParameterStatus("server_version"), " ")
	layout, err := s.layoutOf(c)
	if err != nil {
		return a, failed(err)
	}
	a.Made = layout > 0
	if err := s.known(layout); err != nil {
		return a, err
	}
	free, err := c.ask("select pg_try_advisory_lock($1::bigint)", int8_(s.lockNumber()))
	if err != nil {
		return a, failed(err)
	}
	a.InUse = free[0][0][0] == 0 // else the lock goes with the connection
	return a, nil
}
