package store

// Error is a kind of failure of this package; compare with errors.Is.
type Error string

func (e Error) Error() string { return string(e) }

// The kinds.
const (
	ErrLocked Error = "database is in use by another process"
	ErrFailed Error = "database failed"     // for now; the same may succeed later
	ErrBroken Error = "database is damaged" // for good: nothing but another database helps
)

// Store is an open database. All methods may be called by any goroutine.
type Store interface {
	// View calls f with a transaction that sees one committed state. What f did
	// not copy of keys and values is not valid after it.
	View(f func(Tx) error) error

	// Update calls f with a transaction that is committed when f returns nil, and
	// of which nothing is left when it returns an error or the commit fails.
	// Updates happen one after another. Where a failed commit wraps ErrFailed it may
	// have taken place all the same: who goes on reads what is there.
	Update(f func(Tx) error) error

	// Close waits for transactions under way.
	Close() error
}

// Tx is a transaction. It belongs to one goroutine.
type Tx interface {
	// Bucket is a bucket that was made before. It panics in no case, but may
	// return nil for one that was not.
	Bucket(name []byte) Bucket

	MakeBucket(name []byte) error   // unless it is there
	DeleteBucket(name []byte) error // with its rows
	ForEach(f func(name []byte, b Bucket) error) error
}

// Ahead is a Tx that reads many rows in little more than the time of one, as one
// behind a socket does. Who knows what comes next asks for it, and goes on without
// where the Tx is none.
type Ahead interface {
	// ReadAhead is told which rows of a bucket Get will be asked for. It changes no
	// answer. What it has read is held until the row is written or the transaction
	// ends. A failure is one of Get.
	ReadAhead(bucket []byte, keys [][]byte)
}

// Bucket is a set of rows, ordered by the bytes of their keys.
type Bucket interface {
	// Get is the value of a key; nil where there is none. It may not be changed.
	Get(key []byte) []byte

	// Put sets the value of a key. Neither may be changed before the transaction
	// has ended.
	Put(key, value []byte) error

	Delete(key []byte) error

	// ForEach calls f for every row in order. F may not change the bucket.
	ForEach(f func(key, value []byte) error) error

	Cursor() Cursor
}

// Cursor walks a bucket that is not changed meanwhile. A nil key is the end.
type Cursor interface {
	First() (key, value []byte)
	Last() (key, value []byte)
	Next() (key, value []byte)
	Prev() (key, value []byte)

	// Seek moves to the key, or to the first after it.
	Seek(key []byte) (k, value []byte)
}
