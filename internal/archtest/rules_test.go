package archtest

const module = "github.com/motherlode-pool/motherlode"

// rule is one line of the table: a package, or with "/..." a folder of them, the
// module's packages that it may import, and the other modules' packages, both
// with "/..." for what lies below too. The standard library is open to all.
type rule struct {
	pkg      string
	may      []string
	external []string

	// neverReaches are packages that it may not even reach through others.
	neverReaches []string

	// testsToo applies may to the package's own test files as well.
	testsToo bool
}

// Small shared pieces of L0, which a line grants by name.
const backoffPkg = "internal/backoff"

// histogramPkg counts how long things took, where miners wait.
const histogramPkg = "internal/histogram"

// blocknotifyPkg carries the news of a node's command to a coin.
const blocknotifyPkg = "internal/blocknotify"

// txlistPkg reads the transactions of a template.
const txlistPkg = "internal/txlist"

// freeportPkg finds ports for what is told them before it listens.
const freeportPkg = "internal/freeport"

// repeatsPkg keeps logs from saying the same every few seconds.
const repeatsPkg = "internal/repeats"

// The libraries that more than one line grants.
const (
	btcd     = "github.com/btcsuite/btcd/..."
	goplugin = "github.com/hashicorp/go-plugin/..."
	pgx      = "github.com/jackc/pgx/v5/..."
	grpc     = "google.golang.org/grpc/..."
	protobuf = "google.golang.org/protobuf/..."
	xcrypto  = "golang.org/x/crypto/..."
	xsync    = "golang.org/x/sync/..."
	xsys     = "golang.org/x/sys/..."
)

