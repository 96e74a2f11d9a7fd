"""What a pool does, for tests: blocks out of templates."""

from __future__ import annotations

import struct

from block import NULL_OUTPOINT, Header, double_hash, expand_bits
from chain import Chain, Rules, State
from coin import template
from motherlode_plugin import pb

EASY = 0x207FFFFF  # every second hash is a block


class Clock:
    """A clock that stands still."""

    def __init__(self) -> None:
        self.time = 1_750_000_000.0

    def __call__(self) -> float:
        return self.time


def easy_chain(transactions: int = 5) -> Chain:
    """A chain on which every second hash is a block."""
    return Chain(Rules(bits=EASY, transactions=transactions), now=Clock())


def coinbase(work: pb.StreamTemplatesResponse, script: bytes = b"", value: int = -1) -> bytes:
    """A coinbase for a template that pays the whole reward, or value."""
    script = work.coinbase_tree.script_prefix + (script or b"miner")
    out = struct.pack("<I", work.coinbase_tree.coinbase_version) + b"\x01" + NULL_OUTPOINT
    out += bytes([len(script)]) + script + b"\xff\xff\xff\xff"
    out += b"\x01" + struct.pack("<Q", work.reward if value < 0 else value) + b"\x01\x51"
    return out + bytes(4)


def header_of(work: pb.StreamTemplatesResponse, first: bytes) -> Header:
    """The header for a coinbase, without work done: its root comes from the branch."""
    root = double_hash(first)
    for other in work.coinbase_tree.merkle_branch:
        root = double_hash(root + other)
    return Header(work.coinbase_tree.version, work.prev_hash, root, work.time, work.coinbase_tree.bits, 0)


def solve(header: Header) -> Header:
    """Searches the nonce."""
    target = expand_bits(EASY)
    while int.from_bytes(double_hash(header.pack()), "little") > target:
        header = header._replace(nonce=header.nonce + 1)
    return header


def block(header: Header, work: pb.StreamTemplatesResponse, first: bytes) -> bytes:
    """The serialised block."""
    tree = work.coinbase_tree
    count = tree.tx_count + 1
    size = bytes([count]) if count < 0xFD else b"\xfd" + struct.pack("<H", count)
    return header.pack() + size + first + tree.tx_blob


def mine(chain: Chain) -> bytes:
    """A solved block on the chain's tip."""
    state: State = chain.state.get()
    work = template(chain, state)
    first = coinbase(work)
    return block(solve(header_of(work, first)), work, first)
