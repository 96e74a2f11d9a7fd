package convert

import (
	"errors"
	"math/rand"
	"reflect"
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/motherlode-pool/motherlode/coins"
	pb "github.com/motherlode-pool/motherlode/plugins/proto/coinv1"
)

// fill sets every field to a value that is not its zero, so that one that a
// converter forgets comes back different.
func fill(r *rand.Rand, v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			fill(r, v.Field(i))
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(r, v.Elem())
	case reflect.Slice:
		n := 1 + r.Intn(3)
		v.Set(reflect.MakeSlice(v.Type(), n, n))
		for i := range n {
			fill(r, v.Index(i))
		}
	case reflect.Array:
		for i := range v.Len() {
			fill(r, v.Index(i))
		}
	case reflect.String:
		v.SetString(string(rune('a'+r.Intn(26))) + "ü")
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Uint8:
		v.SetUint(1 + uint64(r.Intn(3))) // also the values of every enum
	case reflect.Uint32, reflect.Uint64:
		v.SetUint(1 + uint64(r.Int31()))
	case reflect.Int, reflect.Int64:
		v.SetInt(1 + int64(r.Int31()))
	default:
		panic("no filling for " + v.Type().String())
	}
}

// over encodes and decodes, as the wire does.
func over[M proto.Message](t *testing.T, m M) M {
	t.Helper()
	raw, err := proto.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	back := m.ProtoReflect().New().Interface()
	if err := proto.Unmarshal(raw, back); err != nil {
		t.Fatal(err)
	}
	return back.(M)
}

func trip[T any, M proto.Message](t *testing.T, name string, fix func(*T), to func(T) (M, error), from func(M) (T, error)) {
	t.Helper()
	t.Run(name, func(t *testing.T) {
		r := rand.New(rand.NewSource(1))
		for range 50 {
			var in T
			fill(r, reflect.ValueOf(&in).Elem())
			if fix != nil {
				fix(&in)
			}
			m, err := to(in)
			if err != nil {
				t.Fatal(err)
			}
			got, err := from(over(t, m))
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, in) {
				t.Fatalf("got  %+v\nwant %+v", got, in)
			}
		}
	})
}

func TestEveryFieldSurvivesTheWire(t *testing.T) {
	trip(t, "Info", func(i *coins.Info) { i.Roles = []coins.Role{coins.RoleAux, coins.RoleHasher} }, InfoToProto, InfoFromProto)
	trip(t, "CoinInfo", nil, CoinInfoToProto, CoinInfoFromProto)
	trip(t, "Settings", nil, func(s coins.Settings) (*pb.OpenRequest, error) { return SettingsToProto(s), nil },
		func(m *pb.OpenRequest) (coins.Settings, error) { return SettingsFromProto(m), nil })
	trip(t, "Problems", nil, func(p coins.Problems) (*pb.OpenResponse, error) {
		return &pb.OpenResponse{Problems: ProblemsToProto(p)}, nil
	}, func(m *pb.OpenResponse) (coins.Problems, error) { return ProblemsFromProto(m.Problems), nil })
	trip(t, "Template tree", func(p **coins.Template) {
		(*p).Blob = nil
		(*p).Tree.WitnessReserved = make([]byte, 32)
	}, TemplateToProto, TemplateFromProto)
	trip(t, "Template blob", func(p **coins.Template) {
		(*p).Tree = nil
		b := (*p).Blob
		b.Header = make([]byte, 100)
		b.NonceOffset, b.NonceSize, b.ExtranonceOffset, b.ExtranonceSize = 39, 8, 41, 2
	}, TemplateToProto, TemplateFromProto)
	trip(t, "Block", nil, BlockToProto, BlockFromProto)
	trip(t, "Verdict", nil, VerdictToProto, VerdictFromProto)
	trip(t, "Payee", nil, func(p coins.Payee) (*pb.ValidateAddressResponse, error) { return PayeeToProto(p), nil }, PayeeFromProto)
	trip(t, "BlockStatus", nil, BlockStatusToProto, BlockStatusFromProto)
	trip(t, "Health", nil, HealthToProto, HealthFromProto)
	trip(t, "AuxWork slot", func(p **coins.AuxWork) { (*p).Output = nil }, AuxWorkToProto, AuxWorkFromProto)
	trip(t, "AuxWork output", func(p **coins.AuxWork) { (*p).Slot = nil }, AuxWorkToProto, AuxWorkFromProto)
	trip(t, "AuxProof", func(p **coins.AuxProof) { (*p).ParentHeader = make([]byte, 80) }, AuxProofToProto, AuxProofFromProto)
	trip(t, "ParentTip", nil, func(p coins.ParentTip) (*pb.StreamAuxWorkRequest, error) { return ParentTipToProto(p), nil },
		func(m *pb.StreamAuxWorkRequest) (coins.ParentTip, error) {
			tip, ok, err := ParentTipFromProto(m)
			if !ok {
				t.Error("no tip")
			}
			return tip, err
		})
}

