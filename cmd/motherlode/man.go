package main

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

func newMan() *cobra.Command {
	return &cobra.Command{
		Use:   "man",
		Short: "Print the manual page",
		Long: `Man prints the manual of every command as a page for man, made of the same texts
as --help:

    motherlode man | man -l -
    motherlode man > /usr/local/share/man/man1/motherlode.1`,
		Args: takes(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := cmd.OutOrStdout().Write(manual(cmd.Root()))
			return err
		},
	}
}

// arguments are the words of a command's use line that stand for its arguments, in
// order, also those that may be left out: "FILE", "ADDRESS".
func arguments(cmd *cobra.Command) (words []string) {
	for _, w := range strings.Fields(cmd.Use)[1:] {
		if strings.HasPrefix(w, "-") || strings.HasPrefix(w, "(") {
			break
		}
		words = append(words, strings.Trim(w, "[]"))
	}
	return words
}

// manual is the page of a program, in the man macros.
func manual(root *cobra.Command) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, ".TH %s 1 \"\" \"motherlode\" \"User Commands\"\n", strings.ToUpper(root.Name()))
	fmt.Fprintf(&b, ".SH NAME\n%s \\- %s\n", root.Name(), roff(strings.ToLower(root.Short[:1])+root.Short[1:]))
	fmt.Fprintf(&b, ".SH SYNOPSIS\n.B %s\n.I command\n[\\fIarguments\\fR] [\\fIflags\\fR]\n", root.Name())
	b.WriteString(".SH DESCRIPTION\n")
	paragraphs(&b, root.Long)
	b.WriteString(".SH COMMANDS\n")
	eachCommand(root, func(cmd *cobra.Command) { manualOf(&b, cmd) })
	b.WriteString(`.SH EXIT STATUS
.TP
.B 0
It was done.
.TP
.B 1
It failed; the reason is on standard error.
.TP
.B 2
The command or the configuration is wrong.
.SH SIGNALS
Of
.BR "motherlode run" :
.TP
.BR SIGTERM ", " SIGINT
Tell miners, deliver found blocks, write all files, end.
.TP
.B SIGHUP
Read the configuration again, as
.B motherlode reload \-\-restart
does.
.SH ENVIRONMENT
.TP
.B NO_COLOR
When set to anything, nothing is coloured.
`)
	return b.Bytes()
}

// eachCommand calls do with every command that people use, in the order of help.
func eachCommand(root *cobra.Command, do func(*cobra.Command)) {
	for _, cmd := range root.Commands() {
		if cmd.Hidden || cmd.Name() == "help" || strings.HasPrefix(cmd.Name(), "__") {
			continue
		}
		do(cmd)
		eachCommand(cmd, do)
	}
}

func manualOf(b *bytes.Buffer, cmd *cobra.Command) {
	fmt.Fprintf(b, ".SS %s\n", roff(cmd.CommandPath()+strings.TrimPrefix(cmd.Use, cmd.Name())))
	long := cmd.Long
	if long == "" {
		long = cmd.Short + "."
	} else if !strings.HasPrefix(long, cmd.Short) {
		long = cmd.Short + ".\n\n" + long
	}
	paragraphs(b, long)
	eachFlag(cmd, func(f *pflag.Flag) {
		name, text := pflag.UnquoteUsage(f)
		fmt.Fprintf(b, ".TP\n\\fB\\-\\-%s\\fR", roff(f.Name))
		if name != "" {
			fmt.Fprintf(b, " \\fI%s\\fR", roff(name))
		}
		b.WriteString("\n" + line(text))
		if d := f.DefValue; d != "" && d != "false" && d != "0" && d != "[]" && !strings.Contains(text, "default") {
			fmt.Fprintf(b, " (default %s)", roff(d))
		}
		b.WriteString("\n")
	})
	if cmd.Example != "" {
		fmt.Fprintf(b, ".PP\nFor example:\n")
		verbatim(b, strings.Split(cmd.Example, "\n"))
	}
}

// eachFlag calls do with the flags that a command has of its own.
func eachFlag(cmd *cobra.Command, do func(*pflag.Flag)) {
	cmd.LocalFlags().VisitAll(func(f *pflag.Flag) {
		if !f.Hidden && f.Name != "help" {
			do(f)
		}
	})
}

// paragraphs writes text: an indented block as it is, the rest filled.
func paragraphs(b *bytes.Buffer, text string) {
	for _, part := range strings.Split(strings.TrimSpace(text), "\n\n") {
		lines := strings.Split(part, "\n")
		if strings.HasPrefix(lines[0], "  ") {
			verbatim(b, lines)
			continue
		}
		b.WriteString(".PP\n")
		for _, l := range lines {
			b.WriteString(line(l) + "\n")
		}
	}
}

func verbatim(b *bytes.Buffer, lines []string) {
	b.WriteString(".PP\n.nf\n.RS 4\n")
	for _, l := range lines {
		b.WriteString(line(strings.TrimLeft(l, " ")) + "\n")
	}
	b.WriteString(".RE\n.fi\n")
}

// line is text at the beginning of a line, where a point or a quote would be a
// request.
func line(text string) string {
	text = roff(text)
	if strings.HasPrefix(text, ".") || strings.HasPrefix(text, "'") {
		return `\&` + text
	}
	return text
}

// roff is text as roff takes it: a hyphen that is typed stays one.
func roff(text string) string {
	return strings.NewReplacer(`\`, `\e`, "-", `\-`, "'", `\(aq`, "`", `\(ga`, "^", `\(ha`, "~", `\(ti`).Replace(text)
}
