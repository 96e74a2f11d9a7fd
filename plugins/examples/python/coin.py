"""The methods that the pool calls: the chain, as the protocol says it."""

from __future__ import annotations

import logging
import threading
from typing import Iterator

import address as addresses
from block import HEADER_SIZE, BadBlock, double_hash, height_push, merkle_branch
from chain import MAX_AHEAD, MAX_SCRIPT, SUBSIDY, VERSION, VERSION_MASK, Chain, Duplicate, Stale, State
from motherlode_plugin import Call, pb

NODE = "memory"  # where a coin with a node has that node's address, without credentials

log = logging.getLogger("toychain")


class ToychainCoin:
    """One open Toychain."""

    def __init__(self, info: pb.CoinInfo, chain: Chain, refresh_seconds: float) -> None:
        self.info = info
        self.chain = chain
        self._closed = threading.Event()
        self._clock = threading.Thread(target=self._refresh, args=(refresh_seconds,), name="refresh", daemon=True)
        self._clock.start()

    def _refresh(self, seconds: float) -> None:
        while not self._closed.wait(seconds):
            self.chain.refresh()

    def close(self) -> None:
        """Ends the streams and the refreshing."""
        self._closed.set()
        self.chain.state.close()
        self._clock.join()

    def templates(self, call: Call) -> Iterator[pb.StreamTemplatesResponse]:
        """Yields the template for each state of the chain, the present one first."""
        for state in self.chain.state.follow(call):
            yield template(self.chain, state)

    def health(self, call: Call) -> Iterator[pb.StreamHealthResponse]:
        """Yields the state of what would be the node: at once, then for each tip."""
        sent = b""
        for state in self.chain.state.follow(call):
            if state.tip != sent:
                sent = state.tip
                node = pb.NodeHealth(
                    node=NODE, state=pb.HEALTH_STATE_READY, height=state.height, version="toychain", news="memory"
                )
                yield pb.StreamHealthResponse(
                    state=pb.HEALTH_STATE_READY, height=state.height, tip=state.tip, nodes=[node]
                )

    def submit_block(self, call: Call, request: pb.SubmitBlockRequest) -> pb.Verdict:
        """Judges a block. A refusal is a verdict, with the reason for its finder."""
        try:
            if double_hash(request.block[:HEADER_SIZE]) != request.hash:
                raise BadBlock("the block has another hash than the one it is submitted by")
            height = self.chain.accept(request.block)
        except Duplicate:
            return pb.Verdict(code=pb.VERDICT_CODE_DUPLICATE, node=NODE)
        except Stale as err:
            return pb.Verdict(code=pb.VERDICT_CODE_STALE, reason=str(err), node=NODE)
        except BadBlock as err:
            log.warning("block refused", extra={"height": request.height, "reason": str(err)})
            return pb.Verdict(code=pb.VERDICT_CODE_REJECTED, reason=str(err), node=NODE)
        log.info("block taken in", extra={"height": height, "hash": request.hash[::-1].hex()})
        return pb.Verdict(code=pb.VERDICT_CODE_RECEIVED, node=NODE)

    def block_status(self, call: Call, block: bytes, height: int) -> pb.BlockStatusResponse:
        """Looks a block up. There are no side branches here."""
        found, confirmations = self.chain.find(block)
        if confirmations == 0:
            return pb.BlockStatusResponse(state=pb.BLOCK_STATE_UNKNOWN, node=NODE)
        return pb.BlockStatusResponse(
            state=pb.BLOCK_STATE_BEST_CHAIN, confirmations=confirmations, height=found, node=NODE
        )

    def validate_address(self, call: Call, address: str) -> pb.ValidateAddressResponse:
        """Decides whether an address can be paid, and with which script."""
        payee = addresses.decode(self.info.network, address)
        if payee.reason:
            return pb.ValidateAddressResponse(reason=payee.reason)
        return pb.ValidateAddressResponse(valid=True, canonical=payee.canonical, script=payee.script)


def template(chain: Chain, state: State) -> pb.StreamTemplatesResponse:
    """The work on top of a state, ready for the pool to put its coinbase in."""
    fees = sum(tx.fee for tx in state.waiting)
    tree = pb.CoinbaseTree(
        version=VERSION,
        version_mask=VERSION_MASK,
        bits=chain.rules.bits,
        merkle_branch=merkle_branch([tx.txid for tx in state.waiting]),
        coinbase_version=2,
        script_prefix=height_push(state.height + 1),
        script_limit=MAX_SCRIPT,
        tx_count=len(state.waiting),
        tx_blob=b"".join(tx.raw for tx in state.waiting),
    )
    return pb.StreamTemplatesResponse(
        id=state.sequence,
        reason=state.reason,
        height=state.height + 1,
        prev_hash=state.tip,
        target=chain.target.to_bytes(32, "big"),
        reward=SUBSIDY + fees,
        fees=fees,
        time=state.time,
        min_time=state.tip_time,
        max_time=state.time + MAX_AHEAD,
        node=NODE,
        source="memory",
        coinbase_tree=tree,
        heard_unix_ns=state.heard_ns,
    )
