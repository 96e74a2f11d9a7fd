// Package api serves the HTTP API: /api/v1, its server-sent events, the operator's
// part, and the endpoints that widgets made for public-pool ask.
//
// It asks a Source, which the engine is, in plain types that are what JSON shows;
// web/openapi.yaml describes them, and tests hold each answer to it.
//
// An answer is made at most once in the seconds that its Cache-Control names,
// however many ask, and by a few goroutines at a time, so that no visitor slows
// down mining. Visitors beyond that wait, and after some seconds are told to come
// back.
//
// # What it is not
//
// It changes nothing: what does is mounted beside it by Options.Extra. It knows
// no engine and no coin. It does not limit how often one visitor asks; that is a
// reverse proxy's part.
//
// It belongs to layer L3 and imports packages below web only.
package api
