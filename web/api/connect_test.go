package api

import (
	"strings"
	"testing"
)

// Each kind of device is sent to the port for it.
func TestDevicesGetTheirPort(t *testing.T) {
	port := func(n int, profile string, tls bool, reach string) Listener {
		return Listener{Host: "", Port: n, TLS: tls, Protocol: "stratum", Profile: profile, Reach: reach}
	}
	three := []Listener{port(3333, "normal", false, "any"), port(3334, "low", false, "any"), port(3335, "rental", false, "any")}
	for name, c := range map[string]struct {
		algorithm string
		ports     []Listener
		want      string // device=port
	}{
		"three":              {"sha256d", three, "Bitaxe=3334 NerdMiner=3334 ASIC=3333 cgminer=3333 Rented=3335"},
		"one":                {"sha256d", three[:1], "Bitaxe=3333 NerdMiner=3333 ASIC=3333 cgminer=3333"},
		"low alone":          {"sha256d", three[1:2], "Bitaxe=3334 NerdMiner=3334 ASIC=3334 cgminer=3334"},
		"rental alone":       {"sha256d", three[2:], "Bitaxe=3335 NerdMiner=3335 ASIC=3335 cgminer=3335 Rented=3335"},
		"TLS first":          {"sha256d", append([]Listener{port(4444, "low", true, "any"), port(4445, "normal", true, "any")}, three...), "Bitaxe=3334 NerdMiner=3334 ASIC=3333 cgminer=3333 Rented=3335"},
		"TLS alone":          {"sha256d", []Listener{port(4444, "low", true, "any")}, "Bitaxe=4444 ASIC=4444 cgminer=4444"},
		"low for TLS alone":  {"sha256d", []Listener{port(4444, "low", true, "any"), port(3333, "normal", false, "any")}, "Bitaxe=4444 ASIC=3333 cgminer=3333"},
		"low for us alone":   {"sha256d", []Listener{port(3334, "low", false, "local"), port(3333, "normal", false, "any")}, "Bitaxe=3333 NerdMiner=3333 ASIC=3333 cgminer=3333"},
		"without a profile":  {"sha256d", []Listener{port(3336, "", false, "any"), port(3335, "rental", false, "any")}, "Bitaxe=3336 NerdMiner=3336 ASIC=3336 cgminer=3336 Rented=3335"},
		"scrypt":             {"scrypt", three, "ASIC=3333 cpuminer=3334 Rented=3335"},
		"unknown algorithms": {"x11", three, "ASIC=3333"},
		"none":               {"sha256d", nil, ""},
	} {
		conn := Connect{Algorithm: c.algorithm, User: "ADDRESS.worker", Password: "x", Listeners: c.ports}
		conn.complete("pool.example", false)
		var got []string
		for _, line := range conn.Devices {
			kind, _, _ := strings.Cut(strings.ReplaceAll(line.Device, ",", " "), " ")
			for _, n := range []string{"3333", "3334", "3335", "3336", "4444", "4445"} {
				if strings.Contains(line.Line, n) {
					got = append(got, kind+"="+n)
				}
			}
		}
		if have := strings.Join(got, " "); have != c.want {
			t.Errorf("%s: %s, want %s", name, have, c.want)
		}
	}
}
