package tari

// network is one of Tari's networks.
type network struct {
	name     string
	id       byte   // in addresses and in the label of header hashes
	port     string // of the base node's gRPC, by default
	solitary bool   // a node without peers is fine
}

// networks are those that Open knows, the main network first.
// Source: tari, common/src/configuration/network.rs.
var networks = []network{
	{name: "main", id: 0, port: "18102"},
	{name: "stagenet", id: 1, port: "18172"},
	{name: "nextnet", id: 2, port: "18182"},
	{name: "esmeralda", id: 38, port: "18142"},
	{name: "igor", id: 36, port: "18152"},
	{name: "localnet", id: 16, port: "18162", solitary: true},
}

// networkByName finds a network; the empty name is the main network.
func networkByName(name string) (network, bool) {
	for _, n := range networks {
		if n.name == name || name == "" {
			return n, true
		}
	}
	return networks[0], false
}

// networkByID finds a network by its byte.
func networkByID(id byte) (network, bool) {
	for _, n := range networks {
		if n.id == id {
			return n, true
		}
	}
	return network{}, false
}
