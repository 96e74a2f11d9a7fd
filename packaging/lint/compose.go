package main

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/compose-spec/compose-go/v2/loader"
	"github.com/compose-spec/compose-go/v2/types"
)

// literalSecret is a password that stands in a command line or in a URL itself.
var literalSecret = regexp.MustCompile(`(?i)(rpcpassword=|password=|://[^/@\s:]+:[^/@\s]+@)`)

// lintCompose is what is wrong with a compose file, under those laid over it.
// Variables are taken from the environment; one that the file asks for and that
// is not there is a finding. Every profile is looked at.
func lintCompose(ctx context.Context, names []string) []string {
	details := types.ConfigDetails{WorkingDir: filepath.Dir(names[0]), Environment: types.NewMapping(os.Environ())}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			return []string{err.Error()}
		}
		details.ConfigFiles = append(details.ConfigFiles, types.ConfigFile{Filename: name, Content: text})
	}
	project, err := loader.LoadWithContext(ctx, details, func(o *loader.Options) {
		o.SetProjectName("lint", false)
		o.Profiles = []string{"*"}
		o.SkipResolveEnvironment = true
	})
	if err != nil {
		return []string{err.Error()}
	}
	findings := unusedVolumes(project)
	for _, name := range slices.Sorted(maps.Keys(project.Services)) {
		for _, f := range lintService(project.Services[name]) {
			findings = append(findings, "service "+name+": "+f)
		}
	}
	return findings
}

func lintService(s types.ServiceConfig) []string {
	var findings []string
	add := func(format string, args ...any) { findings = append(findings, fmt.Sprintf(format, args...)) }
	if !pinned(s.Image) {
		add("image %q: name a version, else each start may be of something else", s.Image)
	}
	if s.Privileged || s.NetworkMode == "host" || s.Pid == "host" || len(s.CapAdd) > 0 || len(s.Devices) > 0 {
		add("it has more power over the host than a container needs")
	}
	for _, v := range s.Volumes {
		if strings.HasSuffix(v.Source, "docker.sock") {
			add("it is given Docker's socket, which is root on the host")
		}
	}
	for _, word := range slices.Concat(s.Command, s.Entrypoint) {
		if literalSecret.MatchString(word) {
			add("a password is in its command line, where everybody on the host sees it: %s", literalSecret.FindString(word))
		}
	}
	for _, key := range slices.Sorted(maps.Keys(s.Environment)) {
		value := s.Environment[key]
		if secretName.MatchString(key) && !strings.HasSuffix(key, "__FILE") && !strings.HasSuffix(key, "_FILE") && value != nil && *value != "" {
			add("%s is in its environment, where \"docker inspect\" shows it; use secrets", key)
		}
	}
	if s.Restart == "" {
		add("it would stay down after an error or a reboot; expected a restart")
	}
	return findings
}

// unusedVolumes are volumes that no service has, which tells of a wrong name.
func unusedVolumes(p *types.Project) []string {
	used := map[string]bool{}
	for _, s := range p.Services {
		for _, v := range s.Volumes {
			used[v.Source] = true
		}
	}
	var findings []string
	for _, name := range slices.Sorted(maps.Keys(p.Volumes)) {
		if !used[name] {
			findings = append(findings, "volume "+name+" is used by no service")
		}
	}
	return findings
}
