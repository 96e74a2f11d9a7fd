"""Addresses: the coin's symbol, what they pay to, and a checksum.

    TOY 1   40 hex digits   8 hex digits        on the main network
    TOY r1  40 hex digits   8 hex digits        on regtest

The forty digits are the hash of a public key, as in Bitcoin's oldest kind of
address; the eight begin the double SHA-256 of the network's name and that hash.
Whoever mistypes an address, or takes one of the other network, is told so, and
nothing is paid to nobody.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from block import double_hash

SYMBOL = "TOY"
PREFIXES = {"main": SYMBOL + "1", "regtest": SYMBOL + "r1"}

EXAMPLE = bytes(range(1, 21))  # nobody has the key of this one

_DIGITS = re.compile("[0-9a-fA-F]{48}")


class Payee(NamedTuple):
    """A decoded address, or the reason why it is none."""

    reason: str = ""
    canonical: str = ""
    script: bytes = b""


def encode(network: str, key_hash: bytes) -> str:
    """The address of a key's hash of 20 bytes."""
    return PREFIXES[network] + key_hash.hex() + checksum(network, key_hash)


def decode(network: str, address: str) -> Payee:
    """Decides about an address. Capital and small digits are the same."""
    prefix = PREFIXES[network]
    for other, wrong in PREFIXES.items():
        if other != network and address.startswith(wrong):
            return Payee(f"this is an address of the network {other}; expected one of {network}, which begin with {prefix}")
    digits = address[len(prefix) :]
    if not address.startswith(prefix) or not _DIGITS.fullmatch(digits):
        return Payee(f"an address of this chain is {prefix} and 48 hexadecimal digits")
    key_hash = bytes.fromhex(digits[:40])
    if checksum(network, key_hash) != digits[40:].lower():
        return Payee("the checksum does not fit: the address was mistyped or cut")
    return Payee(canonical=prefix + digits.lower(), script=pay_to(key_hash))


def checksum(network: str, key_hash: bytes) -> str:
    """Eight hex digits that tell a mistyped address."""
    return double_hash(network.encode() + key_hash).hex()[:8]


def pay_to(key_hash: bytes) -> bytes:
    """The output script: DUP HASH160 <20 bytes> EQUALVERIFY CHECKSIG."""
    return b"\x76\xa9\x14" + key_hash + b"\x88\xac"
