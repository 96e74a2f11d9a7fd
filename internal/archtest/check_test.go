package archtest

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// pkg is what a package's files say.
type pkg struct {
	path      string              // within the module, "." for its root
	files     int                 // Go files without tests
	imports   map[string][]string // import path -> files
	tests     map[string][]string // the same of its own test files, without x_test
	hasDoc    bool                // doc.go with a package comment
	generated bool                // every file is generated
}

// check holds the packages against the table and returns what is wrong, each
// with the way out.
func check(rules []rule, pkgs []pkg) []string {
	var wrong []string
	known := make(map[string]pkg)
	for _, p := range pkgs {
		known[p.path] = p
	}
	for _, p := range pkgs {
		if p.files == 0 {
			continue
		}
		r, ok := ruleFor(rules, p.path)
		if !ok {
			wrong = append(wrong, fmt.Sprintf("%s: not in the table: add a line to internal/archtest/rules_test.go "+
				"that says what it may import, or move it into a package that has one", p.path))
			continue
		}
		if !p.hasDoc && !p.generated {
			wrong = append(wrong, fmt.Sprintf("%s: no doc.go with a package comment: say what the package is for, "+
				"what it is not, and its caveats", p.path))
		}
		wrong = append(wrong, checkImports(r, p.path, p.imports)...)
		if r.testsToo {
			wrong = append(wrong, checkImports(r, p.path+" (tests)", p.tests)...)
		}
		for _, never := range r.neverReaches {
			if way := reach(known, p.path, never); way != nil {
				wrong = append(wrong, fmt.Sprintf("%s: must not depend on %s, not even through others: %s",
					p.path, never, strings.Join(way, " -> ")))
			}
		}
	}
	return wrong
}

// checkImports holds one package's imports against its line.
func checkImports(r rule, path string, imports map[string][]string) []string {
	var wrong []string
	for _, imp := range slices.Sorted(maps.Keys(imports)) {
		own, isOwn := strings.CutPrefix(imp, module+"/")
		switch {
		case isOwn && !fits(r.may, own):
			wrong = append(wrong, fmt.Sprintf("%s: may not import %s (in %s): its line allows %s",
				path, own, strings.Join(imports[imp], ", "), list(r.may)))
		case !isOwn && !standard(imp) && !fits(r.external, imp):
			wrong = append(wrong, fmt.Sprintf("%s: may not import %s (in %s): of other modules its line allows %s",
				path, imp, strings.Join(imports[imp], ", "), list(r.external)))
		}
	}
	return wrong
}

// reach is a way of imports from a package to one that fits pattern, nil if
// there is none.
func reach(known map[string]pkg, from, pattern string) []string {
	seen := map[string]bool{from: true}
	ways := [][]string{{from}}
	for len(ways) > 0 {
		way := ways[0]
		ways = ways[1:]
		for _, imp := range slices.Sorted(maps.Keys(known[way[len(way)-1]].imports)) {
			own, isOwn := strings.CutPrefix(imp, module+"/")
			if !isOwn || seen[own] {
				continue
			}
			seen[own] = true
			next := append(slices.Clone(way), own)
			if fits([]string{pattern}, own) {
				return next
			}
			ways = append(ways, next)
		}
	}
	return nil
}

func ruleFor(rules []rule, path string) (rule, bool) {
	for _, r := range rules {
		if fits([]string{r.pkg}, path) {
			return r, true
		}
	}
	return rule{}, false
}

// fits reports whether path is one of the patterns.
func fits(patterns []string, path string) bool {
	for _, p := range patterns {
		base, below := strings.CutSuffix(p, "/...")
		if p == "..." || path == base || below && strings.HasPrefix(path, base+"/") {
			return true
		}
	}
	return false
}

// standard reports whether an import path is of the standard library: its first
// element has no dot.
func standard(imp string) bool {
	first, _, _ := strings.Cut(imp, "/")
	return !strings.Contains(first, ".")
}

func list(patterns []string) string {
	if len(patterns) == 0 {
		return "none"
	}
	return strings.Join(patterns, ", ")
}
