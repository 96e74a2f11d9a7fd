package algos

import (
	"fmt"
	"strings"
)

// Algorithm is one proof-of-work function. Values are stateless and safe for
// concurrent use; they compare equal when they are the same algorithm.
type Algorithm interface {
	// Name returns the name by which ByName finds the algorithm.
	Name() string

	// DiffOne returns the target that miners of this algorithm usually call
	// difficulty 1. A coin may count otherwise.
	DiffOne() Target

	// Sum hashes header and writes the result to dst as the 32-byte
	// little-endian number that is compared with a target, whatever order
	// the algorithm itself reads its digest in.
	//
	// The header is whatever the chain hashes, nonce included, of any
	// length; dst may overlap it. The param is the job's hash parameter,
	// such as the seed of RandomX; none of the algorithms here has one, and
	// they ignore it. Sum does not keep its arguments and does not allocate.
	Sum(dst *[32]byte, header, param []byte)
}

// known lists every algorithm, in the order of their names.
var known = []Algorithm{scrypt{}, sha256d{}, sha3x{}}

// ByName returns the algorithm called name, which is matched exactly. An
// unknown name gives an error of kind ErrUnknown that lists the known ones.
func ByName(name string) (Algorithm, error) {
	for _, a := range known {
		if a.Name() == name {
			return a, nil
		}
	}
	return nil, fmt.Errorf("%w %q (known: %s)", ErrUnknown, name,
		strings.Join(Names(), ", "))
}

// Names returns the names of all algorithms, sorted. The slice is the caller's.
func Names() []string {
	names := make([]string, len(known))
	for i, a := range known {
		names[i] = a.Name()
	}
	return names
}
