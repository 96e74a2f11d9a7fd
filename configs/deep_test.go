package configs

import (
	"strings"
	"testing"
)

// Text that nests as deep as the size limit allows is refused at once; the TOML
// parser would recurse as deep.
func TestDeepNesting(t *testing.T) {
	for name, text := range map[string]string{
		"arrays":       "a = " + strings.Repeat("[", maxSize-4),
		"closed":       "a = " + strings.Repeat("[", maxSize/2-2) + strings.Repeat("]", maxSize/2-2),
		"tables":       "a = " + strings.Repeat("{a=", maxSize/3-2),
		"dotted":       "[" + strings.Repeat("a.", maxSize/2-2) + "a]",
		"long key":     strings.Repeat("a", maxKey+1) + " = 1",
		"in settings":  "[coins.a.settings]\nx = " + strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000),
		"above limits": strings.Repeat("#", maxSize+1),
	} {
		t.Run(name, func(t *testing.T) {
			c, err := Parse("deep.toml", []byte(text))
			if c != nil || err == nil {
				t.Errorf("got %v, %v; want no configuration and an error", c, err)
			}
		})
	}
}
