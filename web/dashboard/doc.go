// Package dashboard is the pool's pages: plain HTML, CSS and JavaScript modules
// that are part of the program and ask the HTTP API for everything they show.
//
// There is no tool chain, no library and no request to another host; what a browser
// loads is what stands in static/. All texts are in static/text.js, so that
// another language is one file.
//
// # What it is not
//
// It knows no numbers: without the API of package web the pages are empty. It
// authorizes nobody: the operator's page sends a token that the API checks.
//
// It imports nothing of the module.
package dashboard
