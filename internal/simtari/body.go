package simtari

import (
	"crypto/rand"

	"golang.org/x/crypto/blake2b"
	"google.golang.org/protobuf/encoding/protowire"

	"github.com/motherlode-pool/motherlode/coins/tari/tarirpc"
)

// Numbers of fields of a body and its parts, which the shared messages leave
// out. Source: tari, applications/minotari_app_grpc/proto/transaction.proto.
const (
	bodyOutputs = 2
	bodyKernels = 3

	outputFeatures   = 1
	outputCommitment = 2
	outputScript     = 5
	outputPromise    = 11

	featuresType     = 2
	featuresMaturity = 3
	featuresExtra    = 4

	kernelFeatures = 1
	kernelFee      = 2
	kernelExcess   = 6

	typeCoinbase = 1 // of an output and, as a bit, of a kernel
)

// Output is an output of a block.
type Output struct {
	Coinbase bool
	Script   []byte // push of the payee's spend key
	Value    uint64 // in the clear
	Extra    []byte // coinbase_extra
}

func random() []byte {
	b := make([]byte, 32)
	rand.Read(b)
	return b
}

// encode makes an output with a fresh commitment.
func (o Output) encode(maturity uint64) []byte {
	var f []byte
	if o.Coinbase {
		f = appendVarint(f, featuresType, typeCoinbase)
		f = appendVarint(f, featuresMaturity, maturity)
		f = appendBytes(f, featuresExtra, o.Extra)
	}
	b := appendBytes(nil, outputFeatures, f)
	b = appendBytes(b, outputCommitment, random())
	b = appendBytes(b, outputScript, o.Script)
	return appendVarint(b, outputPromise, o.Value)
}

// kernel makes a kernel with a fresh excess.
func kernel(coinbase bool, fee uint64) []byte {
	var b []byte
	if coinbase {
		b = appendVarint(b, kernelFeatures, typeCoinbase)
	}
	b = appendVarint(b, kernelFee, fee)
	return appendBytes(b, kernelExcess, random())
}

func appendVarint(b []byte, n protowire.Number, v uint64) []byte {
	return protowire.AppendVarint(protowire.AppendTag(b, n, protowire.VarintType), v)
}

func appendBytes(b []byte, n protowire.Number, v []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(b, n, protowire.BytesType), v)
}

// fields calls f for every field of a message; it reports false when the bytes
// are no message.
func fields(b []byte, f func(n protowire.Number, v uint64, raw []byte)) bool {
	for len(b) > 0 {
		n, t, size := protowire.ConsumeTag(b)
		if size < 0 {
			return false
		}
		b = b[size:]
		var v uint64
		var raw []byte
		switch t {
		case protowire.VarintType:
			v, size = protowire.ConsumeVarint(b)
		case protowire.BytesType:
			raw, size = protowire.ConsumeBytes(b)
		default:
			size = protowire.ConsumeFieldValue(n, t, b)
		}
		if size < 0 {
			return false
		}
		f(n, v, raw)
		b = b[size:]
	}
	return true
}

// body is a block's body, read.
type body struct {
	outputs         []Output
	kernels         uint64
	coinbaseKernels int
	fees            uint64
	outputMR        Hash // of all outputs
	blockOutputMR   Hash // of the coinbases
	kernelMR        Hash
}

// rawBody is the body as its fields came.
func rawBody(b *tarirpc.AggregateBody) []byte {
	if b == nil {
		return nil
	}
	return b.ProtoReflect().GetUnknown()
}

func readBody(raw []byte) (body, bool) {
	var out body
	var all, coinbases, kernels []byte
	ok := fields(raw, func(n protowire.Number, _ uint64, part []byte) {
		switch n {
		case bodyOutputs:
			o := readOutput(part)
			out.outputs = append(out.outputs, o)
			all = append(all, part...)
			if o.Coinbase {
				coinbases = append(coinbases, part...)
			}
		case bodyKernels:
			out.kernels++
			kernels = append(kernels, part...)
			fields(part, func(n protowire.Number, v uint64, _ []byte) {
				switch {
				case n == kernelFeatures && v&typeCoinbase != 0:
					out.coinbaseKernels++
				case n == kernelFee:
					out.fees += v
				}
			})
		}
	})
	out.outputMR = blake2b.Sum256(append([]byte("outputs"), all...))
	out.blockOutputMR = blake2b.Sum256(append([]byte("coinbases"), coinbases...))
	out.kernelMR = blake2b.Sum256(append([]byte("kernels"), kernels...))
	return out, ok
}

func readOutput(raw []byte) (o Output) {
	fields(raw, func(n protowire.Number, v uint64, part []byte) {
		switch n {
		case outputFeatures:
			fields(part, func(n protowire.Number, v uint64, part []byte) {
				switch n {
				case featuresType:
					o.Coinbase = v == typeCoinbase
				case featuresExtra:
					o.Extra = part
				}
			})
		case outputScript:
			o.Script = part
		case outputPromise:
			o.Value = v
		}
	})
	return o
}
