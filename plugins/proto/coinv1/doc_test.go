package coinv1

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// TestDocumentNamesEveryField holds docs/plugin-messages.md against the file.
func TestDocumentNamesEveryField(t *testing.T) {
	text, err := os.ReadFile("../../../docs/plugin-messages.md")
	if err != nil {
		t.Fatal(err)
	}
	described := map[string]bool{}
	message := ""
	row := regexp.MustCompile("^\\| `(\\w+)` \\| [\\w ]+ \\| (.+) \\|$")
	for _, line := range strings.Split(string(text), "\n") {
		if name, ok := strings.CutPrefix(line, "### "); ok {
			message = name
			described[name] = true
		}
		if m := row.FindStringSubmatch(line); m != nil && message != "" {
			described[message+"."+m[1]] = true
		}
	}
	expect := func(name string) {
		if !described[name] {
			t.Errorf("docs/plugin-messages.md does not describe %s", name)
		}
		delete(described, name)
	}
	each(File_motherlode_coin_v1_coin_proto.Messages(), func(m protoreflect.MessageDescriptor) {
		expect(string(m.Name()))
		for i := range m.Fields().Len() {
			expect(string(m.Name()) + "." + string(m.Fields().Get(i).Name()))
		}
	})
	for name := range described {
		t.Errorf("docs/plugin-messages.md describes %s, which is not there", name)
	}
	enums := File_motherlode_coin_v1_coin_proto.Enums()
	for i := range enums.Len() {
		for j := 1; j < enums.Get(i).Values().Len(); j++ { // 0 is unset
			if name := string(enums.Get(i).Values().Get(j).Name()); !strings.Contains(string(text), "`"+name+"`") {
				t.Errorf("docs/plugin-messages.md does not name %s", name)
			}
		}
	}
}

func each(list protoreflect.MessageDescriptors, f func(protoreflect.MessageDescriptor)) {
	for i := range list.Len() {
		f(list.Get(i))
	}
}
