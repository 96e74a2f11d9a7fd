package host

import (
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/plugins/internal/convert"
	"github.com/motherlode-pool/motherlode/plugins/internal/fakecoin"
	pb "github.com/motherlode-pool/motherlode/plugins/proto/coinv1"
)

// lieKey is the variable that says what the liar lies about.
const lieKey = "MOTHERLODE_TEST_LIE"

// liar is a plugin whose gRPC is written by hand, frame by frame, so that it can
// say what no library would.
func liar() {
	path := os.Getenv("PLUGIN_UNIX_SOCKET_DIR") + "/liar"
	lis, err := net.Listen("unix", path)
	if err != nil {
		os.Exit(3)
	}
	fmt.Printf("1|1|unix|%s|grpc\n", path)
	var plain http.Protocols
	plain.SetUnencryptedHTTP2(true)
	server := http.Server{Handler: http.HandlerFunc(lie), Protocols: &plain, ReadHeaderTimeout: time.Minute}
	_ = server.Serve(lis)
}

func lie(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("Content-Type", "application/grpc")
	header.Set("Trailer", "Grpc-Status, Grpc-Message")
	_, method, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	switch method {
	case "Describe":
		info, err := convert.InfoToProto((&fakecoin.Driver{Announce: []coins.Role{coins.RoleParent}}).Describe())
		reply(w, info, err)
	case "Open":
		info, err := convert.CoinInfoToProto((&fakecoin.Driver{}).Describe().Coin)
		reply(w, &pb.OpenResponse{Coin: info}, err)
	case "StreamTemplates":
		lieAboutTemplate(w, r)
	case "ValidateAddress":
		if os.Getenv(lieKey) == "long error" {
			header.Set("Grpc-Status", "2")
			header.Set("Grpc-Message", strings.Repeat("so long ", 4<<10))
			return
		}
		if os.Getenv(lieKey) == "giant answer" {
			reply(w, &pb.ValidateAddressResponse{Reason: strings.Repeat("x", 6<<20)}, nil)
			return
		}
		header.Set("X-Long", strings.Repeat("x", 1<<20))
		reply(w, &pb.ValidateAddressResponse{Reason: "the headers came through"}, nil)
	case "StreamHealth":
		reply(w, &pb.StreamHealthResponse{State: pb.HealthState_HEALTH_STATE_READY, Tip: make([]byte, 32)}, nil)
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	default:
		header.Set("Grpc-Status", "12")
	}
}

func reply(w io.Writer, m proto.Message, err error) {
	body, failed := proto.Marshal(m)
	if err != nil || failed != nil {
		panic(fmt.Sprint(err, failed))
	}
	_, _ = w.Write(append(frame(uint32(len(body))), body...))
	if h, ok := w.(http.ResponseWriter); ok {
		h.Header().Set("Grpc-Status", "0")
	}
}

// frame is the head of a message: not compressed, and its length.
func frame(length uint32) []byte { return binary.BigEndian.AppendUint32([]byte{0}, length) }

func lieAboutTemplate(w http.ResponseWriter, r *http.Request) {
	flush := http.NewResponseController(w)
	switch os.Getenv(lieKey) {
	case "3 GiB": // a length, and then nothing
		_, _ = w.Write(frame(3 << 30))
		_ = flush.Flush()
		<-r.Context().Done()
	case "3 GiB, sent": // as much of it as the pool takes
		_, _ = w.Write(frame(3 << 30))
		for piece := make([]byte, 1<<20); ; {
			if _, err := w.Write(piece); err != nil {
				return
			}
		}
	case "65 MiB, sent":
		_, _ = w.Write(append(frame(65<<20), make([]byte, 65<<20)...))
		_ = flush.Flush()
		<-r.Context().Done()
	}
}
