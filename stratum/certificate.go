package stratum

import (
	"crypto/tls"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"
)

// certificateCheck is how often the files of a certificate are looked at, at
// most; looking happens when a miner connects.
const certificateCheck = time.Second

// certificate is a key pair that follows its files.
type certificate struct {
	files TLS
	log   *slog.Logger

	mu      sync.Mutex
	pair    *tls.Certificate
	stamp   [2]fileStamp
	checked time.Time
}

// fileStamp tells one version of a file from another.
type fileStamp struct {
	changed time.Time
	size    int64
}

func newCertificate(files TLS, log *slog.Logger) (*certificate, error) {
	c := &certificate{files: files, log: log, checked: time.Now()}
	var err error
	if c.stamp, err = c.look(); err != nil {
		return nil, err
	}
	pair, err := tls.LoadX509KeyPair(files.CertFile, files.KeyFile)
	if err != nil {
		return nil, fmt.Errorf("load certificate: %w", err)
	}
	c.pair = &pair
	return c, nil
}

// get is the present certificate. Files that changed are read again; while they
// do not fit together the old pair stays.
func (c *certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	if now.Sub(c.checked) < certificateCheck {
		return c.pair, nil
	}
	c.checked = now
	stamp, err := c.look()
	if err == nil && stamp != c.stamp {
		var pair tls.Certificate
		if pair, err = tls.LoadX509KeyPair(c.files.CertFile, c.files.KeyFile); err == nil {
			c.pair, c.stamp = &pair, stamp
			c.log.Info("certificate reloaded", "file", c.files.CertFile)
		}
	}
	if err != nil {
		c.log.Warn("certificate not reloaded", "file", c.files.CertFile, "error", err)
	}
	return c.pair, nil
}

func (c *certificate) look() (stamp [2]fileStamp, err error) {
	for i, name := range [2]string{c.files.CertFile, c.files.KeyFile} {
		info, err := os.Stat(name)
		if err != nil {
			return stamp, fmt.Errorf("load certificate: %w", err)
		}
		stamp[i] = fileStamp{info.ModTime(), info.Size()}
	}
	return stamp, nil
}
