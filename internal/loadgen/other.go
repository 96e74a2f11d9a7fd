//go:build !linux

package loadgen

import "context"

// Shares is for Linux.
func Shares(context.Context, Target, SharesOptions) (*SharesReport, error) {
	return nil, ErrUnsupported
}
