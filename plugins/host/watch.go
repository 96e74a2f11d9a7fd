package host

import (
	"context"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"

	"github.com/hashicorp/go-plugin"
)

// watchDeath ends the link when the process ends.
func (p *process) watchDeath() {
	select {
	case <-p.life.Done():
		return
	case <-p.run.drained:
	}
	err := &Error{Kind: ErrPluginDied, Plugin: p.cfg.Name, Detail: p.run.exitText(), Stderr: p.logs.last()}
	p.end(err)
	p.cfg.Logger.Warn("the plugin died", "pid", p.run.pid(), "exit", p.run.exitText())
	p.cleanUp()
}

// watchPing kills a process that stopped answering. A plugin without the health
// service answers Unimplemented, which is an answer; one that is being killed or
// has died is watchDeath's.
func (p *process) watchPing(t tempo) {
	tick := time.NewTicker(t.pingEvery)
	defer tick.Stop()
	strikes := 0
	for {
		select {
		case <-p.life.Done():
			return
		case <-tick.C:
		}
		p.logs.flush()
		if p.ping(t.pingPatience) {
			strikes = 0
			continue
		}
		strikes++
		if strikes < pingStrikes || p.life.Err() != nil {
			continue
		}
		p.end(&Error{Kind: ErrPluginHung, Plugin: p.cfg.Name, Detail: "no answer to three pings in a row, killed", Stderr: p.logs.last()})
		p.cfg.Logger.Warn("the plugin does not answer and is killed", "pid", p.run.pid())
		p.run.kill()
		p.cleanUp()
		return
	}
}

// ping reports whether the process answers at all.
func (p *process) ping(patience time.Duration) bool {
	ctx, cancel := context.WithTimeout(p.life, patience)
	defer cancel()
	_, err := grpc_health_v1.NewHealthClient(p.ClientConn).Check(ctx,
		&grpc_health_v1.HealthCheckRequest{Service: plugin.GRPCServiceName})
	switch status.Code(err) {
	case codes.OK, codes.Unimplemented, codes.NotFound:
		return true
	}
	return false
}
