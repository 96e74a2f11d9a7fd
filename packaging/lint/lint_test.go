package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const good = `FROM golang:1.26.8-bookworm AS build
WORKDIR /src
COPY . .
RUN go build -o /out/x .

FROM scratch
COPY --from=build /out/x /x
USER 10001:10001
HEALTHCHECK CMD ["/x", "health"]
ENTRYPOINT ["/x"]
CMD ["run"]
`

func TestDockerfile(t *testing.T) {
	tests := []struct{ name, old, new, want string }{
		{"as it should be", "", "", ""},
		{"no version", ":1.26.8-bookworm", "", "name a version"},
		{"latest", ":1.26.8-bookworm", ":latest", "name a version"},
		{"a port is no version", "golang:1.26.8-bookworm", "registry:5000/golang", "name a version"},
		{"a digest", ":1.26.8-bookworm", "@sha256:" + strings.Repeat("0", 64), ""},
		{"root", "USER 10001:10001\n", "", `runs as ""`},
		{"root by number", "USER 10001:10001", "USER 0", `runs as "0"`},
		{"a name", "USER 10001:10001", "USER pool", `runs as "pool"`},
		{"root after all", `CMD ["run"]`, "CMD [\"run\"]\nUSER 0:0", `runs as "0:0"`},
		{"no health check", "HEALTHCHECK CMD [\"/x\", \"health\"]\n", "", "no HEALTHCHECK"},
		{"health check off", `HEALTHCHECK CMD ["/x", "health"]`, "HEALTHCHECK NONE", "no HEALTHCHECK"},
		{"health check in a shell", `["/x", "health"]`, "/x health", "no HEALTHCHECK"},
		{"entry point in a shell", `ENTRYPOINT ["/x"]`, "ENTRYPOINT /x", "no ENTRYPOINT"},
		{"command in a shell", `CMD ["run"]`, "CMD run", "CMD runs in a shell"},
		{"two commands", `CMD ["run"]`, "CMD [\"run\"]\nCMD [\"check\"]", "second CMD"},
		{"unknown stage", "--from=build", "--from=bild", "no such stage"},
		{"a folder that depends", "WORKDIR /src", "WORKDIR src", "begin it with /"},
		{"ADD", "COPY . .", "ADD . .", "COPY says what is meant"},
		{"a password", "WORKDIR /src", "ARG RPC_PASSWORD", "ARG RPC_PASSWORD"},
		{"a token", "WORKDIR /src", "ENV API_TOKEN=x", "ENV API_TOKEN"},
		{"a second stage of that name", "FROM scratch", "FROM scratch AS build", "two stages"},
		{"unknown instruction", "WORKDIR", "WORKDIRE", "unknown instruction"},
		{"unknown flag", "COPY --from", "COPY --form", "unknown flag"},
		{"BuildKit's own rule", "AS build", "AS Build", "StageNameCasing"},
		{"BuildKit's parser", "RUN go", "RUN true && \\\n\n go", "Empty continuation"},
		{"another of its rules", "bookworm AS", "bookworm as", "FromAsCasing"},
		{"nothing", good, "", "no instructions"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			text := strings.Replace(good, test.old, test.new, 1)
			if test.old != "" && text == good {
				t.Fatalf("%q is not in the file", test.old)
			}
			got := strings.Join(lintDockerfile([]byte(text)), "\n")
			if test.want == "" && got != "" || !strings.Contains(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestCompose(t *testing.T) {
	const good = `services:
  pool:
    image: pool:1.0
    restart: unless-stopped
    environment: {PASSWORD__FILE: /run/secrets/p}
    secrets: [p]
    volumes: ["data:/data"]
  node:
    profiles: [node]
    image: ${NODE_IMAGE:-node:29.0}
    restart: unless-stopped
secrets: {p: {file: ./p}}
volumes: {data: }
`
	tests := []struct{ name, old, new, want string }{
		{"as it should be", "", "", ""},
		{"not YAML", "services:", "services", "yaml"},
		{"an unknown key", "restart:", "restrt:", "restrt"},
		{"a wrong type", "[node]", "5", "profiles"},
		{"no image", "    image: pool:1.0\n", "", "neither an image nor a build"},
		{"no version", "pool:1.0", "pool", "name a version"},
		{"no version in a profile", "node:29.0", "node:latest", `"node:latest"`},
		{"a variable without a value", "${NODE_IMAGE:-node:29.0}", "${NOT_THERE:?say which}", "say which"},
		{"a secret that is not there", "[p]", "[q]", "undefined secret q"},
		{"a volume that is not there", "data:/data", "date:/data", "undefined volume date"},
		{"a volume of nobody", "volumes: {data: }", "volumes: {data: , more: }", "volume more"},
		{"a password in the command", "    profiles: [node]", "    command: [-rpcpassword=x]", "rpcpassword="},
		{"a password in a URL", "    profiles: [node]", "    command: [\"http://u:p@h:1\"]", "://u:p@"},
		{"a password in the environment", "PASSWORD__FILE", "PASSWORD", "PASSWORD is in its environment"},
		{"all power", "    profiles: [node]", "    privileged: true", "more power"},
		{"the host's network", "    profiles: [node]", "    network_mode: host", "more power"},
		{"Docker's socket", "data:/data", "/var/run/docker.sock:/s", "Docker's socket"},
		{"once down, down", "    restart: unless-stopped\n    environment", "    environment", "stay down"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			text := strings.Replace(good, test.old, test.new, 1)
			if test.old != "" && text == good {
				t.Fatalf("%q is not in the file", test.old)
			}
			name := filepath.Join(t.TempDir(), "compose.yml")
			if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			got := strings.Join(lintCompose(t.Context(), []string{name}), "\n")
			if test.want == "" && got != "" || !strings.Contains(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestScripts(t *testing.T) {
	var out bytes.Buffer
	err := shellLines([]byte("FROM x:1\nARG VERSION=1\nRUN echo \"$VERSION\" \\\n && true\nRUN [\"/x\", \"y\"]\n"), &out)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{": \"${VERSION=}\"\n", "(\necho \"$VERSION\"  && true\n)\n"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("got %q, want %q in it", out.String(), want)
		}
	}
	if strings.Contains(out.String(), "/x") {
		t.Errorf("a command without a shell is in the script: %q", out.String())
	}
}

func TestRun(t *testing.T) {
	bad := filepath.Join(t.TempDir(), "Dockerfile")
	if err := os.WriteFile(bad, []byte("FROM x\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name string
		args []string
		want int
	}{
		{"nothing", nil, 2},
		{"an unknown command", []string{"docker", "x"}, 2},
		{"no such file", []string{"dockerfile", bad + "x"}, 1},
		{"no such compose file", []string{"compose", bad + "x"}, 1},
		{"findings", []string{"dockerfile", bad}, 1},
		{"scripts", []string{"scripts", bad}, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			var out, errs bytes.Buffer
			if got := run(test.args, &out, &errs); got != test.want {
				t.Errorf("got %d, want %d: %s", got, test.want, errs.String())
			}
			if test.want != 0 && errs.Len() == 0 {
				t.Error("said nothing")
			}
		})
	}
}
