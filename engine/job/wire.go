package job

import "encoding/binary"

func appendU32(b []byte, v uint32) []byte { return binary.LittleEndian.AppendUint32(b, v) }

// appendVarInt appends v in the Bitcoin family's variable-length form.
func appendVarInt(b []byte, v uint64) []byte {
	switch {
	case v < 0xfd:
		return append(b, byte(v))
	case v <= 0xffff:
		return binary.LittleEndian.AppendUint16(append(b, 0xfd), uint16(v))
	case v <= 0xffffffff:
		return binary.LittleEndian.AppendUint32(append(b, 0xfe), uint32(v))
	}
	return binary.LittleEndian.AppendUint64(append(b, 0xff), v)
}

func appendOutput(b []byte, value uint64, script []byte) []byte {
	b = binary.LittleEndian.AppendUint64(b, value)
	b = appendVarInt(b, uint64(len(script)))
	return append(b, script...)
}
