// Package apitest holds answers of the HTTP API to its description, for tests.
//
// # What it is not
//
// It is no part of the program.
//
// It belongs to layer L3 and imports packages below web and a JSON schema validator.
package apitest
