package guidetest

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

var (
	link    = regexp.MustCompile(`\]\(([^()\s]+)\)`)
	heading = regexp.MustCompile(`(?m)^#{1,6} (.+)$`)
	dropped = regexp.MustCompile(`[^\p{L}\p{N} _-]`)
)

// CheckLinks looks after every link of a Markdown file to other files, and to
// headings of these or of itself. Addresses on the web are not asked.
func CheckLinks(path string) (faults []error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return []error{err}
	}
	for _, line := range outside(string(text)) {
		for _, m := range link.FindAllStringSubmatch(inline.ReplaceAllString(line, ""), -1) {
			if strings.Contains(m[1], "://") {
				continue
			}
			if err := follow(path, m[1]); err != nil {
				faults = append(faults, fmt.Errorf("link to %s: %w", m[1], err))
			}
		}
	}
	return faults
}

func follow(from, to string) error {
	file, part, _ := strings.Cut(to, "#")
	path := from
	if file != "" {
		path = filepath.Join(filepath.Dir(from), filepath.FromSlash(file))
	}
	if part == "" {
		_, err := os.Stat(path)
		return err
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	for _, line := range outside(string(text)) {
		if m := heading.FindStringSubmatch(strings.TrimRight(line, "\n")); m != nil && anchor(m[1]) == part {
			return nil
		}
	}
	return fmt.Errorf("%s has no heading for #%s", file, part)
}

// anchor is the name that the forge gives to a heading.
func anchor(heading string) string {
	return strings.ReplaceAll(dropped.ReplaceAllString(strings.ToLower(heading), ""), " ", "-")
}
