package coinv1

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
)

func TestVersionConstantsEqualTheProto(t *testing.T) {
	text, err := os.ReadFile("coin.proto")
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`(?m)^// API_MINOR = (\d+)$`).FindSubmatch(text)
	if found == nil {
		t.Fatal("coin.proto states no API_MINOR")
	}
	if got, want := string(found[1]), fmt.Sprint(Minor); got != want {
		t.Errorf("API_MINOR of coin.proto: got %s, want Minor %s", got, want)
	}
	if got, want := string(File_motherlode_coin_v1_coin_proto.Package()), fmt.Sprintf("motherlode.coin.v%d", Major); got != want {
		t.Errorf("proto package: got %s, want %s", got, want)
	}
	if want := fmt.Sprintf("Protocol version %d.%d:", Major, Minor); !strings.Contains(string(text), want) {
		t.Errorf("coin.proto does not say %q", want)
	}
}

// The stock generators of other languages that authors have refuse proto3
// optional fields, and shared messages cannot grow alone.
func TestProtoKeepsItsRules(t *testing.T) {
	file := File_motherlode_coin_v1_coin_proto
	used := map[string]string{}
	for i := range file.Services().Len() {
		methods := file.Services().Get(i).Methods()
		for j := range methods.Len() {
			m := methods.Get(j)
			for _, name := range []string{string(m.Input().FullName()), string(m.Output().FullName())} {
				if other, ok := used[name]; ok {
					t.Errorf("%s is used by %s and by %s", name, other, m.FullName())
				}
				used[name] = string(m.FullName())
			}
		}
	}
	for i := range file.Messages().Len() {
		fields := file.Messages().Get(i).Fields()
		for j := range fields.Len() {
			if f := fields.Get(j); f.HasOptionalKeyword() {
				t.Errorf("%s is optional", f.FullName())
			}
		}
	}
	for i := range file.Enums().Len() {
		zero := file.Enums().Get(i).Values().ByNumber(0)
		if zero == nil || !strings.HasSuffix(string(zero.Name()), "_UNSPECIFIED") {
			t.Errorf("enum %s: value 0 must be _UNSPECIFIED", file.Enums().Get(i).FullName())
		}
	}
}
