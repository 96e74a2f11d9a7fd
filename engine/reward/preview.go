package reward

// Previewer is a scheme that can say ahead how it would divide a block.
type Previewer interface {
	Scheme

	// Preview is what Block would return now, and changes nothing. In a scheme
	// that pays the finder, it is b's.
	Preview(b Block) Split
}

var (
	_ Previewer = (*solo)(nil)
	_ Previewer = (*prop)(nil)
	_ Previewer = (*pplns)(nil)
)

func (s *solo) Preview(b Block) Split { return s.Block(b) }

func (p *prop) Preview(b Block) Split { return p.terms.divide(b.Reward, p.weights()) }

func (p *pplns) Preview(b Block) Split { return p.divide(b.Reward) }
