package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/motherlode-pool/motherlode/configs"
	"github.com/motherlode-pool/motherlode/engine/status"
)

// healthWait bounds a health check; containers ask every half a minute.
const healthWait = 5 * time.Second

func newHealthcheck() *cobra.Command {
	return &cobra.Command{
		Use:   "healthcheck [FILE]",
		Short: "Ask the running pool whether its miners have work, for containers",
		Long: `Healthcheck asks /healthz of the pool that runs with the configuration FILE, on
this machine, and prints what it says. The exit code is 0 while every pool has
fresh work for its miners, else 1; a pool that is drained is well, too, though
/healthz answers load balancers 503. Without FILE the default address is asked,
127.0.0.1:8080.`,
		Args: takes(cobra.MaximumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			listen := configs.Default().HTTP.Listen
			if len(args) == 1 {
				cfg, err := configs.Load(args[0])
				if cfg == nil {
					return &useError{err}
				}
				listen = cfg.HTTP.Listen // whatever else is wrong, the running pool began with it
			}
			return healthcheck(listen, cmd.OutOrStdout())
		},
	}
}

func healthcheck(listen string, out io.Writer) error {
	if listen == "" {
		return &useError{errors.New("http.listen is empty, so the pool cannot be asked")}
	}
	client := http.Client{Timeout: healthWait}
	resp, err := client.Get("http://" + reachable(listen) + "/healthz")
	if err != nil {
		return fmt.Errorf("the pool does not answer: %w", err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, 64<<10))
	if err != nil {
		return fmt.Errorf("the pool's answer was cut short: %w", err)
	}
	if strings.HasPrefix(string(text), status.Draining+"\n") { // it still works for the miners that are left
		_, err = out.Write(text)
		return err
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("miners have no fresh work: %s", strings.TrimSpace(string(text)))
	}
	_, err = out.Write(text)
	return err
}

// reachable is where a listener of any interface is reached from this machine.
func reachable(listen string) string {
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return listen
	}
	ip, err := netip.ParseAddr(host)
	if host == "" || err == nil && ip.IsUnspecified() {
		host = "127.0.0.1"
		if ip.Is6() {
			host = "::1"
		}
	}
	return net.JoinHostPort(host, port)
}
