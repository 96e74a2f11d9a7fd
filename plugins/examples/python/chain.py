"""The chain: the tip, the waiting transactions, and what a block has to be.

A coin with a node has calls to that node in the place of this file. The chain
forgets everything when its process ends, it pays nobody, and a block that does
not build on the tip is refused: there are no side branches.
"""

from __future__ import annotations

import struct
import threading
import time
from typing import Callable, NamedTuple

from address import pay_to
from block import (
    HEADER_SIZE, NULL_OUTPOINT, BadBlock, Header, Transaction,
    double_hash, expand_bits, height_push, merkle_root, read_transactions,
)
from motherlode_plugin import Latest, pb

VERSION = 0x20000000
VERSION_MASK = 0x1FFFE000  # bits of the version that miners may roll (BIP 320)
SUBSIDY = 50 * 10**8
MAX_SIZE = 4_000_000       # bytes of a block
MAX_SCRIPT = 100           # bytes of the coinbase script
MAX_AHEAD = 7200           # seconds that a block's time may be ahead of the clock
GENESIS_TIME = 1_700_000_000


class Duplicate(Exception):
    """The block is in the chain already."""


class Stale(Exception):
    """The block builds on one that is no longer the tip."""


class Rules(NamedTuple):
    """What the settings say of the chain."""

    bits: int          # compact target of every block
    transactions: int  # that wait when a block was found


class Waiting(NamedTuple):
    """A transaction that waits for a block."""

    txid: bytes
    raw: bytes
    fee: int


class State(NamedTuple):
    """The chain at one moment, which is never changed: a new one takes its place."""

    sequence: int  # grows with every state
    reason: int    # what has changed, a pb.Reason
    tip: bytes
    height: int    # of the tip
    tip_time: int  # in the tip's header
    heard_ns: int  # when the tip came, on the clock
    time: int      # of a block that is begun now
    waiting: tuple[Waiting, ...]


