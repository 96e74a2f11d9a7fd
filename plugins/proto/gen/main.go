// Command gen compiles .proto files to Go without protoc: protocompile reads
// them, and the stock protoc-gen-go and protoc-gen-go-grpc, both pinned in this
// folder's go.mod, write the code. It is a module of its own so that the pool's
// module does not need a compiler.
//
// Usage: gen -out DIR -as PATH FILE.proto...
//
// PATH is the folder under which the files are registered in a program: the
// registry is one per program, and a bare coin.proto could meet another.
package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"

	"github.com/bufbuild/protocompile"
	"github.com/bufbuild/protocompile/protoutil"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/pluginpb"
)

// generators are the commands that write the code, run through this module so
// that its go.mod pins them.
var generators = []string{
	"google.golang.org/protobuf/cmd/protoc-gen-go",
	"google.golang.org/grpc/cmd/protoc-gen-go-grpc",
}

func main() {
	out := flag.String("out", "", "folder that the code is written to")
	as := flag.String("as", "", "folder that the files are registered under")
	flag.Parse()
	if err := run(context.Background(), *out, *as, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, out, as string, files []string) error {
	if out == "" || len(files) == 0 {
		return errors.New("usage: gen -out DIR -as PATH FILE.proto [FILE.proto ...]")
	}
	for _, file := range files {
		request, err := compile(ctx, file, path.Join(as, filepath.Base(file)))
		if err != nil {
			return err
		}
		for _, generator := range generators {
			if err := generate(ctx, generator, request, out); err != nil {
				return fmt.Errorf("%s: %w", generator, err)
			}
		}
	}
	return nil
}

// compile reads one file under the given name, so that the generated code does
// not depend on where it was generated.
func compile(ctx context.Context, file, name string) (*pluginpb.CodeGeneratorRequest, error) {
	c := protocompile.Compiler{
		Resolver: &protocompile.SourceResolver{Accessor: func(asked string) (io.ReadCloser, error) {
			if asked != name {
				return nil, os.ErrNotExist
			}
			return os.Open(file)
		}},
		SourceInfoMode: protocompile.SourceInfoStandard,
	}
	compiled, err := c.Compile(ctx, name)
	if err != nil {
		return nil, err
	}
	return &pluginpb.CodeGeneratorRequest{
		FileToGenerate: []string{name},
		Parameter:      proto.String("paths=source_relative"),
		ProtoFile:      []*descriptorpb.FileDescriptorProto{protoutil.ProtoFromFileDescriptor(compiled[0])},
	}, nil
}

// generate runs one generator and writes what it answers.
func generate(ctx context.Context, generator string, request *pluginpb.CodeGeneratorRequest, out string) error {
	in, err := proto.Marshal(request)
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, "go", "run", generator)
	cmd.Stdin, cmd.Stderr = bytes.NewReader(in), os.Stderr
	answer, err := cmd.Output()
	if err != nil {
		return err
	}
	var response pluginpb.CodeGeneratorResponse
	if err := proto.Unmarshal(answer, &response); err != nil {
		return err
	}
	if response.Error != nil {
		return errors.New(response.GetError())
	}
	for _, f := range response.File {
		if err := os.WriteFile(filepath.Join(out, path.Base(f.GetName())), []byte(f.GetContent()), 0o644); err != nil {
			return err
		}
	}
	return nil
}
