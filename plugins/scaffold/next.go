package scaffold

import (
	"regexp"
	"strings"
)

// Step is a command that follows the writing of a project, and what it is for.
type Step struct{ Command, Why string }

// Next are the commands from the new project in the folder dir to a pool that
// mines its coin. The one in Go needs the folder of this module's source, which
// stands in them as $REPO.
func Next(cfg Config, dir string) []Step {
	steps := []Step{{"cd " + quoted(dir), ""}}
	plugin := cfg.Name
	switch cfg.Lang {
	case "go":
		steps = append(steps,
			Step{"go mod edit -replace " + ourModule + "=$REPO", "the folder of Motherlode's source"},
			Step{"go build -o " + plugin + " .", ""})
	case "python":
		plugin += ".pyz"
		steps = append(steps, Step{"./pack " + plugin, "one file, which one checksum covers"})
	}
	return append(steps,
		Step{"motherlode plugin check ./" + plugin, "every rule that the pool relies on"},
		Step{"motherlode run pool.toml", "a pool that mines the coin"},
		Step{"motherlode miner stratum+tcp://127.0.0.1:3333 --user me", "in another terminal"})
}

// plain is what a shell takes as it is.
var plain = regexp.MustCompile(`^[A-Za-z0-9_./+:@%=-]+$`)

// quoted is a word for a shell.
func quoted(word string) string {
	if plain.MatchString(word) {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