class Chain:
    """The chain. Its methods may be called on any thread."""

    def __init__(self, rules: Rules, now: Callable[[], float] = time.time) -> None:
        self.rules = rules
        self.target = expand_bits(rules.bits)
        self.now = now
        self._lock = threading.Lock()  # held while a block is judged and taken in
        genesis = Header(VERSION, bytes(32), double_hash(b"genesis"), GENESIS_TIME, rules.bits, 0)
        tip = double_hash(genesis.pack())
        self._heights = {tip: 0}
        self._made = 0  # transactions so far
        waiting = tuple(self._transaction() for _ in range(rules.transactions))
        self.state = Latest(
            State(1, pb.REASON_NEW_TIP, tip, 0, GENESIS_TIME, self._now_ns(), self._time(GENESIS_TIME), waiting)
        )

    def find(self, block: bytes) -> tuple[int, int]:
        """A block's height and its confirmations, which are 0 when it is not known."""
        with self._lock:
            height = self._heights.get(block)
            return (0, 0) if height is None else (height, self.state.get().height - height + 1)

    def refresh(self) -> None:
        """Time passes: another transaction comes in, as long as there is room."""
        with self._lock:
            state = self.state.get()
            reason, waiting = pb.REASON_REFRESH, state.waiting
            if len(waiting) < 2 * self.rules.transactions:
                reason, waiting = pb.REASON_NEW_TXS, waiting + (self._transaction(),)
            at = self._time(state.tip_time)
            self.state.set(state._replace(sequence=state.sequence + 1, reason=reason, time=at, waiting=waiting))

    def accept(self, raw: bytes) -> int:
        """Takes a solved block in and returns its height.

        Raises Duplicate, Stale, or BadBlock with the rule that is broken.
        """
        header = Header.unpack(raw)
        block = double_hash(raw[:HEADER_SIZE])
        with self._lock:
            state = self.state.get()
            if block in self._heights:
                raise Duplicate
            self._check_header(header, block, state)
            transactions = self._check_size_and_read(raw)
            taken = self._check_transactions(header, transactions, state)
            self._append(block, header, taken, state)
            return state.height + 1

    def _check_header(self, header: Header, block: bytes, state: State) -> None:
        if header.bits != self.rules.bits:
            raise BadBlock(f"bits are {header.bits:08x}, want {self.rules.bits:08x}")
        if int.from_bytes(block, "little") > self.target:
            raise BadBlock("the hash is above the target: the work was not done")
        if header.previous != state.tip:
            if header.previous in self._heights:
                raise Stale("the block does not build on the tip")
            raise BadBlock("the previous block is not known")
        if header.version & ~VERSION_MASK != VERSION:
            raise BadBlock(f"version {header.version:08x} differs from {VERSION:08x} outside of the mask {VERSION_MASK:08x}")
        if header.time < state.tip_time:
            raise BadBlock(f"time {header.time} is before that of the previous block, {state.tip_time}")
        if header.time > self.now() + MAX_AHEAD:
            raise BadBlock(f"time {header.time} is more than two hours ahead")

    def _check_size_and_read(self, raw: bytes) -> list[Transaction]:
        if len(raw) > MAX_SIZE:
            raise BadBlock(f"the block has {len(raw)} bytes, the limit is {MAX_SIZE}")
        return read_transactions(raw)

    def _check_transactions(self, header: Header, found: list[Transaction], state: State) -> set[bytes]:
        """The ids of the waiting transactions that the block takes."""
        if merkle_root([tx.txid for tx in found]) != header.root:
            raise BadBlock("the merkle root does not belong to the transactions")
        fees = {tx.txid: tx.fee for tx in state.waiting}
        taken = {tx.txid for tx in found[1:]}
        if len(taken) != len(found) - 1:
            raise BadBlock("a transaction is there twice")
        if not taken <= fees.keys():
            raise BadBlock("a transaction is not known here")
        check_coinbase(found[0], state.height + 1, SUBSIDY + sum(fees[txid] for txid in taken))
        return taken

    def _append(self, block: bytes, header: Header, taken: set[bytes], state: State) -> None:
        waiting = tuple(tx for tx in state.waiting if tx.txid not in taken)
        while len(waiting) < self.rules.transactions:
            waiting += (self._transaction(),)
        self._heights[block] = state.height + 1
        self.state.set(
            State(
                state.sequence + 1, pb.REASON_NEW_TIP, block, state.height + 1, header.time,
                self._now_ns(), self._time(header.time), waiting,
            )
        )

    def _now_ns(self) -> int:
        return int(self.now() * 1e9)

    def _time(self, earliest: int) -> int:
        return max(int(self.now()), earliest)

    def _transaction(self) -> Waiting:
        """Somebody's transaction: one input with a made-up signature, one output."""
        self._made += 1
        name = struct.pack("<Q", self._made)
        script = b"\x40" + double_hash(b"r" + name) + double_hash(b"s" + name)
        raw = struct.pack("<I", 2) + b"\x01" + double_hash(b"outpoint" + name) + bytes(4)
        raw += bytes([len(script)]) + script + b"\xff\xff\xff\xff"
        pay = pay_to(double_hash(b"payee" + name)[:20])
        raw += b"\x01" + struct.pack("<Q", 10**8) + bytes([len(pay)]) + pay + bytes(4)
        return Waiting(double_hash(raw), raw, 1000 + self._made % 7 * 100)


def check_coinbase(coinbase: Transaction, height: int, most: int) -> None:
    """Raises BadBlock when the first transaction is not what a coinbase has to be."""
    if coinbase.inputs != 1 or coinbase.outpoint != NULL_OUTPOINT:
        raise BadBlock("the first transaction is no coinbase")
    if not 2 <= len(coinbase.script) <= MAX_SCRIPT:
        raise BadBlock(f"the coinbase script has {len(coinbase.script)} bytes, want 2 to {MAX_SCRIPT}")
    if not coinbase.script.startswith(height_push(height)):
        raise BadBlock(f"the coinbase script does not begin with the height {height}")
    if coinbase.paid > most:
        raise BadBlock(f"the coinbase pays {coinbase.paid}, the reward is {most}")
