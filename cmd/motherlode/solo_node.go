package main

import (
	"errors"
	"net/url"
	"strings"
)

// nodeSettings takes the credentials out of the node's URL.
func (f *soloFlags) nodeSettings() (map[string]any, error) {
	u, err := nodeURL(f.node)
	if err != nil {
		return nil, err
	}
	node := map[string]any{}
	if u.User != nil {
		node["user"] = u.User.Username()
		node["password"], _ = u.User.Password()
		u.User = nil
	}
	node["url"] = u.String()
	if f.cookie != "" {
		node["cookie"] = f.cookie
	}
	if f.zmq != "" {
		node["zmq"] = f.zmq
	}
	return node, nil
}

// nodeURL reads a URL as people write it: where it is none because of what is in the
// password, such as a blank, # or /, all before the last @ is taken for user and
// password as it stands. The error does not repeat the text, which may have a password.
func nodeURL(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	torn := err != nil || u.User == nil && strings.Contains(u.RequestURI()+u.Fragment, "@")
	if scheme, rest, ok := strings.Cut(text, "://"); torn && ok {
		at := strings.LastIndexByte(rest, '@')
		user, password, _ := strings.Cut(rest[:max(at, 0)], ":")
		if u, err = url.Parse(scheme + "://" + rest[at+1:]); err == nil && at >= 0 {
			u.User = url.UserPassword(user, password)
		}
	}
	if err != nil || u.Host == "" {
		return nil, errors.New("--node is no URL; expected one like http://user:password@127.0.0.1:8332")
	}
	return u, nil
}
