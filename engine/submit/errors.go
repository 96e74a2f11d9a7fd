package submit

// Error is a kind of failure of this package. It works with errors.Is.
type Error string

// The kinds.
const (
	ErrFound   Error = "found block is incomplete"     // Deliver: no chain, no hash, or not exactly one body
	ErrJournal Error = "journal cannot be written"     // Deliver: the block is submitted all the same
	ErrClosed  Error = "courier has ended"             // Deliver after Run has returned
	ErrFormat  Error = "not a journal of found blocks" // Run: the file starts with something else
	ErrDamaged Error = "journal is damaged"            // logged; the file is kept aside
)

// Error returns the text of the kind.
func (e Error) Error() string { return string(e) }
