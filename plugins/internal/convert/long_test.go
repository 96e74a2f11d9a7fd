package convert

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/motherlode-pool/motherlode/coins"
	pb "github.com/motherlode-pool/motherlode/plugins/proto/coinv1"
)

// What a plugin says for people, such as the page that a node answers with, is cut. It
// goes to miners, to the log, to the status page and to the journal of found blocks.
func TestLongTextsAreCut(t *testing.T) {
	const most = refusalText + 100
	long := "the beginning" + strings.Repeat("x", 1<<20)
	health, err := HealthFromProto(&pb.StreamHealthResponse{State: pb.HealthState_HEALTH_STATE_READY, Tip: make([]byte, 32), Message: long, Nodes: []*pb.NodeHealth{
		{Node: long, State: pb.HealthState_HEALTH_STATE_READY, Message: long, Version: long, News: long},
	}})
	if err != nil {
		t.Fatal(err)
	}
	verdict, err := VerdictFromProto(&pb.Verdict{Code: pb.VerdictCode_VERDICT_CODE_REJECTED, Reason: long, Node: long})
	if err != nil {
		t.Fatal(err)
	}
	status, err := BlockStatusFromProto(&pb.BlockStatusResponse{State: pb.BlockState_BLOCK_STATE_UNKNOWN, Node: long, Note: long})
	if err != nil {
		t.Fatal(err)
	}
	payee, err := PayeeFromProto(&pb.ValidateAddressResponse{Reason: long, Canonical: long})
	if err != nil {
		t.Fatal(err)
	}
	problems := ProblemsFromProto([]*pb.Problem{{Path: long, Message: long}})
	for name, text := range map[string]string{
		"health": health.Message, "node": health.Nodes[0].Node, "node's message": health.Nodes[0].Message,
		"node's version": health.Nodes[0].Version, "node's news": health.Nodes[0].News,
		"verdict": verdict.Reason, "verdict's node": verdict.Node, "status": status.Note, "status's node": status.Node,
		"address": payee.Reason, "invalid address": payee.Address, "problem": problems[0].Message, "problem's path": problems[0].Path,
	} {
		if len(text) > most || !strings.HasPrefix(text, "the beginning") {
			t.Errorf("%s: %d bytes, want at most %d: %.40q", name, len(text), most, text)
		}
	}
}

// A name that is cut would be another one, and an address another account.
func TestLongNamesAreRefused(t *testing.T) {
	long := strings.Repeat("x", maxName+1)
	coin, err := CoinInfoToProto(coins.CoinInfo{Symbol: "X"})
	if err != nil {
		t.Fatal(err)
	}
	for field, spoil := range map[string]func(*pb.DescribeResponse){
		"": func(*pb.DescribeResponse) {}, "driver": func(m *pb.DescribeResponse) { m.Driver = long },
		"version":  func(m *pb.DescribeResponse) { m.Version = long },
		"networks": func(m *pb.DescribeResponse) { m.Networks = []string{"main", long} },
		"symbol":   func(m *pb.DescribeResponse) { m.Coin.Symbol = long }, "name": func(m *pb.DescribeResponse) { m.Coin.Name = long },
		"network": func(m *pb.DescribeResponse) { m.Coin.Network = long }, "algorithm": func(m *pb.DescribeResponse) { m.Coin.Algorithm = long },
		"example_address": func(m *pb.DescribeResponse) { m.Coin.ExampleAddress = long },
	} {
		m := &pb.DescribeResponse{Driver: "x", Coin: &pb.CoinInfo{DifficultyOne: coin.DifficultyOne}}
		spoil(m)
		_, err := InfoFromProto(m)
		if field == "" && err == nil {
			continue
		}
		if want := fmt.Sprintf("%s: %d bytes, at most %d", field, maxName+1, maxName); !errors.Is(err, ErrMalformed) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q in it", field, err, want)
		}
	}
	if _, err := PayeeFromProto(&pb.ValidateAddressResponse{Valid: true, Script: []byte{1}, Canonical: long}); !errors.Is(err, ErrMalformed) {
		t.Errorf("a long address: %v", err)
	}
	nodes := &pb.StreamHealthResponse{State: pb.HealthState_HEALTH_STATE_READY, Tip: make([]byte, 32), Nodes: make([]*pb.NodeHealth, maxNodes+1)}
	if _, err := HealthFromProto(nodes); !errors.Is(err, ErrMalformed) || !strings.Contains(err.Error(), "257 of them") {
		t.Errorf("many nodes: %v", err)
	}
}
