package notify

import (
	"bytes"
	"fmt"
	"mime"
	"mime/quotedprintable"
	"strings"
	"time"
)

const mailLines = 50

// compose writes the mail: headers, and the text in quoted-printable. Nothing that
// others have written comes into a header but the title, which is encoded.
func (m *Mail) compose(msg *Message, now time.Time) []byte {
	var b bytes.Buffer
	_, domain, _ := strings.Cut(m.from.Address, "@")
	var to []string
	for _, a := range m.to {
		to = append(to, a.String())
	}
	header := func(key, value string) { fmt.Fprintf(&b, "%s: %s\r\n", key, value) }
	header("From", m.from.String())
	header("To", strings.Join(to, ",\r\n "))
	header("Subject", mime.QEncoding.Encode("utf-8", clean(msg.Title(), maxTitle)))
	header("Date", now.Format(time.RFC1123Z))
	header("Message-ID", "<"+msg.ID+".motherlode@"+domain+">")
	header("Auto-Submitted", "auto-generated")
	if level, _ := msg.level(); level >= urgent {
		header("Importance", "high")
	}
	header("MIME-Version", "1.0")
	header("Content-Type", "text/plain; charset=utf-8")
	header("Content-Transfer-Encoding", "quoted-printable")
	b.WriteString("\r\n")
	text := quotedprintable.NewWriter(&b)
	for i := range msg.Notices {
		if i == mailLines {
			break
		}
		n := &msg.Notices[i]
		fmt.Fprintf(text, "%s\r\n", n.Text)
		if n.Hash != "" {
			fmt.Fprintf(text, "    hash %s\r\n", n.Hash)
		}
		fmt.Fprintf(text, "    %s\r\n\r\n", n.Time.UTC().Format("2006-01-02 15:04:05 UTC"))
	}
	if more := msg.More + max(0, len(msg.Notices)-mailLines); more > 0 {
		fmt.Fprintf(text, "and %d more\r\n", more)
	}
	_ = text.Close() // a buffer takes all
	return b.Bytes()
}
