package configs

import (
	"errors"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
)

// Load reads the file at path and checks it. What is wrong comes as an error
// that holds a Problems value (errors.As) with everything that was found; the
// configuration is returned beside it as far as it could be understood, so that
// more can be said about it. It is nil when the file cannot be read or is no
// TOML at all.
//
// Paths in the file that are relative are so to its folder, and come resolved.
func Load(path string) (*Config, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read configuration: %w", err)
	}
	c, err := parse(path, data, (*Config).resolve)
	if c != nil {
		c.mode = modeOf(path)
	}
	return c, err
}

// Parse is Load for a text that is at hand; name stands for the file in messages.
// Relative paths stay as they are.
func Parse(name string, data []byte) (*Config, error) { return parse(name, data, nil) }

func parse(name string, data []byte, resolve func(*Config, string) Problems) (*Config, error) {
	if len(data) > maxSize {
		return nil, Problems{{File: name, Message: fmt.Sprintf(
			"has %d bytes; expected at most %d", len(data), maxSize)}}
	}
	lines, beyond := scanKeys(string(data))
	if beyond > 0 {
		return nil, Problems{{File: name, Line: beyond, Message: fmt.Sprintf(
			"nests deeper than %d, or has a key longer than %d bytes", maxDepth, maxKey)}}
	}
	var tree map[string]any
	if _, err := toml.Decode(string(data), &tree); err != nil {
		return nil, Problems{syntaxProblem(name, string(data), err)}
	}

	c := Default()
	c.file = name
	c.lines = lines
	var problems Problems
	d := decoder{problem: func(key, format string, args ...any) {
		problems = append(problems, c.ProblemAt(key, format, args...))
	}}
	d.table("", tree, reflect.ValueOf(&c).Elem())
	if resolve != nil {
		problems = append(problems, resolve(&c, name)...)
	}

	// A value of the wrong type still holds its default: nothing more is to be
	// said about that key or what is in it.
	all := slices.Clone(problems)
	var more Problems
	if errors.As(c.Validate(), &more) {
		for _, p := range more {
			if !problems.cover(p.Key) {
				all = append(all, p)
			}
		}
	}
	return &c, all.Err()
}

func syntaxProblem(name, text string, err error) Problem {
	var syntax toml.ParseError
	if !errors.As(err, &syntax) {
		return Problem{File: name, Message: "no valid TOML: " + err.Error()}
	}
	// Where a line ends too early the parser counts the line after it.
	line := syntax.Position.Line
	if at := syntax.Position.Start; at >= 0 && at <= len(text) {
		line = min(line, 1+strings.Count(text[:at], "\n"))
	}
	return Problem{
		File:    name,
		Line:    max(line, 1),
		Key:     syntax.LastKey,
		Message: "no valid TOML: " + syntax.Message,
	}
}

// Line is where a key stands, such as "coins.bitcoin.settings.nodes[0].url". A
// key that is not in the file has the line of the nearest table that would hold
// it. The line is 0 when nothing of it is there, or when there is no file.
func (c *Config) Line(key string) (file string, line int) {
	for ; key != ""; key = parent(key) {
		if n, ok := c.lines[key]; ok {
			return c.file, n
		}
	}
	return c.file, 0
}

// File is where the configuration was read from, empty where it was not.
func (c *Config) File() string { return c.file }

// ProblemAt is a Problem with the file and line of key.
func (c *Config) ProblemAt(key, format string, args ...any) Problem {
	file, line := c.Line(key)
	return Problem{File: file, Line: line, Key: key, Message: fmt.Sprintf(format, args...)}
}
