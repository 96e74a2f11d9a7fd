//go:build !linux

package loadgen

import "context"

// Shares is for Linux.
func Shares(context.Context, Target, SharesOptions) (*SharesReport, error) {
	return nil, ErrUnsupported
}

// Idle is for Linux.
func Idle(context.Context, Target, IdleOptions) (*IdleReport, error) { return nil, ErrUnsupported }

// Churn is for Linux.
func Churn(context.Context, Target, ChurnOptions) (*ChurnReport, error) { return nil, ErrUnsupported }

// Hostile is for Linux.
func Hostile(context.Context, Target, HostileOptions) (*HostileReport, error) {
	return nil, ErrUnsupported
}
