package api

import (
	"strings"
	"testing"
)

func TestOperatorIsForTheOperator(t *testing.T) {
	const nodes = operatorPath + "nodes"
	right := "Authorization: Bearer " + token
	for name, c := range map[string]struct {
		o      Options
		header []string
		status int
	}{
		"the token":                       {Options{Token: token}, []string{right}, 200},
		"in small letters":                {Options{Token: token}, []string{"Authorization: bearer " + token}, 200},
		"none":                            {Options{Token: token}, nil, 401},
		"another":                         {Options{Token: token}, []string{right + "0"}, 401},
		"part of it":                      {Options{Token: token}, []string{strings.TrimSuffix(right, "f")}, 401},
		"as a password":                   {Options{Token: token}, []string{"Authorization: Basic " + token}, 401},
		"it is off":                       {Options{}, []string{right}, 404},
		"it is off, and nothing is given": {Options{}, []string{"Authorization: Bearer "}, 404},
		"over the network":                {Options{Token: token}, []string{right, "Remote: 192.0.2.1:5"}, 403},
		"over the network, wrong token":   {Options{Token: token}, []string{"Remote: 192.0.2.1:5"}, 403},
		"over the network, as wished":     {Options{Token: token, Plain: true}, []string{right, "Remote: 192.0.2.1:5"}, 200},
		"as wished, without a token":      {Options{Token: token, Plain: true}, []string{"Remote: 192.0.2.1:5"}, 401},
		"IPv6 of this machine":            {Options{Token: token}, []string{right, "Remote: [::1]:5"}, 200},
		"a proxy with TLS":                {Options{Token: token}, []string{right, "X-Forwarded-Proto: https", "X-Forwarded-For: 192.0.2.1"}, 200},
		"a proxy without TLS":             {Options{Token: token}, []string{right, "X-Forwarded-Proto: http"}, 403},
		"a proxy that does not say":       {Options{Token: token}, []string{right, "X-Forwarded-For: 192.0.2.1"}, 403},
		"a proxy by its real IP":          {Options{Token: token}, []string{right, "X-Real-IP: 192.0.2.1"}, 403},
		"a proxy by Via":                  {Options{Token: token}, []string{right, "Via: 1.1 proxy"}, 403},
		"a proxy by its host":             {Options{Token: token}, []string{right, "X-Forwarded-Host: pool.example"}, 403},
		"a proxy in HTTP/1.0":             {Options{Token: token}, []string{right, "Proto: HTTP/1.0"}, 403},
		"a proxy in HTTP/1.0 with TLS":    {Options{Token: token}, []string{right, "Proto: HTTP/1.0", "X-Forwarded-Proto: https"}, 200},
		"a visitor who says https":        {Options{Token: token}, []string{right, "X-Forwarded-Proto: https", "Remote: 192.0.2.1:5"}, 403},
	} {
		t.Run(name, func(t *testing.T) {
			c.o.Source = &fake{}
			resp := ask(New(c.o), "GET", nodes, c.header...)
			body := mustBody(t, resp)
			if resp.StatusCode != c.status {
				t.Fatalf("got %s %s, want %d", resp.Status, body, c.status)
			}
			if shown := strings.Contains(body, "10.0.0.1"); shown != (c.status == 200) {
				t.Errorf("shown: %v in %s", shown, body)
			}
			if got := resp.Header.Get("WWW-Authenticate") != ""; got != (c.status == 401) {
				t.Errorf("WWW-Authenticate: %v", got)
			}
			if cc := resp.Header.Get("Cache-Control"); !strings.Contains(cc, "private") && cc != "no-store" {
				t.Errorf("Cache-Control %q", cc)
			}
		})
	}
}
