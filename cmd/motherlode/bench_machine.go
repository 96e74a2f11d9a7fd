package main

import (
	"fmt"
	"os"
	"runtime"
	"strings"
)

// benchMachine is where figures were taken.
type benchMachine struct {
	CPU     string `json:"cpu"`
	SHA     bool   `json:"sha_extensions"`
	Cores   int    `json:"cores"`
	Kernel  string `json:"kernel"`
	Go      string `json:"go"`
	Load    string `json:"load_average"`
	Version string `json:"version"`
}

func thisMachine() benchMachine {
	m := benchMachine{Cores: runtime.NumCPU(), Go: runtime.Version(), Version: version(), CPU: runtime.GOARCH}
	if text, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.Lines(string(text)) {
			key, value, _ := strings.Cut(line, ":")
			switch value = strings.TrimSpace(value); strings.TrimSpace(key) {
			case "model name":
				m.CPU = value
			case "flags", "Features":
				m.SHA = strings.Contains(" "+value+" ", " sha_ni ") || strings.Contains(" "+value+" ", " sha2 ")
			}
		}
	}
	if text, err := os.ReadFile("/proc/sys/kernel/osrelease"); err == nil {
		m.Kernel = strings.TrimSpace(string(text))
	}
	if text, err := os.ReadFile("/proc/loadavg"); err == nil {
		m.Load = strings.Join(strings.Fields(string(text))[:3], " ")
	}
	return m
}

func (m benchMachine) String() string {
	sha := "no SHA extensions"
	if m.SHA {
		sha = "SHA extensions"
	}
	return fmt.Sprintf("%s, %d cores, %s, Linux %s, %s, load before %s, motherlode %s", m.CPU, m.Cores, sha, m.Kernel, m.Go, m.Load, m.Version)
}
