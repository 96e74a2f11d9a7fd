package main

import (
	"context"
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
	"github.com/motherlode-pool/motherlode/engine/control"
	"github.com/motherlode-pool/motherlode/engine/status"
)

// healthWait bounds a health check; containers ask every half a minute.
const healthWait = 5 * time.Second

func newHealthcheck() *cobra.Command {
	var data string
	cmd := &cobra.Command{
		Use:   "healthcheck [FILE]",
		Short: "Ask the running pool whether its miners have work, for containers",
		Long: `Healthcheck asks /healthz of the pool that runs with the configuration FILE, on
this machine, and prints what it says. The exit code is 0 while every pool has
fresh work for its miners, else 1; a pool that is drained is well, too, though
/healthz answers load balancers 503. Without FILE the default address is asked,
127.0.0.1:8080. With --data the pool is asked by its control socket, and needs
no http.listen.`,
		Args: takes(cobra.MaximumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			listen := configs.Default().HTTP.Listen
			switch {
			case data != "" && len(args) > 0:
				return &useError{errors.New("say FILE or --data, not both; see \"motherlode healthcheck --help\"")}
			case data != "":
				return healthOf(cmd.Context(), data, cmd.OutOrStdout())
			case len(args) == 1:
				cfg, err := configs.Load(args[0])
				if cfg == nil {
					return &useError{err}
				}
				listen = cfg.HTTP.Listen // whatever else is wrong, the running pool began with it
			}
			return healthcheck(listen, cmd.OutOrStdout())
		},
	}
	cmd.Flags().StringVar(&data, "data", "", "in place of FILE: the pool's data folder, as of \"motherlode solo\"")
	if err := cmd.MarkFlagDirname("data"); err != nil {
		panic(err) // the flag is not there: a mistake in this program
	}
	return cmd
}

// healthOf asks the pool of a data folder.
func healthOf(ctx context.Context, dir string, out io.Writer) error {
	o := &operating{}
	if err := o.folder(dir); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, healthWait)
	defer cancel()
	var s control.Status
	err := control.NewClient(dir).Get(ctx, "/status", nil, &s)
	if errors.Is(err, control.ErrNotRunning) {
		return o.notRunning(err)
	}
	if err != nil {
		return useOrRefusal(err)
	}
	text, ok := status.Health(s.View)
	return told(text, ok, out)
}

func healthcheck(listen string, out io.Writer) error {
	if listen == "" {
		return &useError{errors.New("http.listen is empty, so the pool cannot be asked; ask it by its data folder with --data")}
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
	return told(string(text), resp.StatusCode == http.StatusOK, out)
}

// told prints what a pool has said, unless that is an error. One that is drained still
// works for the miners that are left.
func told(text string, ok bool, out io.Writer) error {
	if !ok && !strings.HasPrefix(text, status.Draining+"\n") {
		return fmt.Errorf("miners have no fresh work: %s", strings.TrimSpace(text))
	}
	_, err := io.WriteString(out, text)
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
