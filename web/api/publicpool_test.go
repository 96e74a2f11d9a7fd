package api

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/motherlode-pool/motherlode/web/apitest"
)

// shape is the types of a document: fields by name, and of an array its first element.
func shape(v any) string {
	switch v := v.(type) {
	case map[string]any:
		var parts []string
		for _, k := range slices.Sorted(maps.Keys(v)) {
			parts = append(parts, k+":"+shape(v[k]))
		}
		return "{" + strings.Join(parts, " ") + "}"
	case []any:
		if len(v) == 0 {
			return "[]"
		}
		return "[" + shape(v[0]) + "]"
	case string:
		return "text"
	case float64:
		return "number"
	}
	return fmt.Sprint(v)
}

// What public-pool serves, as its source of April 2025 has it over SQLite, has the same
// fields and types here.
func TestShapesOfPublicPool(t *testing.T) {
	const points = "[]" // the fake's chart is shorter than ten minutes
	s := newServer(&fake{})
	for path, want := range map[string]string{
		"/api/info": "{blockData:[{height:number minerAddress:text sessionId:text worker:text}] highScores:[{bestDifficulty:number bestDifficultyUserAgent:text updatedAt:text}] " +
			"uptime:text userAgents:[{bestDifficulty:number count:number totalHashRate:number userAgent:text}]}",
		"/api/pool":    "{blockHeight:number blocksFound:[{height:number minerAddress:text sessionId:text worker:text}] fee:number totalHashRate:number totalMiners:number}",
		"/api/network": "{blocks:number chain:text currentblocktx:number difficulty:number networkhashps:number pooledtx:number warnings:text}",
		"/api/client/" + fakeOwner: "{bestDifficulty:number workers:[{bestDifficulty:text hashRate:number lastSeen:text name:text sessionId:text startTime:text}] " +
			"workersCount:number}",
		"/api/client/" + fakeOwner + "/rig":          "{bestDifficulty:number chartData:" + points + " name:text}",
		"/api/client/" + fakeOwner + "/rig/00000007": "{bestDifficulty:number chartData:" + points + " name:text sessionId:text startTime:text}",
		"/api/client/bc1qnobody":                     "{workers:[] workersCount:number}",
		"/api/client/bc1qnobody/rig":                 "{bestDifficulty:number chartData:[] name:text}",
	} {
		resp := ask(s, "GET", path)
		var v any
		if err := json.Unmarshal([]byte(mustBody(t, resp)), &v); err != nil || resp.StatusCode != http.StatusOK {
			t.Errorf("%s: %s, %v", path, resp.Status, err)
		}
		if got := shape(v); got != want {
			t.Errorf("%s has %s, want %s", path, got, want)
		}
	}
	if resp := ask(s, "GET", "/api/client/"+fakeOwner+"/rig/00000008"); resp.StatusCode != http.StatusNotFound {
		t.Errorf("a session that is not there: %s", resp.Status)
	}
}

// manyBlocks has a thousand blocks, of which each third was lost.
type manyBlocks struct{ fake }

func (m *manyBlocks) Blocks(_ BlockFilter, p Page) (rows []Block, next uint64, err error) {
	n := uint64(1000)
	if p.Before > 0 {
		n = p.Before - 1
	}
	for ; n > 0 && len(rows) < p.Limit; n-- {
		b := fakeBlock(n)
		if n%3 == 0 {
			b.State = "orphaned"
		}
		rows = append(rows, b)
	}
	if n > 0 {
		next = n + 1
	}
	return rows, next, nil
}

// All blocks are told, oldest first, on however many pages the source has them.
func TestBlocksOfPublicPool(t *testing.T) {
	s := New(Options{Source: &manyBlocks{}, PublicPool: "btc"})
	body := []byte(mustBody(t, ask(s, "GET", "/api/pool")))
	all := apitest.Field(t, body, "blocksFound").([]any)
	if len(all) != 667 {
		t.Errorf("%d blocks, want 667", len(all))
	}
	if first, last := apitest.Field(t, body, "blocksFound", 0, "height"), apitest.Field(t, body, "blocksFound", len(all)-1, "height"); first != 900_001.0 || last != 901_000.0 {
		t.Errorf("from %v to %v", first, last)
	}
}

// crowded is an account with more connections than are listed.
type crowded struct{ fake }

func (c *crowded) Workers(_ context.Context, _, _ string, p WorkerPage) (Workers, error) {
	out := Workers{Sessions: 345, Best: &Best{77, fakeAt}}
	if !p.Online {
		return out, fmt.Errorf("those that have gone are asked for, too")
	}
	w, _ := c.Worker(context.Background(), "", "", "rig")
	w.Sessions, w.Devices = 300, nil
	for i := range p.Devices {
		w.Devices = append(w.Devices, Device{Session: uint64(i + 1), HashRate: float64(i)})
	}
	out.Workers = []Worker{w, w}
	return out, nil
}

func TestManyConnectionsOfPublicPool(t *testing.T) {
	s := New(Options{Source: &crowded{}, PublicPool: "btc"})
	body := []byte(mustBody(t, ask(s, "GET", "/api/client/"+fakeOwner)))
	if n, rows := apitest.Field(t, body, "workersCount"), apitest.Field(t, body, "workers").([]any); n != 345.0 || len(rows) != publicPoolRows {
		t.Errorf("%v are counted and %d shown", n, len(rows))
	}
	if rate := apitest.Field(t, body, "workers", 5, "hashRate"); rate != 5.0 {
		t.Errorf("a connection's hash rate is %v, want its own", rate)
	}
	if best := apitest.Field(t, body, "bestDifficulty"); best != 77.0 {
		t.Errorf("the account's best is %v", best)
	}
}
