//go:build !unix

package testnode

import "os"

// Pause and Resume fail where there are no such signals.
var (
	pauseSignal  = os.Interrupt
	resumeSignal = os.Interrupt
)
