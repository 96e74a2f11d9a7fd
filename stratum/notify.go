package stratum

import (
	"encoding/binary"
	"encoding/hex"
)

// Notify is what a mining.notify line tells. Hashes are in internal byte order.
type Notify struct {
	JobID    string
	PrevHash [32]byte
	Part1    []byte // coinbase up to the extranonce
	Part2    []byte // coinbase after it
	Branch   [][32]byte
	Version  uint32
	Bits     uint32
	NTime    uint32
	Clean    bool
}

// Line renders n as one line with its line feed. The previous hash is written as
// eight 4-byte words, each with its bytes swapped; version, bits and time as
// big-endian hex; the branch in internal order.
func (n *Notify) Line() []byte {
	b := make([]byte, 0, 256+2*(len(n.Part1)+len(n.Part2))+67*len(n.Branch))
	b = append(b, `{"id":null,"method":"mining.notify","params":["`...)
	b = append(b, n.JobID...)
	b = append(b, `","`...)
	var prev [32]byte
	for i := 0; i < len(prev); i += 4 {
		binary.BigEndian.PutUint32(prev[i:], binary.LittleEndian.Uint32(n.PrevHash[i:]))
	}
	b = hex.AppendEncode(b, prev[:])
	b = append(b, `","`...)
	b = hex.AppendEncode(b, n.Part1)
	b = append(b, `","`...)
	b = hex.AppendEncode(b, n.Part2)
	b = append(b, `",[`...)
	for i := range n.Branch {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, '"')
		b = hex.AppendEncode(b, n.Branch[i][:])
		b = append(b, '"')
	}
	b = append(b, `],"`...)
	b = appendHex32(b, n.Version)
	b = append(b, `","`...)
	b = appendHex32(b, n.Bits)
	b = append(b, `","`...)
	b = appendHex32(b, n.NTime)
	if n.Clean {
		return append(b, "\",true]}\n"...)
	}
	return append(b, "\",false]}\n"...)
}

func appendHex32(b []byte, v uint32) []byte {
	var word [4]byte
	binary.BigEndian.PutUint32(word[:], v)
	return hex.AppendEncode(b, word[:])
}
