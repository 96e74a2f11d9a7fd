package chain

import (
	"context"
	"errors"

	"github.com/motherlode-pool/motherlode/coins"
)

// VerifyMessage asks the coin that is open now whether the owner of address has
// signed message. Nil is a good signature, an error of kind coins.MessageError is
// the coin's answer, as it gave it; any other means that nobody knows: ErrDown
// when no coin is open, ErrRole when it cannot tell.
func (r *Runner) VerifyMessage(ctx context.Context, address, message, signature string) (err error) {
	defer r.called(ctx)()
	v, err := open[coins.MessageVerifier](r)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, r.o.VerifyTimeout)
	defer cancel()
	defer recovered(&err)
	err = v.VerifyMessage(ctx, address, message, signature)
	var kind coins.MessageError
	if errors.As(err, &kind) {
		return err
	}
	return r.wrap("verify message", err)
}
