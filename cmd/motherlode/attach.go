package main

import (
	"fmt"
	"os"

	"github.com/motherlode-pool/motherlode/configs"
	"github.com/motherlode-pool/motherlode/plugins/host"
)

// attachments are the coins whose plugins a person runs, under a debugger for
// one. They come from the environment, so that no configuration that is in use
// can hold them.
func attachments() (host.Attachments, error) {
	a, err := host.ParseAttachments(os.Getenv(host.AttachVar))
	if err != nil {
		return nil, &useError{err}
	}
	return a, nil
}

// attachWarnings says which coins are not what the configuration says.
func attachWarnings(cfg *configs.Config, attached host.Attachments) (warnings []string) {
	for _, name := range attached.Names() {
		a := attached[name]
		if _, ok := cfg.Coins[name]; !ok {
			warnings = append(warnings, fmt.Sprintf("%s names the coin %q, which the configuration does not have", host.AttachVar, name))
			continue
		}
		warnings = append(warnings, fmt.Sprintf(
			"DEVELOPMENT ONLY: %s makes coin %s use whatever serves at %s (pid %d when it was printed): its driver is not started, no sha256 is checked, no certificate is asked for; never with money",
			host.AttachVar, name, a.Socket, a.PID))
	}
	return warnings
}
