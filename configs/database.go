package configs

import "net/url"

// database checks the form of the ledger's database. Its value may have a password
// in it and is not repeated.
func (v *validator) database() {
	text := v.c.Database
	if text == "" {
		return
	}
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "postgres" && u.Scheme != "postgresql" {
		v.addf("database", "is no URL of a PostgreSQL database; expected one like \"postgres://user@/motherlode?host=/run/postgresql\", or nothing for a file in data_dir")
	}
}
