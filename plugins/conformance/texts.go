package conformance

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// maxText bounds what a coin says to people, in bytes.
const maxText = 4 << 10

// badText refuses text that does not fit the wire or a log line.
func badText(what, text string) error {
	switch {
	case !utf8.ValidString(text):
		return fmt.Errorf("%s %q is no valid UTF-8", what, shorten(text))
	case len(text) > maxText:
		return fmt.Errorf("%s has %d bytes, at most %d: %q", what, len(text), maxText, shorten(text))
	}
	return nil
}

// shorten is the beginning of a text, for messages.
func shorten(text string) string {
	const most = 80
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "") + "..."
}
