package direct

import "strings"

// Limits bound a coinbase by what the firmware of a class of miners can hash.
type Limits struct {
	Outputs int // of accounts and operator together; not those that the chain wants
	Bytes   int // of the whole coinbase, without its witness
}

// MaxOutputs is the bound on outputs where only bytes say more: what is kept of a
// plan is not larger.
const MaxOutputs = 500

// The sizes of coinbases that firmware is known to take, whole and without witness.
const (
	tinyBytes  = 500  // NiceHash: what its buyers' hardware of all kinds is sent
	stockBytes = 750  // stock Antminer S9 to S19; microcontrollers read a line of 4 kB
	openBytes  = 2250 // Braiins OS
	smallBoard = 4000 // Bitaxe and kin hash it on the 8 kB stack of a task
	largeBytes = 6500 // Whatsminer
)

// Profile is the class of miners of a listener's profile that do not say what they
// are. A stock Antminer may be behind "normal", a rented machine of any kind behind
// "rental".
func Profile(name string) Limits {
	if name == "rental" {
		return Limits{MaxOutputs, tinyBytes}
	}
	return Limits{MaxOutputs, stockBytes}
}

// agents are parts of user agents, in lower case, and what such miners take. The
// first that fits counts.
var agents = []struct {
	part  string
	bytes int
}{
	{"nicehash", tinyBytes},
	{"miningrigrentals", tinyBytes},
	{"nerdminer", stockBytes},
	{"nmminer", stockBytes},
	{"esp32", stockBytes},
	{"nerdqaxe", smallBoard},
	{"nerdaxe", smallBoard},
	{"nerdoctaxe", smallBoard},
	{"bitaxe", smallBoard},
	{"bosminer", openBytes},
	{"braiins", openBytes},
	{"whatsminer", largeBytes},
	{"btminer", largeBytes},
	{"powerplay", largeBytes}, // ePIC, which takes 16 kB
	{"cpuminer", largeBytes},  // keeps it on its heap
	{"cgminer", stockBytes},   // stock Antminers say so too
	{"bmminer", stockBytes},
	{"antminer", stockBytes},
}

// Agent is the class of the miners whose user agent is known, whatever listener
// they came to.
func Agent(agent string) (l Limits, known bool) {
	agent = strings.ToLower(agent)
	for _, a := range agents {
		if strings.Contains(agent, a.part) {
			return Limits{MaxOutputs, a.bytes}, true
		}
	}
	return Limits{}, false
}

// ClassOf is the class of a miner by its user agent and by its listener: the profile,
// and what the operator has set for it, where that is not zero. A known agent takes
// no more than it can, an unknown one what the operator says.
func ClassOf(profile, agent string, operator Limits) Limits {
	l, known := Agent(agent)
	switch {
	case !known && operator.Bytes > 0:
		l = Limits{MaxOutputs, operator.Bytes}
	case !known:
		l = Profile(profile)
	case operator.Bytes > 0:
		l.Bytes = min(l.Bytes, operator.Bytes)
	}
	if operator.Outputs > 0 {
		l.Outputs = min(l.Outputs, operator.Outputs)
	}
	return l
}
