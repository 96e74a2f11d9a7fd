package personality

import (
	"errors"
	"fmt"
)

// Quirk names one thing that a miner cannot bear. It is an error for errors.Is.
type Quirk string

// The quirks.
const (
	Silence             Quirk = "no byte for too long"
	SlowLine            Quirk = "a line that is not finished in time"
	LongLine            Quirk = "a line too long for the miner's buffer"
	BadJSON             Quirk = "a line that is no JSON object"
	FirstLine           Quirk = "another line where the reply must be the next"
	UnknownMethod       Quirk = "a method that the miner does not know"
	ReplyForm           Quirk = "a reply of the wrong form"
	ReplyID             Quirk = "a reply whose id is not the request's"
	SubscribeForm       Quirk = "a subscribe result of the wrong form"
	Extranonce1         Quirk = "an extranonce1 that the miner cannot use"
	Extranonce2Size     Quirk = "an extranonce2 of a size that the miner cannot use"
	ConfigureForm       Quirk = "a configure result of the wrong form"
	RollingRefused      Quirk = "no version rolling, without which the miner does not work"
	AuthorizeRefused    Quirk = "the worker is not admitted"
	ExtranonceRefused   Quirk = "mining.extranonce.subscribe is refused"
	MaskTooEarly        Quirk = "a version mask before the worker is admitted"
	JobTooEarly         Quirk = "a job before the subscribe reply"
	JobForm             Quirk = "a job of the wrong form"
	JobRepeated         Quirk = "a job id again, which the miner ignores"
	JobID               Quirk = "a job id that the miner cannot use"
	JobMissing          Quirk = "no job for too long"
	CoinbaseSize        Quirk = "a coinbase too large for the miner"
	CoinbaseOwner       Quirk = "a coinbase that does not pay the miner's owner"
	CoinbaseFee         Quirk = "a coinbase that keeps too much from the miner's owner"
	BranchLength        Quirk = "a merkle branch too long for the miner"
	VersionBits         Quirk = "a job version with bits inside the mask"
	DifficultyForm      Quirk = "a difficulty that is no positive number"
	DifficultyWhole     Quirk = "a difficulty below one, which the miner takes for zero"
	DifficultyTooLow    Quirk = "a difficulty below what the miner takes"
	DifficultyTooHigh   Quirk = "a difficulty above what the miner takes"
	SubmitTooLong       Quirk = "a submission too long for the miner's buffer"
	ShareRefused        Quirk = "an honest share is refused"
	ProbeWithoutSubject Quirk = "a probe whose first read has no mining.notify"
)

func (q Quirk) Error() string { return string(q) }

// Violation ends a miner: the server did what it cannot bear. It unwraps to its
// Quirk.
type Violation struct {
	Miner string
	Quirk Quirk
	Did   string // what the server did
}

func (v *Violation) Error() string { return fmt.Sprintf("%s: %s: %s", v.Miner, v.Quirk, v.Did) }

func (v *Violation) Unwrap() error { return v.Quirk }

// Reasons for the end of a connection that are nobody's fault.
var (
	ErrReconnect = errors.New("the server asked the miner to reconnect")
	ErrClosed    = errors.New("the server closed the connection")
)
