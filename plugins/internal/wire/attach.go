package wire

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
)

// The variables by which a pool is attached to a plugin that a person runs, as a
// debugger's child for one. For development only.
const (
	// DebugVar makes a plugin serve without a pool. Its value is the coin's name
	// in the pool's configuration.
	DebugVar = "MOTHERLODE_DEBUG"

	// AttachVar tells a pool which running plugins to use, as Attachments write it.
	AttachVar = "MOTHERLODE_ATTACH"
)

// Attachment is where a running plugin is found.
type Attachment struct {
	Socket string `json:"socket"`        // path of its unix socket
	PID    int    `json:"pid,omitempty"` // for people; it may meanwhile be another's
}

// Attachments are attachments by the name of the coin.
type Attachments map[string]Attachment

// String is the value of AttachVar.
func (a Attachments) String() string {
	text, err := json.Marshal(map[string]Attachment(a))
	if err != nil {
		return "{}" // a map of strings and numbers cannot fail
	}
	return string(text)
}

// Names are the coins, sorted.
func (a Attachments) Names() []string {
	names := make([]string, 0, len(a))
	for name := range a {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// ParseAttachments reads the value of AttachVar. The empty text is none.
func ParseAttachments(text string) (Attachments, error) {
	if strings.TrimSpace(text) == "" {
		return nil, nil
	}
	wrong := func(format string, args ...any) error {
		return fmt.Errorf(`%s: %s; expected what the plugin printed, like {"NAME":{"socket":"/path","pid":1}}`, AttachVar, fmt.Sprintf(format, args...))
	}
	d := json.NewDecoder(strings.NewReader(text))
	d.DisallowUnknownFields()
	var a Attachments
	if err := d.Decode(&a); err != nil {
		return nil, wrong("%v", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, wrong("there is more than one value")
	}
	for _, name := range a.Names() {
		if name == "" {
			return nil, wrong("a coin without a name")
		}
		if !filepath.IsAbs(a[name].Socket) {
			return nil, wrong("the socket of %s is no absolute path", name)
		}
	}
	return a, nil
}
