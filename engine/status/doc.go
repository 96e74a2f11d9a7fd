// Package status shows what the engine does: a JSON view, a health answer and
// Prometheus metrics, all made of one View that the engine hands over when
// asked. It decides nothing and keeps nothing.
//
//	/status      the View as JSON
//	/status.txt  the same for people: what is wrong first, then each pool and coin
//	/healthz     200 while every parent has fresh work, else 503 with the reasons;
//	             coins that are parked or flood are named after that, at 200 too;
//	             503 and "draining" once every pool has closed its ports by command
//	/metrics     the same numbers for Prometheus
//
// It belongs to layer L3.
package status
