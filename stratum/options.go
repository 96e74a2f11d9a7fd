package stratum

import "strings"

// wrongOptions says what in a password looks like one of our options and is none,
// for its owner; empty when all is well. Whatever else stands there is left
// alone: most passwords mean nothing, and some are meant for other pools.
func wrongOptions(password string) string {
	var wrong []string
	for _, pair := range strings.FieldsFunc(password, func(c rune) bool { return c == ',' || c == ';' }) {
		name, text, named := strings.Cut(strings.TrimSpace(pair), "=")
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "d", "diff", "fd", "sd", "md", "mindiff":
			if _, ok := positive(strings.TrimSpace(text)); named && !ok {
				wrong = append(wrong, strings.ToValidUTF8(pair[:min(len(pair), optionShown)], ""))
			}
		}
	}
	if len(wrong) == 0 {
		return ""
	}
	return "password option ignored, it needs a number above 0, as in d=1024: " + strings.Join(wrong[:min(len(wrong), optionsShown)], ", ")
}

// Bounds of what a miner is told about its own password.
const (
	optionShown  = 32
	optionsShown = 4
)

// tellOptions tells the miner, once, what was wrong with its password; it is let
// in all the same.
func (s *session) tellOptions(user, password string) {
	text := wrongOptions(password)
	if text == "" || s.front.optionsTold {
		return
	}
	s.front.optionsTold = true
	s.srv.log.Debug("miner's "+text, "remote", s.remote, "user", user[:min(len(user), agentLimit)], "agent", s.agent)
	if s.srv.cfg.Dialect != SHA3x {
		s.turn.replies = appendMessage(s.turn.replies, text)
	}
}
