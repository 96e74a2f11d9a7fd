package main

import (
	"fmt"
	"io"

	"github.com/motherlode-pool/motherlode/configs"
	"github.com/motherlode-pool/motherlode/engine/store/postgres"
)

// checkDatabase asks the ledger's database, where it is a server, and changes
// nothing in it.
func checkDatabase(cfg *configs.Config, out io.Writer) configs.Problems {
	if cfg.Database == "" {
		return nil
	}
	answer, err := postgres.Check(cfg.Database)
	if err != nil {
		return configs.Problems{cfg.ProblemAt("database", "%v", err)}
	}
	fmt.Fprintf(out, "%-12s %s\n", "database", answer)
	return nil
}
