// Package web holds what the binary serves to people and programs over HTTP: the
// description of the API.
//
// The routes themselves are in web/api, which asks the engine through an interface
// of plain types that it defines; cmd/motherlode puts both together.
//
// # What it is not
//
// It knows no engine and no coin, and keeps no state.
//
// It belongs to layer L3 and imports packages below web only.
package web
