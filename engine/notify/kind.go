package notify

import "slices"

// Kind is what a notice is about. The names are part of what receivers read and
// never change.
type Kind string

// The kinds. One that ends in back ends the state that the one before it told.
const (
	BlockFound    Kind = "block_found"
	BlockMatured  Kind = "block_matured"
	BlockOrphaned Kind = "block_orphaned"
	BlockBack     Kind = "block_back" // an orphaned one is on the best chain again
	BlockRefused  Kind = "block_refused"
	BlockLost     Kind = "block_lost"

	NodeDown     Kind = "node_down" // one of several
	NodeBack     Kind = "node_back"
	CoinDown     Kind = "coin_down" // every node of a coin
	CoinBack     Kind = "coin_back"
	PluginParked Kind = "plugin_parked"
	PluginBack   Kind = "plugin_back"
	NoWork       Kind = "no_work" // miners of a pool have no fresh work
	WorkBack     Kind = "work_back"
	StorageDown  Kind = "storage_trouble" // share log or ledger cannot be written
	StorageBack  Kind = "storage_back"

	WorkerDown  Kind = "worker_down"
	WorkerBack  Kind = "worker_back"
	BestShare   Kind = "best_share"         // of a pool
	AccountBest Kind = "account_best_share" // of an account

	PaymentSent   Kind = "payment_sent"
	PaymentFailed Kind = "payment_failed"

	Test Kind = "test"
)

// Levels are how much a notice matters: the priorities of ntfy.
const (
	low    = 2
	normal = 3
	high   = 4
	urgent = 5
)

// kindInfo is what the kinds differ in.
type kindInfo struct {
	kind   Kind
	event  Kind // what it is chosen by; a state's end is chosen with its beginning
	usual  bool // chosen where nothing is said
	keep   bool // tried for a day, as money is concerned; others for an hour
	level  int
	emblem string // tag of ntfy, which shows it as a picture
}

// kinds is the one table of them.
var kinds = []kindInfo{
	{BlockFound, BlockFound, true, true, high, "tada"},
	{BlockMatured, BlockMatured, false, true, low, "moneybag"},
	{BlockOrphaned, BlockOrphaned, true, true, high, "broken_heart"},
	{BlockBack, BlockOrphaned, true, true, normal, "tada"},
	{BlockRefused, BlockRefused, true, true, urgent, "no_entry"},
	{BlockLost, BlockLost, true, true, urgent, "no_entry"},
	{NodeDown, NodeDown, true, false, high, "warning"},
	{NodeBack, NodeDown, true, false, normal, "white_check_mark"},
	{CoinDown, CoinDown, true, false, urgent, "rotating_light"},
	{CoinBack, CoinDown, true, false, normal, "white_check_mark"},
	{PluginParked, PluginParked, true, false, urgent, "rotating_light"},
	{PluginBack, PluginParked, true, false, normal, "white_check_mark"},
	{NoWork, NoWork, true, false, urgent, "rotating_light"},
	{WorkBack, NoWork, true, false, normal, "white_check_mark"},
	{StorageDown, StorageDown, true, false, urgent, "rotating_light"},
	{StorageBack, StorageDown, true, false, normal, "white_check_mark"},
	{WorkerDown, WorkerDown, true, false, high, "warning"},
	{WorkerBack, WorkerDown, true, false, normal, "white_check_mark"},
	{BestShare, BestShare, false, false, low, "trophy"},
	{AccountBest, AccountBest, false, false, low, "trophy"},
	{PaymentSent, PaymentSent, true, true, low, "moneybag"},
	{PaymentFailed, PaymentFailed, true, true, high, "no_entry"},
	{Test, Test, true, false, normal, "wave"},
}

func infoOf(k Kind) kindInfo {
	i := slices.IndexFunc(kinds, func(i kindInfo) bool { return i.kind == k })
	if i < 0 {
		return kindInfo{kind: k, event: k, level: normal}
	}
	return kinds[i]
}

// Events are the names that a hook chooses notices by.
func Events() (names []string) {
	for _, k := range kinds {
		if k.kind == k.event && k.kind != Test {
			names = append(names, string(k.kind))
		}
	}
	return names
}

// usualEvents are those of a hook that chooses none.
func usualEvents() (names []string) {
	for _, k := range kinds {
		if k.usual && k.kind == k.event {
			names = append(names, string(k.kind))
		}
	}
	return names
}
