package scaffold

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// maxName is the longest name in bytes: it becomes a file name, a key in
// configurations, and a part of log lines.
const maxName = 32

// symbolSize is the length of the ticker that is made of a name.
const symbolSize = 3

var (
	nameForm = regexp.MustCompile(`^[a-z][a-z0-9-]*$`)

	// pathForm is what the go command takes as a module path, a little narrower.
	pathForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._~-]*(/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*$`)

	// deviceForm are file names that belong to Windows, which the go command
	// refuses in module paths on every system.
	deviceForm = regexp.MustCompile(`^(?i:con|prn|aux|nul|com[0-9]|lpt[0-9])$`)
)

func checkName(name string) error {
	switch {
	case !nameForm.MatchString(name):
		return fmt.Errorf("%w: %q; expected a small letter, and then small letters, digits and hyphens, as in %q", ErrName, name, "my-coin")
	case len(name) > maxName:
		return fmt.Errorf("%w: %q has %d characters; expected at most %d", ErrName, name, len(name), maxName)
	case deviceForm.MatchString(name):
		return fmt.Errorf("%w: %q is the name of a device, which no file can have everywhere; expected another, like %q", ErrName, name, name+"-coin")
	}
	return nil
}

// checkModule refuses what the go command would refuse.
func checkModule(path string) error {
	parts := strings.Split(path, "/")
	switch {
	case !pathForm.MatchString(path):
	case strings.HasPrefix(path, ourModule+"/") || path == ourModule:
		return fmt.Errorf("%w: %q is inside of Motherlode's own module; expected a path of your own", ErrModule, path)
	case !strings.Contains(parts[0], "."):
		return fmt.Errorf("%w: %q; expected one that begins with a domain, as in \"example.org/my-coin\"", ErrModule, path)
	case slices.ContainsFunc(parts, badElement):
	default:
		return nil
	}
	return fmt.Errorf("%w: %q; expected letters, digits and . _ ~ - between slashes, as in \"example.org/my-coin\"", ErrModule, path)
}

func badElement(e string) bool {
	short, _, _ := strings.Cut(e, ".")
	return strings.HasSuffix(e, ".") || deviceForm.MatchString(short)
}

// title is the name for people and types: "my-coin" becomes "MyCoin".
func title(name string) string {
	var b strings.Builder
	for part := range strings.SplitSeq(name, "-") {
		if part != "" {
			b.WriteString(strings.ToUpper(part[:1]) + part[1:])
		}
	}
	return b.String()
}

// symbol is a ticker for the name: its first letters and digits, as capitals.
func symbol(name string) string {
	s := strings.ToUpper(strings.ReplaceAll(name, "-", ""))
	return s[:min(len(s), symbolSize)]
}
