package ledger

import (
	"os"
	"testing"

	"github.com/motherlode-pool/motherlode/engine/sharelog"
	"github.com/motherlode-pool/motherlode/internal/testpostgres"
)

func TestMain(m *testing.M) { os.Exit(testpostgres.Main(m)) }

// server is where ledgers are opened; nil for files. The tests that use it do not
// run beside others.
var server *testpostgres.Server

// schemas are those of the server that stand for files.
var schemas = map[string]string{}

// databaseAt is the connection string that stands for a file.
func databaseAt(t testing.TB, path string) string {
	if server == nil {
		return ""
	}
	if schemas[path] == "" {
		schemas[path] = server.MustURL(t)
	}
	return schemas[path]
}

// openAt opens the ledger in a file, or in what stands for it.
func openAt(t testing.TB, path string, log *sharelog.Log) (*Ledger, error) {
	return Open(path, log, Options{Database: databaseAt(t, path)})
}

// mustPostgres has the test open its ledgers in PostgreSQL.
func mustPostgres(t testing.TB) {
	t.Helper()
	server = testpostgres.Must(t)
	t.Cleanup(func() { server = nil })
}

// fewer is a number of runs: fewer over a server, where opening takes longer.
func fewer(n uint64) uint64 {
	if server != nil {
		return (n + 5) / 6
	}
	return n
}

// TestOverPostgreSQL runs the tests whose answers depend on the database once more,
// with ledgers in PostgreSQL.
func TestOverPostgreSQL(t *testing.T) {
	mustPostgres(t)
	for _, c := range []struct {
		name string
		test func(*testing.T)
	}{
		{"rounds and pages", TestRoundsAndPages},
		{"effort of a round", TestEffortOfARound},
		{"blocks by pool, chain and state", TestBlocksByPoolChainAndState},
		{"payments of an account", TestPaymentsOfAnAccount},
		{"open errors", TestOpenErrors},
		{"ledger knows its log", TestLedgerKnowsItsLog},
		{"fold equals model", TestFoldEqualsModel},
		{"crash at every write", TestCrashAtEveryWrite},
		{"compare of what was folded", TestCompareOfWhatWasFolded},
		{"compare of an upgrade", TestCompareLeavesOutWhatAnUpgradeMakes},
		{"upgrade of every kind of record", TestUpgradeOfEveryKindOfRecord},
		{"money of a block", TestMoneyOfABlock},
		{"money of a payment", TestMoneyOfAPayment},
		{"coinbases of a history", TestCoinbasesOfAHistory},
		{"returned rounds equal model", TestReturnedRoundsEqualModel},
		{"donation takes effect behind its record", TestDonationTakesEffectBehindItsRecord},
		{"newest settings win", TestNewestSettingsWin},
		{"ledger of schema 1", TestLedgerOfSchema1IsTakenOver},
		{"ledger of schema 4", TestLedgerOfSchema4IsTakenOver},
		{"statistics of older ledgers", TestStatisticsOfOlderLedgers},
		{"statistics of what is left", TestStatisticsOfWhatIsLeft},
		{"run makes statistics", TestRunMakesStatistics},
		{"luck", TestLuck},
		{"full disk", TestFullDiskIsWaitedOut},
	} {
		t.Run(c.name, c.test)
	}
}