// rules is the house, top down. The first line that fits a package counts. A
// new package needs a line here, and a reason to be in that layer.
var rules = []rule{
	// L5: the one binary wires everything.
	{pkg: "cmd/motherlode/...", may: []string{"..."}, external: []string{"..."}},

	// L4: pools. Coins come as coins.Driver values: never plugins/*, never a coin.
	{pkg: "engine", may: []string{
		"engine/...", "stratum/...", "coins", "configs", "algos", "auxpow", backoffPkg, histogramPkg, "web/api",
	}, external: []string{xsync}, neverReaches: []string{"plugins/..."}},

	// L3: the parts of a pool.
	{pkg: "engine/chain", may: []string{"coins", backoffPkg, txlistPkg, repeatsPkg}},
	{pkg: "engine/batch", may: []string{"coins"}},
	{pkg: "engine/hashpool", may: []string{"algos"}},
	{pkg: "engine/job", may: []string{"coins", "auxpow", "algos"}},
	{pkg: "engine/share", may: []string{"engine/job", "algos"}},
	{pkg: "engine/submit", may: []string{"coins", "engine/job", backoffPkg, histogramPkg}},
	{pkg: "engine/sharelog", may: []string{histogramPkg}},
	{pkg: "engine/work"},
	{pkg: "engine/reward", may: []string{"engine/work"}},
	{pkg: "engine/stats", may: []string{"engine/work"}},
	{pkg: "engine/ledger", may: []string{"engine/sharelog", "engine/work", "engine/reward", "engine/stats", "engine/store/...", "coins"}},
	{pkg: "engine/store/boltdb", may: []string{"engine/store"}, external: []string{"go.etcd.io/bbolt/..."}},
	{pkg: "engine/store/postgres", may: []string{"engine/store"}, external: []string{pgx}},
	{pkg: "engine/store/...", may: []string{"engine/store"}},
	{pkg: "engine/payout", may: []string{"coins", "engine/binding", "engine/ledger", "engine/sharelog"}},
	{pkg: "engine/direct", may: []string{"coins"}},
	{pkg: "engine/control", may: []string{"engine/status", "stratum", "stratum/admission"}},
	{pkg: "engine/audit", may: []string{"engine/sharelog", "engine/reward", "engine/work"}},
	{pkg: "engine/binding"},
	{pkg: "engine/settings", may: []string{"coins", "engine/binding", "engine/ledger", "engine/payout", "engine/sharelog"}},
	{pkg: "engine/sharedays", may: []string{"engine/sharelog"}},
	{pkg: "engine/notify", may: []string{"engine/status", backoffPkg}},
	{pkg: "engine/vardiff"},
	{pkg: "engine/ckpoolfiles"},
	{pkg: "engine/status", external: []string{"github.com/prometheus/client_golang/..."}},
	{pkg: "stratum/...", may: []string{backoffPkg, histogramPkg, "stratum/..."}, neverReaches: []string{"coins/...", "engine/..."}},
	{pkg: "plugins/host", may: []string{"coins", "plugins/internal/...", "plugins/proto/...", backoffPkg},
		external: []string{goplugin, "github.com/hashicorp/go-hclog/...", grpc, protobuf, xsys}},
	{pkg: "plugins/conformance/...", may: []string{
		"coins", "plugins/host", "plugins/internal/...", "plugins/proto/...", "engine/chain", "engine/job", "algos", "auxpow", txlistPkg,
	}, external: []string{grpc, protobuf}},
	{pkg: "web/apitest", may: []string{"web", "web/..."}, external: []string{"github.com/santhosh-tekuri/jsonschema/..."}}, // tests alone
	{pkg: "web/...", may: []string{"web", "web/..."}},

	// L2: coins, and what serves them as plugins.
	{pkg: "coins/builtin", may: []string{"coins/..."}},
	{pkg: "coins/internal/...", may: []string{"coins", "coins/internal/...", "algos", "auxpow", backoffPkg, blocknotifyPkg},
		external: []string{btcd, "github.com/coder/websocket/...", xcrypto, xsync}},
	{pkg: "plugins/sdk", may: []string{"coins", "plugins/proto/...", "plugins/internal/..."},
		external: []string{goplugin, "github.com/hashicorp/go-hclog/...", grpc, protobuf, xsys}},
	{pkg: "plugins/internal/schema", may: []string{"coins"}, external: []string{"github.com/santhosh-tekuri/jsonschema/..."}},
	// New projects: what they may import is what a third party may.
	{pkg: "plugins/scaffold/toychain", may: []string{"coins", "algos", "plugins/sdk", "plugins/conformance"}, testsToo: true},
	{pkg: "plugins/scaffold", may: []string{"plugins/examples/python"}},
	{pkg: "plugins/internal/...", may: []string{"coins", "plugins/proto/...", "plugins/internal/..."},
		external: []string{goplugin, "github.com/hashicorp/go-hclog/...", grpc, protobuf, xsys}},
	{pkg: "plugins/examples/python"}, // files of a project, and the tests that run it

	// L1: plain types.
	{pkg: "coins"},
	{pkg: "coins/tari/tarirpc", external: []string{grpc, protobuf}},
	{pkg: "coins/tari", may: []string{"coins", "coins/internal/...", "coins/tari/tarirpc", "algos"},
		external: []string{grpc, protobuf, xcrypto}}, // L2: its node speaks gRPC
	{pkg: "coins/rsk", may: []string{"coins", "coins/internal/...", "algos"}, external: []string{xcrypto, "golang.org/x/time/..."}},
	{pkg: "coins/...", may: []string{"coins", "coins/internal/...", "algos", "auxpow", backoffPkg},
		external: []string{btcd, "github.com/coder/websocket/...", xcrypto, xsync}}, // L2: one coin family each
	{pkg: "configs/...", external: []string{"github.com/BurntSushi/toml/..."}},
	{pkg: "plugins/proto/...", may: []string{"plugins/proto/..."},
		external: []string{grpc, protobuf, "github.com/bufbuild/protocompile/..."}},

	// L0: pure.
	{pkg: "algos", external: []string{xcrypto, xsys}},
	{pkg: "auxpow"},
	{pkg: "internal/backoff"},
	{pkg: "internal/freeport"},
	{pkg: "internal/repeats"},
	{pkg: histogramPkg},
	{pkg: "internal/systemd"},
	{pkg: blocknotifyPkg},
	{pkg: txlistPkg},
	{pkg: "internal/archtest"},

	// Helpers of tests and of the demo. The simulated chain is written apart from
	// auxpow, so that one mistake cannot pass on both sides.
	{pkg: "internal/simchain/...", may: []string{"internal/simchain/...", freeportPkg}, external: []string{xcrypto},
		neverReaches: []string{"auxpow", "algos", "coins/...", "engine/..."}, testsToo: true},
	{pkg: "internal/simtari", may: []string{"coins/tari/tarirpc", freeportPkg}, external: []string{grpc, protobuf, xcrypto},
		neverReaches: []string{"auxpow", "algos", "coins/internal/...", "engine/..."}, testsToo: true},
	{pkg: "internal/simrsk", neverReaches: []string{"auxpow", "algos", "coins/...", "engine/..."}, testsToo: true},
	{pkg: "internal/testpostgres", external: []string{pgx}, neverReaches: []string{"engine/...", "stratum/..."}},
	{pkg: "internal/testnode/...", may: []string{"internal/testnode/...", "coins", backoffPkg, freeportPkg}, external: []string{btcd, xsys}},
	{pkg: "internal/testminer/...", may: []string{"internal/testminer/...", "internal/cpuminer/...", "algos", backoffPkg},
		external: []string{xcrypto}, neverReaches: []string{"engine/...", "stratum/..."}},
	{pkg: "internal/loadgen/...", external: []string{xsys}, neverReaches: []string{"engine/...", "stratum/..."}},
	{pkg: "internal/personality", external: []string{xcrypto}, neverReaches: []string{"algos", "auxpow", "coins/...", "engine/...", "stratum/..."}, testsToo: true},
	{pkg: "internal/guidetest", external: []string{"github.com/spf13/cobra"}, neverReaches: []string{"coins/...", "engine/...", "stratum/..."}},
	{pkg: "internal/cpuminer/...", may: []string{"internal/cpuminer/...", "algos", backoffPkg}, external: []string{xsync},
		neverReaches: []string{"engine/...", "stratum/..."}},
	{pkg: "docs/..."},
}
