"""Blocks as they are serialised: headers, transactions, trees and targets.

A header is Bitcoin's, 80 bytes, all numbers little-endian:

    version 4 | previous hash 32 | merkle root 32 | time 4 | bits 4 | nonce 4

and a block is its header, the number of transactions, and these, the coinbase
first. Hashes are kept in internal order, in which they are computed.
"""

from __future__ import annotations

import hashlib
import struct
from typing import NamedTuple, Sequence

HEADER_SIZE = 80
EASIEST = 0x7FFFFF << 232  # the target of bits 207fffff
DIFFICULTY_ONE = 0xFFFF << 208

NULL_OUTPOINT = bytes(32) + b"\xff\xff\xff\xff"


class BadBlock(Exception):
    """What is wrong with a block, in the words that its finder will read."""


def double_hash(data: bytes) -> bytes:
    """SHA-256 of SHA-256."""
    return hashlib.sha256(hashlib.sha256(data).digest()).digest()


def expand_bits(bits: int) -> int:
    """The target that compact bits stand for: three digits of base 256 and an exponent."""
    exponent, mantissa = bits >> 24, bits & 0x7FFFFF
    if bits & 0x800000:
        raise BadBlock(f"bits {bits:08x} are negative")
    target = mantissa << 8 * (exponent - 3) if exponent >= 3 else mantissa >> 8 * (3 - exponent)
    if target == 0 or target >= 1 << 256:
        raise BadBlock(f"bits {bits:08x} are zero or too large")
    return target


def height_push(height: int) -> bytes:
    """The height as the coinbase script has to begin with it, a minimal push (BIP 34)."""
    if height <= 16:
        return bytes([0x50 + height]) if height else b"\x00"
    number = height.to_bytes(height.bit_length() // 8 + 1, "little")  # the top bit is the sign
    return bytes([len(number)]) + number


def merkle_root(hashes: Sequence[bytes]) -> bytes:
    """The root over transaction ids. An odd row repeats its last hash."""
    row = list(hashes)
    while len(row) > 1:
        if len(row) % 2:
            row.append(row[-1])
        row = [double_hash(row[i] + row[i + 1]) for i in range(0, len(row), 2)]
    return row[0]


def merkle_branch(hashes: Sequence[bytes]) -> list[bytes]:
    """The branch of the coinbase above the other transactions' ids, leaf to root.

    It does not need the coinbase: that is always the first of its row, so each
    step takes the second and pairs up the rest.
    """
    branch, row = [], list(hashes)
    while row:
        branch.append(row.pop(0))
        if len(row) % 2:
            row.append(row[-1])
        row = [double_hash(row[i] + row[i + 1]) for i in range(0, len(row), 2)]
    return branch


class Header(NamedTuple):
    """A block header."""

    version: int
    previous: bytes
    root: bytes
    time: int
    bits: int
    nonce: int

    def pack(self) -> bytes:
        """The 80 bytes."""
        return struct.pack("<I32s32sIII", *self)

    @classmethod
    def unpack(cls, raw: bytes) -> "Header":
        """Reads the 80 bytes that a block begins with."""
        if len(raw) < HEADER_SIZE:
            raise BadBlock(f"a block of {len(raw)} bytes is shorter than a header")
        return cls(*struct.unpack_from("<I32s32sIII", raw))


class Transaction(NamedTuple):
    """What the chain's rules need of a transaction."""

    txid: bytes
    outpoint: bytes  # of the first input
    script: bytes    # of the first input
    inputs: int
    paid: int        # sum of the outputs


class Reader:
    """Reads a serialisation, and raises BadBlock where it ends too soon."""

    def __init__(self, data: bytes, at: int = 0) -> None:
        self.data, self.at = data, at

    def take(self, size: int) -> bytes:
        """The next bytes."""
        end = self.at + size
        if end > len(self.data):
            raise BadBlock("the block ends within a transaction")
        part, self.at = self.data[self.at : end], end
        return part

    def number(self, size: int) -> int:
        """A little-endian number of so many bytes."""
        return int.from_bytes(self.take(size), "little")

    def count(self) -> int:
        """A number in Bitcoin's compact form."""
        first = self.number(1)
        return first if first < 0xFD else self.number(2 << (first - 0xFD))

    def transaction(self) -> Transaction:
        """The next transaction, in the form without witness, the only one here."""
        start = self.at
        self.take(4)  # version
        inputs = self.count()
        if inputs == 0:
            raise BadBlock("a transaction has no inputs")
        outpoint, script = b"", b""
        for i in range(inputs):
            where, what = self.take(36), self.take(self.count())
            self.take(4)  # sequence
            if i == 0:
                outpoint, script = where, what
        paid = 0
        outputs = self.count()
        for _ in range(outputs):
            paid += self.number(8)
            self.take(self.count())  # script
        if outputs == 0:
            raise BadBlock("a transaction has no outputs")
        self.take(4)  # lock time
        return Transaction(double_hash(self.data[start : self.at]), outpoint, script, inputs, paid)


def read_transactions(raw: bytes) -> list[Transaction]:
    """The transactions behind a block's header, and nothing behind these."""
    reader = Reader(raw, HEADER_SIZE)
    count = reader.count()
    if not 1 <= count <= len(raw):
        raise BadBlock(f"the block says that it has {count} transactions")
    found = [reader.transaction() for _ in range(count)]
    if reader.at != len(raw):
        raise BadBlock(f"{len(raw) - reader.at} bytes follow the last transaction")
    return found
