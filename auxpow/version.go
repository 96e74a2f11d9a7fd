package auxpow

import "fmt"

// AuxFlag is the bit of a block version that says that a proof follows the
// header.
//
//	bits  0-7   base version
//	bit   8     the block carries a proof
//	bits 16-31  chain id
const AuxFlag uint32 = 1 << 8

// ChainID returns the chain id that a block version carries.
func ChainID(version uint32) uint32 { return version >> 16 }

// IsAux reports whether a block version has AuxFlag.
func IsAux(version uint32) bool { return version&AuxFlag != 0 }

// RolledOntoID reports whether some rolling of version within mask carries the
// chain id. An unrolled version counts as one of them, so it also answers for
// a mask of 0. An id above 0xffff fits into no version.
func RolledOntoID(version, mask, id uint32) bool {
	if id > 0xffff {
		return false
	}
	fixed := ^mask >> 16
	return (ChainID(version)^id)&fixed == 0
}

// RolledOntoFlag reports whether some rolling of version within mask has
// AuxFlag. The mask 1fffe000 never does; a wider one, such as BIP 323's
// 1fffffe0, may.
func RolledOntoFlag(version, mask uint32) bool {
	return IsAux(version | mask)
}

// CheckRolling refuses a parent version and mask that rolling miners could
// turn into a version that the aux chain refuses. It is meant for the start;
// its errors are RuleParentIsAux and RuleParentOwnID.
func CheckRolling(version, mask uint32, rules Rules) error {
	if rules.NoAuxParent && RolledOntoFlag(version, mask) {
		return fmt.Errorf("%w: version %08x rolled within %08x", RuleParentIsAux, version, mask)
	}
	if rules.StrictID && RolledOntoID(version, mask, rules.ChainID) {
		return fmt.Errorf("%w: version %08x rolled within %08x reaches id %#x",
			RuleParentOwnID, version, mask, rules.ChainID)
	}
	return nil
}

// CheckParentVersion checks the version of one parent header, as mined,
// against an aux chain. It does not allocate, so it can stand in the path of
// every share. Its errors are RuleParentIsAux and RuleParentOwnID themselves.
//
// Source: Namecoin Core's CheckProofOfWork and CAuxPow::check.
func CheckParentVersion(version uint32, rules Rules) error {
	if rules.NoAuxParent && IsAux(version) {
		return RuleParentIsAux
	}
	if rules.StrictID && ChainID(version) == rules.ChainID {
		return RuleParentOwnID
	}
	return nil
}

// CheckBlockVersion checks the version of an aux block that is to carry a
// proof. Its errors are RuleBlockNotAux and RuleBlockForeignID.
func CheckBlockVersion(version uint32, rules Rules) error {
	if !IsAux(version) {
		return RuleBlockNotAux
	}
	if rules.StrictID && ChainID(version) != rules.ChainID {
		return RuleBlockForeignID
	}
	return nil
}