func TestFromProtoRefuses(t *testing.T) {
	hash := make([]byte, 32)
	tree := &pb.StreamTemplatesResponse_CoinbaseTree{CoinbaseTree: &pb.CoinbaseTree{}}
	template := func(m *pb.StreamTemplatesResponse) error { _, err := TemplateFromProto(m); return err }
	good := &pb.StreamTemplatesResponse{Reason: pb.Reason_REASON_NEW_TIP, PrevHash: hash, Target: hash, Shape: tree}
	if err := template(good); err != nil {
		t.Fatalf("the good one: %v", err)
	}
	bad := func(change func(*pb.StreamTemplatesResponse)) error {
		m := proto.Clone(good).(*pb.StreamTemplatesResponse)
		change(m)
		return template(m)
	}
	_, verdict := VerdictFromProto(&pb.Verdict{})
	_, noVerdict := VerdictFromProto(nil)
	_, state := BlockStatusFromProto(&pb.BlockStatusResponse{State: 99})
	_, health := HealthFromProto(&pb.StreamHealthResponse{Tip: hash})
	_, info := CoinInfoFromProto(nil)
	_, aux := AuxWorkFromProto(&pb.StreamAuxWorkResponse{Hash: hash, PrevHash: hash, Target: hash, Rules: &pb.AuxRules{}})
	_, payee := PayeeFromProto(&pb.ValidateAddressResponse{Valid: true})
	_, proof := AuxProofFromProto(&pb.SubmitAuxRequest{Hash: hash, ParentHash: hash, ParentHeader: make([]byte, 79)})
	_, _, batch := HashBatchFromProto(&pb.HashBatchRequest{HeaderSize: 80, Headers: make([]byte, 81)})
	for name, err := range map[string]error{
		"unset reason":      bad(func(m *pb.StreamTemplatesResponse) { m.Reason = 0 }),
		"unknown reason":    bad(func(m *pb.StreamTemplatesResponse) { m.Reason = 77 }),
		"short hash":        bad(func(m *pb.StreamTemplatesResponse) { m.PrevHash = hash[:31] }),
		"long target":       bad(func(m *pb.StreamTemplatesResponse) { m.Target = make([]byte, 33) }),
		"no shape":          bad(func(m *pb.StreamTemplatesResponse) { m.Shape = nil }),
		"short branch hash": bad(func(m *pb.StreamTemplatesResponse) { m.GetCoinbaseTree().MerkleBranch = [][]byte{{1}} }),
		"witness length":    bad(func(m *pb.StreamTemplatesResponse) { m.GetCoinbaseTree().WitnessReserved = []byte{1} }),
		"size above int32":  bad(func(m *pb.StreamTemplatesResponse) { m.GetCoinbaseTree().TxCount = 1 << 31 }),
		"nonce outside": bad(func(m *pb.StreamTemplatesResponse) {
			m.Shape = &pb.StreamTemplatesResponse_HeaderBlob{HeaderBlob: &pb.HeaderBlob{Header: hash, NonceOffset: 30, NonceSize: 4}}
		}),
		"unset verdict": verdict, "no verdict": noVerdict, "unknown block state": state, "unset health": health,
		"no coin info": info, "no commitment": aux, "valid without script": payee, "short parent header": proof,
		"part of a header": batch,
		"hashes too few":   HashesFromProto(&pb.HashBatchResponse{Hashes: hash}, make([]coins.Hash, 2)),
	} {
		if !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: got %v, want %v", name, err, ErrMalformed)
		}
	}
}

func TestOddBytesOfANodeDoNotLoseItsVerdict(t *testing.T) {
	m, err := VerdictToProto(coins.Verdict{Code: coins.Rejected, Reason: "bad-\xffblk"})
	if err != nil {
		t.Fatal(err)
	}
	if got := over(t, m).Reason; got != "bad-\uFFFDblk" {
		t.Errorf("got %q", got)
	}
}
