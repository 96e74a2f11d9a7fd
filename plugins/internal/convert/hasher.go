package convert

import (
	"github.com/motherlode-pool/motherlode/coins"
	pb "github.com/motherlode-pool/motherlode/plugins/proto/coinv1"
)

// HashBatchToProto is the request of HashBatch; n is how many hashes the caller
// has room for.
func HashBatchToProto(size int, headers, param []byte, n int) (*pb.HashBatchRequest, error) {
	c := checker{message: "HashBatchRequest"}
	m := &pb.HashBatchRequest{HeaderSize: c.put("header_size", size), Headers: headers, HashParam: param}
	if got := c.count(m); len(c.wrong) == 0 && got != n {
		c.failf("headers", "%d of them, room for %d hashes", got, n)
	}
	return m, c.err()
}

// HashBatchFromProto checks a request of HashBatch and says how many headers it
// has.
func HashBatchFromProto(m *pb.HashBatchRequest) (size, n int, err error) {
	c := checker{message: "HashBatchRequest"}
	size, n = c.size("header_size", m.GetHeaderSize()), c.count(m)
	return size, n, c.err()
}

func (c *checker) count(m *pb.HashBatchRequest) int {
	size := uint64(m.GetHeaderSize())
	length := uint64(len(m.GetHeaders()))
	if length == 0 {
		return 0
	}
	if size == 0 || length%size != 0 {
		c.failf("headers", "%d bytes are no whole number of headers of %d bytes", length, size)
		return 0
	}
	return int(length / size)
}

// HashesToProto is the answer of HashBatch.
func HashesToProto(hashes []coins.Hash) *pb.HashBatchResponse {
	out := make([]byte, 0, len(hashes)*len(coins.Hash{}))
	for i := range hashes {
		out = append(out, hashes[i][:]...)
	}
	return &pb.HashBatchResponse{Hashes: out}
}

// HashesFromProto reads the answer of HashBatch into out, which it must fill
// exactly.
func HashesFromProto(m *pb.HashBatchResponse, out []coins.Hash) error {
	c := checker{message: "HashBatchResponse"}
	const size = len(coins.Hash{})
	if len(m.GetHashes()) != size*len(out) {
		c.failf("hashes", "%d bytes, want %d", len(m.GetHashes()), size*len(out))
		return c.err()
	}
	for i := range out {
		copy(out[i][:], m.Hashes[i*size:])
	}
	return nil
}
