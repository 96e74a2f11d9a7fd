package main

import (
	"context"
	"fmt"
	"io"
	"os"
)

const usage = "lint: expected \"dockerfile FILE...\", \"compose FILE [OVER-IT...]\" or \"scripts FILE\""

func main() {
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

// run is 0 without findings, 1 with some and 2 where the command is wrong.
func run(args []string, out, errs io.Writer) int {
	if len(args) < 2 {
		fmt.Fprintln(errs, usage)
		return 2
	}
	var findings []string
	switch args[0] {
	case "dockerfile":
		for _, name := range args[1:] {
			text, err := os.ReadFile(name)
			if err != nil {
				findings = append(findings, err.Error())
				continue
			}
			for _, f := range lintDockerfile(text) {
				findings = append(findings, name+": "+f)
			}
		}
	case "compose":
		for _, f := range lintCompose(context.Background(), args[1:]) {
			findings = append(findings, args[1]+": "+f)
		}
	case "scripts":
		text, err := os.ReadFile(args[1])
		if err == nil {
			err = shellLines(text, out)
		}
		if err != nil {
			findings = append(findings, err.Error())
		}
	default:
		fmt.Fprintln(errs, usage)
		return 2
	}
	for _, f := range findings {
		fmt.Fprintln(errs, f)
	}
	if len(findings) > 0 {
		return 1
	}
	return 0
}
