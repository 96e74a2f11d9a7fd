package notify

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

const (
	maxAnswer = 4 << 10   // bytes of an answer that are read
	maxLater  = time.Hour // that a receiver may ask to be left alone for
)

// poster sends to one URL and nowhere else: it follows no redirect and uses no proxy
// of the environment. Certificates are verified.
type poster struct {
	url    *url.URL
	client *http.Client
	agent  string
}

// newPoster makes a poster. Trust is nil but for tests.
func newPoster(text, agent string, trust *tls.Config) (*poster, error) {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, errors.New("is no URL of http or https") // the text may be secret
	}
	return &poster{url: u, agent: agent, client: &http.Client{
		Transport: &http.Transport{
			Proxy:       nil,
			DialContext: (&net.Dialer{Timeout: 10 * time.Second}).DialContext, TLSClientConfig: trust, TLSHandshakeTimeout: 10 * time.Second,
			ResponseHeaderTimeout: 20 * time.Second, MaxResponseHeaderBytes: 16 << 10, MaxIdleConns: 1, IdleConnTimeout: 30 * time.Second,
			ForceAttemptHTTP2: true,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// String is the host: paths of webhooks are often as good as passwords.
func (p *poster) String() string { return p.url.Scheme + "://" + p.url.Host }

func (p *poster) post(ctx context.Context, body string, header map[string]string) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, p.url.String(), strings.NewReader(body))
	if err != nil {
		return "", errors.New("request cannot be made")
	}
	req.Header.Set("User-Agent", p.agent)
	for key, value := range header {
		req.Header.Set(key, value)
	}
	resp, err := p.client.Do(req)
	if err != nil {
		var withURL *url.Error
		if errors.As(err, &withURL) {
			err = withURL.Err // without the URL
		}
		return "", err
	}
	defer resp.Body.Close()
	text, _ := io.ReadAll(io.LimitReader(resp.Body, maxAnswer)) // its words, as far as they come
	return p.judge(resp, clean(strings.TrimSpace(string(text)), maxField))
}

// judge says what an answer means.
func (p *poster) judge(resp *http.Response, text string) (string, error) {
	words := strconv.Itoa(resp.StatusCode) + " " + http.StatusText(resp.StatusCode)
	if text != "" {
		words += ": " + text
	}
	switch code := resp.StatusCode; {
	case code >= 200 && code < 300:
		return words, nil
	case code >= 300 && code < 400:
		host := "another address"
		if to, err := resp.Location(); err == nil {
			host = to.Scheme + "://" + to.Host
		}
		return "", fmt.Errorf("answered %d and points to %s, which is not followed: write the final URL into the configuration", code, clean(host, maxField))
	case code == http.StatusTooManyRequests || code == http.StatusServiceUnavailable:
		if after := retryAfter(resp.Header.Get("Retry-After"), time.Now()); after > 0 {
			return "", &Later{min(after, maxLater), "answered " + words}
		}
	case code == http.StatusBadRequest || code == http.StatusRequestEntityTooLarge || code == http.StatusUnprocessableEntity || code == http.StatusGone:
		return "", &Refused{"answered " + words}
	}
	return "", errors.New("answered " + words)
}

// retryAfter is how long a receiver asks to be left alone for: seconds, or until a
// date; 0 where it says neither.
func retryAfter(text string, now time.Time) time.Duration {
	if seconds, err := strconv.ParseUint(text, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second
	}
	if at, err := http.ParseTime(text); err == nil {
		return max(at.Sub(now), 0)
	}
	return 0
}
