package main

import (
	"bytes"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/linter"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
)

// secretName is a variable that would stay readable in the image's history.
var secretName = regexp.MustCompile(`(?i)(password|passwd|secret|token|api_?key|credential)`)

// lintDockerfile is what is wrong with the text, each with its line.
func lintDockerfile(text []byte) []string {
	var findings []string
	add := func(where []parser.Range, format string, args ...any) {
		line := 0
		if len(where) > 0 {
			line = where[0].Start.Line
		}
		findings = append(findings, fmt.Sprintf("line %d: ", line)+fmt.Sprintf(format, args...))
	}
	stages, err := parse(text, func(rule, description, _, message string, where []parser.Range) {
		if message == "" {
			message = description
		}
		add(where, "%s (%s)", message, rule)
	})
	if err != nil {
		return append(findings, err.Error())
	}
	known := map[string]bool{}
	for i, stage := range stages {
		lintStage(stage, known, add)
		if stage.Name != "" && known[stage.Name] {
			add(stage.Location, "two stages are called %s", stage.Name)
		}
		known[stage.Name], known[strconv.Itoa(i)] = true, true
	}
	lintImage(stages[len(stages)-1], add)
	return findings
}

// parse is the stages of a Dockerfile as BuildKit sees them; warn is told of its
// own rules.
func parse(text []byte, warn linter.LintWarnFunc) ([]instructions.Stage, error) {
	file, err := parser.Parse(bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	for _, w := range file.Warnings {
		warn("Parser", w.Short, w.URL, "", []parser.Range{*w.Location})
	}
	stages, _, err := instructions.Parse(file.AST, linter.New(&linter.Config{Warn: warn}))
	if err == nil && len(stages) == 0 {
		err = fmt.Errorf("there is no FROM")
	}
	return stages, err
}

type adder func(where []parser.Range, format string, args ...any)

// lintStage is what holds for every stage, also those that are thrown away.
func lintStage(stage instructions.Stage, known map[string]bool, add adder) {
	if base := stage.BaseName; base != "scratch" && !known[base] && !pinned(base) {
		add(stage.Location, "FROM %s: name a version, else each build is of something else", base)
	}
	once := map[string]bool{}
	for _, command := range stage.Commands {
		name := strings.ToUpper(command.Name())
		switch name {
		case "CMD", "ENTRYPOINT", "HEALTHCHECK":
			if once[name] {
				add(command.Location(), "a second %s takes the place of the first", name)
			}
			once[name] = true
		}
		switch c := command.(type) {
		case *instructions.AddCommand:
			add(c.Location(), "ADD unpacks and downloads; COPY says what is meant")
		case *instructions.CopyCommand:
			if c.From != "" && !known[c.From] && !pinned(c.From) {
				add(c.Location(), "COPY --from=%s: there is no such stage before it", c.From)
			}
		case *instructions.WorkdirCommand:
			if !strings.HasPrefix(c.Path, "/") && !strings.HasPrefix(c.Path, "$") {
				add(c.Location(), "WORKDIR %s depends on the image below; begin it with /", c.Path)
			}
		case *instructions.ArgCommand:
			for _, arg := range c.Args {
				if secretName.MatchString(arg.Key) {
					add(c.Location(), "ARG %s would stay in the image's history; use a secret mount", arg.Key)
				}
			}
		case *instructions.EnvCommand:
			for _, env := range c.Env {
				if secretName.MatchString(env.Key) {
					add(c.Location(), "ENV %s would be in every image; give it when the container starts", env.Key)
				}
			}
		}
	}
}

// lintImage is what holds for the stage that becomes the image.
func lintImage(stage instructions.Stage, add adder) {
	var user string
	var health, entry bool
	for _, command := range stage.Commands {
		switch c := command.(type) {
		case *instructions.UserCommand:
			user = c.User
		case *instructions.HealthCheckCommand:
			health = c.Health != nil && len(c.Health.Test) > 0 && c.Health.Test[0] == "CMD"
		case *instructions.EntrypointCommand:
			entry = !c.PrependShell
		case *instructions.CmdCommand:
			if c.PrependShell {
				add(c.Location(), "CMD runs in a shell, which does not pass signals on and is not in this image; write it as [\"...\"]")
			}
		}
	}
	id, _, _ := strings.Cut(user, ":")
	if n, err := strconv.Atoi(id); err != nil || n == 0 {
		add(stage.Location, "the image runs as %q; USER must be a number other than 0, so that an orchestrator can see that it is not root", user)
	}
	if !health {
		add(stage.Location, "the image has no HEALTHCHECK that runs without a shell")
	}
	if !entry {
		add(stage.Location, "the image has no ENTRYPOINT that runs without a shell")
	}
}

// pinned is whether the image has a version, which "latest" is not.
func pinned(image string) bool {
	if strings.Contains(image, "@sha256:") {
		return true
	}
	_, tag, ok := strings.Cut(image[strings.LastIndexByte(image, '/')+1:], ":")
	return ok && tag != "" && tag != "latest"
}

// shellLines writes what RUN gives to the shell as one script. Each command is a
// shell of its own, and so in parentheses.
func shellLines(text []byte, out io.Writer) error {
	stages, err := parse(text, func(string, string, string, string, []parser.Range) {})
	if err != nil {
		return err
	}
	fmt.Fprintln(out, "#!/bin/sh")
	for _, stage := range stages {
		// The variables that BuildKit sets.
		fmt.Fprintln(out, `: "${TARGETOS=}${TARGETARCH=}"`)
		for _, command := range stage.Commands {
			switch c := command.(type) {
			case *instructions.ArgCommand:
				for _, arg := range c.Args {
					fmt.Fprintf(out, ": \"${%s=}\"\n", arg.Key)
				}
			case *instructions.RunCommand:
				if c.PrependShell {
					fmt.Fprintf(out, "(\n%s\n)\n", strings.Join(c.CmdLine, " "))
				}
			}
		}
	}
	return nil
}
