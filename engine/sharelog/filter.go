package sharelog

// only is which kinds of records a Reader hands out.
type only struct {
	want    [256]bool
	seen    [256]bool // kinds that were skipped
	unknown [256]bool // those of them that this version has no layout for
	decoder decoder   // tells which
}

// Only has Next hand out records of the given kinds alone. Others are checked by
// their checksum and not unpacked, which is several times as fast; one of a kind
// that this version does not know is then no error (see Unknown). It is called
// before the first Next.
func (r *Reader) Only(kinds ...Kind) *Reader {
	r.only = &only{}
	for _, k := range kinds {
		r.only.want[k] = true
		switch k {
		case KindJob:
			r.only.want[kindJob2] = true
		case KindBlock:
			r.only.want[kindBlock2] = true
		}
	}
	return r
}

// Unknown lists the kinds that Only's Next has skipped and this version does not
// know, which a newer one wrote.
func (r *Reader) Unknown() (kinds []Kind) {
	if r.only == nil {
		return nil
	}
	for k, yes := range r.only.unknown {
		if yes {
			kinds = append(kinds, Kind(k))
		}
	}
	return kinds
}

// wants reports whether a record is to be handed out, and notes kinds that are
// not known.
func (o *only) wants(k Kind, payload []byte) bool {
	if o.want[k] {
		return true
	}
	if !o.seen[k] {
		o.seen[k] = true
		_, known := o.decoder.decode(k, payload)
		o.unknown[k] = !known
	}
	return false
}
