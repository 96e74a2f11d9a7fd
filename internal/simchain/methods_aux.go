package simchain

import "context"

func createAuxBlock(n *Node, _ context.Context, a args) (any, error) {
	script, err := payTo(n, a)
	if err != nil {
		return nil, err
	}
	return n.createAux(script, Hash{})
}

// payTo is the script of the address in parameter 0.
func payTo(n *Node, a args) ([]byte, error) {
	address, err := a.str(0)
	if err != nil {
		return nil, err
	}
	script, err := n.cfg.decodeAddress(address)
	if err != nil {
		if n.cfg.Dialect == Dogecoin {
			return nil, rpcErrorf(codeParameter, "Invalid coinbase payout address")
		}
		return nil, rpcErrorf(codeAddress, "Error: Invalid coinbase payout address")
	}
	return script, nil
}

func submitAuxBlock(n *Node, _ context.Context, a args) (any, error) {
	return submitProof(n, "submitauxblock", a)
}

func submitProof(n *Node, method string, a args) (any, error) {
	hash, err := a.str(0)
	if err != nil {
		return nil, err
	}
	proof, err := a.str(1)
	if err != nil {
		return nil, err
	}
	ok, err := n.submitAux(method, hash, proof)
	if err != nil {
		return nil, err
	}
	return ok, nil
}

// getAuxBlock is the old call with two forms, which needs a wallet.
func getAuxBlock(n *Node, _ context.Context, a args) (any, error) {
	if n.cfg.Wallet == "" {
		if n.cfg.Dialect == Dogecoin {
			return nil, rpcErrorf(codeWallet, "Error: Keypool ran out, please call keypoolrefill first")
		}
		return nil, rpcErrorf(codeMethod, "Method not found")
	}
	switch {
	case a.has(0) && a.has(1):
		return submitProof(n, "getauxblock", a)
	case a.has(0) || a.has(1):
		return nil, a.helpError()
	}
	script, err := n.cfg.decodeAddress(n.cfg.Wallet)
	if err != nil {
		return nil, err
	}
	return n.createAux(script, Hash{})
}
