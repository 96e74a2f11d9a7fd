package tari

import (
	"encoding/binary"
	"fmt"

	"google.golang.org/protobuf/proto"

	"github.com/motherlode-pool/motherlode/coins/tari/tarirpc"
)

// Opaque bytes of a template: all that it takes to submit its block after the
// process that fetched it is gone.
//
//	offset  size  field
//	0       1     version, 1
//	1       32    mining hash
//	33      n     the block as the node sent it, a protobuf message
const (
	opaqueVersion = 1
	opaqueBlockAt = 1 + hashSize
)

// packOpaque makes the opaque bytes of a block.
func packOpaque(mining [hashSize]byte, block *tarirpc.Block) ([]byte, error) {
	b := make([]byte, opaqueBlockAt, opaqueBlockAt+proto.Size(block))
	b[0] = opaqueVersion
	copy(b[1:], mining[:])
	return proto.MarshalOptions{}.MarshalAppend(b, block)
}

// solve puts a solved header's nonce into the block of opaque bytes. Fields of
// the block that we do not know stay as the node sent them.
func solve(opaque, solved []byte) (*tarirpc.Block, error) {
	if len(opaque) < opaqueBlockAt || opaque[0] != opaqueVersion {
		return nil, fmt.Errorf("%w: %d bytes", ErrOpaque, len(opaque))
	}
	block := new(tarirpc.Block)
	if err := proto.Unmarshal(opaque[opaqueBlockAt:], block); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrOpaque, err)
	}
	if block.GetHeader() == nil {
		return nil, fmt.Errorf("%w: block without header", ErrOpaque)
	}
	mining := [hashSize]byte(opaque[1:opaqueBlockAt])
	if len(solved) != headerSize {
		return nil, fmt.Errorf("%w: solved header of %d bytes, want %d", ErrOpaque, len(solved), headerSize)
	}
	nonce := binary.LittleEndian.Uint64(solved)
	if string(solved) != string(powHeader(mining, nonce)) {
		return nil, fmt.Errorf("%w: solved header is of another template", ErrOpaque)
	}
	block.Header.Nonce = nonce
	return block, nil
}
