package ledger

import _ "embed"

// views is the script that makes the views of a ledger in PostgreSQL.
//
//go:embed views.sql
var views string
