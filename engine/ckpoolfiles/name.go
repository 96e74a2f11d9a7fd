package ckpoolfiles

import "strings"

// maxFile is the longest name that common file systems take, in bytes.
const maxFile = 255

// FileName is the name of the file of an account or a worker; false where it would be
// too long or is empty. Names come from the network: what could lead elsewhere, hide
// a file or be misread by a shell is written as %XX, and so is the percent sign, so that
// two names never have one file. What addresses and plain worker names are made of stays.
func FileName(name string) (string, bool) {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(name) {
		c := name[i]
		if plain(c) && (i > 0 || c != '.' && c != '-' && c != '~') {
			b.WriteByte(c)
			continue
		}
		b.WriteByte('%')
		b.WriteByte(hex[c>>4])
		b.WriteByte(hex[c&15])
	}
	return b.String(), b.Len() > 0 && b.Len() <= maxFile
}

func plain(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("._-+=:,@~", c) >= 0
}
