"""What a coin author writes: a driver, and the coin that it opens.

All methods of a coin may be called at the same time, on different threads. A
method raises CoinError, or OSError and the like, when it could not find out; it
answers when the answer is no. Hashes are 32 bytes in internal order, targets 32
bytes big-endian, amounts base units: coin.proto says so for every field.

Every coin is a Coin; Parent, Aux, Hasher, Wallet and MessageVerifier are powers that
describe announces by their roles. None of these classes has to be inherited from.
"""

from __future__ import annotations

from typing import Iterator, Optional, Protocol

from motherlode_plugin import coin_pb2 as pb
from motherlode_plugin.calls import Call
from motherlode_plugin.latest import Latest


class Coin(Protocol):
    """An open coin."""

    info: pb.CoinInfo  # what the settings made of the coin; it does not change

    def validate_address(self, call: Call, address: str) -> pb.ValidateAddressResponse:
        """Decides whether the address can be paid on the coin's network."""

    def block_status(self, call: Call, block: bytes, height: int) -> pb.BlockStatusResponse:
        """Looks a block up by its hash. Height is a hint, 0 means unknown."""

    def health(self, call: Call) -> Iterator[pb.StreamHealthResponse]:
        """Yields the state of the nodes at once, then every change."""

    def close(self) -> None:
        """Frees what the coin holds and ends its streams."""


class Parent(Coin, Protocol):
    """A coin whose blocks the pool mines directly: ROLE_PARENT."""

    def templates(self, call: Call) -> Iterator[pb.StreamTemplatesResponse]:
        """Yields the present block template at once, then every change."""

    def submit_block(self, call: Call, request: pb.SubmitBlockRequest) -> pb.Verdict:
        """Hands a solved block to the nodes. Idempotent by hash."""


class Aux(Coin, Protocol):
    """A coin that accepts a parent's proof of work: ROLE_AUX."""

    def aux_work(
        self, call: Call, parents: Latest[Optional[pb.StreamAuxWorkRequest]]
    ) -> Iterator[pb.StreamAuxWorkResponse]:
        """Yields the present work at once, then every change.

        Parents is the parent chain's tip, None while none is known, for the few
        chains whose work depends on it.
        """

    def submit_aux(self, call: Call, request: pb.SubmitAuxRequest) -> pb.Verdict:
        """Hands a proof to the nodes. Idempotent by hash."""


class Hasher(Coin, Protocol):
    """A coin with a proof-of-work function of its own: ROLE_HASHER."""

    def hash_batch(self, call: Call, headers: list[bytes], param: bytes) -> list[bytes]:
        """Hashes headers, 0 to 1024 of them, in their order.

        A result is 32 bytes: the number that is compared with the target,
        little-endian. It depends on nothing but the arguments.
        """


class WalletRefused(Exception):
    """A wallet does not do what it was asked, and has sent nothing.

    Every other exception of send_payment means that nobody knows: the pool sends
    the same bytes again.
    """

    def __init__(self, code: int, reason: str = "") -> None:
        super().__init__(reason)
        self.code = code  # pb.WALLET_REFUSAL_CODE_...
        self.reason = reason


class Wallet(Coin, Protocol):
    """A coin that can pay: ROLE_WALLET. All methods may raise WalletRefused.

    A payment is prepared, written down by the pool, and sent. A wallet that signs
    and sends in one call cannot serve this.
    """

    def funds(self, call: Call) -> int:
        """What the wallet can spend now."""

    def reserve_inputs(self, call: Call, raws: list[bytes]) -> None:
        """Locks the inputs of these transactions, and unlocks all others."""

    def prepare_payment(self, call: Call, request: pb.PreparePaymentRequest) -> pb.PreparePaymentResponse:
        """Signs one transaction that makes all payments. It sends nothing."""

    def send_payment(self, call: Call, raw: bytes) -> None:
        """Broadcasts a transaction; one that is out already counts as sent."""

    def payment_status(self, call: Call, request: pb.PaymentStatusRequest) -> pb.PaymentStatusResponse:
        """Looks for a transaction."""


class MessageVerifier(Coin, Protocol):
    """A coin that judges signed messages: ROLE_MESSAGE_VERIFIER."""

    def verify_message(
        self, call: Call, address: str, message: bytes, signature: str
    ) -> pb.VerifyMessageResponse:
        """Says whether a message was signed with the key of an address."""


class Driver(Protocol):
    """Opens coins of one family."""

    def describe(self) -> pb.DescribeResponse:
        """Says what the plugin is: no network, no settings, always the same."""

    def open(self, request: pb.OpenRequest) -> Coin:
        """Checks the settings and makes the coin of them, without asking a node.

        Raises Problems, with all that is wrong with the settings at once.
        """
