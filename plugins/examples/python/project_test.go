package pythonexample

import (
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/types/descriptorpb"

	pb "github.com/motherlode-pool/motherlode/plugins/proto/coinv1"
)

// TestProjectTestsItself runs the project's own tests on the embedded files: so
// nothing of them is missing.
func TestProjectTestsItself(t *testing.T) {
	dir := mustProject(t)
	mustRun(t, dir, python, "-m", "compileall", "-q", ".")
	out := mustRun(t, dir, python, "-W", "error::SyntaxWarning", "-m", "unittest")
	if !strings.Contains(out, "\nOK\n") {
		t.Errorf("got %s", out)
	}
}

// TestGeneratedCodeIsThatOfTheProtocol compares what the committed Python code
// knows of the messages with what the pool's own does.
func TestGeneratedCodeIsThatOfTheProtocol(t *testing.T) {
	dir := mustProject(t)
	text := mustRun(t, dir, python, "-c", "from motherlode_plugin import coin_pb2; print(coin_pb2.DESCRIPTOR.serialized_pb.hex())")
	raw, err := hex.DecodeString(strings.TrimSpace(text))
	if err != nil {
		t.Fatal(err)
	}
	got := new(descriptorpb.FileDescriptorProto)
	if err := proto.Unmarshal(raw, got); err != nil {
		t.Fatal(err)
	}
	want := protodesc.ToFileDescriptorProto(pb.File_motherlode_coin_v1_coin_proto)
	got.Name, want.Name = nil, nil
	for _, d := range []*descriptorpb.FileDescriptorProto{got, want} { // which generators fill in or not
		for _, m := range d.MessageType {
			for _, f := range m.Field {
				f.JsonName = nil
			}
		}
	}
	if !proto.Equal(got, want) {
		t.Error("coin_pb2.py is not made of this coin.proto: run plugins/examples/python/generate")
	}

	minor := strings.TrimSpace(mustRun(t, dir, python, "-c", "from motherlode_plugin import services; print(services.API_MINOR)"))
	if minor != fmt.Sprint(pb.Minor) {
		t.Errorf("the plugin says minor version %s, the protocol is at %d", minor, pb.Minor)
	}
}

// TestAllFilesAreEmbedded finds a file that a new project would lack.
func TestAllFilesAreEmbedded(t *testing.T) {
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && d.Name() == "__pycache__" {
			return fs.SkipDir
		}
		if d.IsDir() || slices.Contains([]string{".go", ".pyz", ".new"}, filepath.Ext(path)) {
			return nil
		}
		embedded, err := Files.ReadFile(filepath.ToSlash(path))
		if err != nil {
			t.Errorf("%s is not embedded", path)
			return nil
		}
		info, err := os.Stat(path)
		if err != nil {
			return err
		}
		if script := strings.HasPrefix(string(embedded), "#!"); script != (info.Mode()&0o100 != 0) {
			t.Errorf("%s has mode %v, and begins with #!: %v", path, info.Mode(), script)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
