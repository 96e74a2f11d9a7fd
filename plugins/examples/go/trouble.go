package main

import (
	"fmt"
	"os"
	"strings"
	"time"
)

// The true outputs of the process: once it serves, os.Stdout and os.Stderr are
// streams to the pool.
var trueStdout, trueStderr = os.Stdout, os.Stderr

// garbage is what no reader of logs likes to see.
var garbage = []string{
	`{"@message": 5}`,
	`{"@message": null, "@level": [], "@timestamp": {}}`,
	`{"msg": {"msg": {}}, "level": -1}`,
	`{"msg":"forged","coin":"somebody else","time":"never","level":"ERROR"}`,
	`{`,
	`[[[[[[[[`,
	"\x00\xff\xfe\x1b[31mred\x1b[2J\x07",
	"carriage\rreturn",
	"panic: not really",
	"1|1|unix|/nowhere|grpc|",
}

// writeGarbage writes hostile output on every way out of the process until
// closed is.
func writeGarbage(closed <-chan struct{}) {
	long := strings.Repeat("x", 1<<20)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for n := 0; ; n++ {
		for _, line := range garbage {
			fmt.Fprintln(trueStderr, line)
			fmt.Fprintln(trueStdout, line)
			fmt.Fprintln(os.Stderr, line)
			fmt.Println(line)
		}
		if n%25 == 0 {
			fmt.Fprintln(trueStderr, long)
			fmt.Fprintln(trueStderr, `{"msg":"`+long+`"}`)
			fmt.Println(long)
		}
		select {
		case <-closed:
			return
		case <-tick.C:
		}
	}
}

// crash counts an accepted block, and ends the process with a panic when there
// are as many as crash_after says.
func (c *coin) crash() {
	if c.crashAfter > 0 && c.accepted.Add(1) == c.crashAfter {
		go panic("crash_after: as told")
	}
}
