"""A coin that does what a test tells it to, and a pool's connection to it."""

from __future__ import annotations

import contextlib
import os
import tempfile
import threading
import time
from typing import Any, Iterator, Optional

import grpc

from motherlode_plugin import Call, CoinError, Latest, WalletRefused, pb
from motherlode_plugin.process import MAX_MESSAGE, listen
from motherlode_plugin.services import Server


class FakeCoin:
    """A coin of all roles whose address says what happens."""

    def __init__(self) -> None:
        self.info = pb.CoinInfo(symbol="FAKE")
        self.height: Latest[int] = Latest(1)
        self.parents: Optional[Latest] = None
        self.closed = False
        self.gate = threading.Event()  # "wait" returns once it is set

    def validate_address(self, call: Call, address: str) -> Any:
        if address == "fail":
            raise CoinError("the node does not answer")
        if address == "crash":
            raise ValueError("asked to crash")
        if address == "exit":
            raise SystemExit(3)
        if address == "wrong":
            return "a string"
        if address == "late":
            raise TimeoutError("the node was too slow")
        if address == "endless":
            while True:
                call.check()
                time.sleep(0.01)
        if address == "wait":
            self.gate.wait()
        return pb.ValidateAddressResponse(valid=True, script=b"\x51", reason=str(call.remaining()))

    def block_status(self, call: Call, block: bytes, height: int) -> pb.BlockStatusResponse:
        return pb.BlockStatusResponse(state=pb.BLOCK_STATE_UNKNOWN, height=height)

    def health(self, call: Call) -> Iterator[pb.StreamHealthResponse]:
        for height in self.height.follow(call):
            if height == 13:
                raise ValueError("asked to crash")
            if height == 14:
                return
            yield pb.StreamHealthResponse(state=pb.HEALTH_STATE_READY, height=height, tip=bytes(32))

    def templates(self, call: Call) -> Iterator[pb.StreamTemplatesResponse]:
        for height in self.height.follow(call):
            yield pb.StreamTemplatesResponse(id=height, height=height)

    def submit_block(self, call: Call, request: pb.SubmitBlockRequest) -> pb.Verdict:
        return pb.Verdict(code=pb.VERDICT_CODE_RECEIVED, reason=str(len(request.block)))

    def aux_work(self, call: Call, parents: Latest) -> Iterator[pb.StreamAuxWorkResponse]:
        for tip in parents.follow(call):
            yield pb.StreamAuxWorkResponse(height=tip.parent_height if tip else 0)

    def submit_aux(self, call: Call, request: pb.SubmitAuxRequest) -> pb.Verdict:
        return pb.Verdict(code=pb.VERDICT_CODE_STALE, reason="late")

    def hash_batch(self, call: Call, headers: list[bytes], param: bytes) -> list[bytes]:
        return [h.ljust(32 if param != b"short" else 31, b"\0") for h in headers]

    def funds(self, call: Call) -> int:
        return 7

    def reserve_inputs(self, call: Call, raws: list[bytes]) -> None:
        self.reserved = raws

    def prepare_payment(self, call: Call, request: pb.PreparePaymentRequest) -> pb.PreparePaymentResponse:
        total = sum(p.amount for p in request.payments)
        if total > 7:
            raise WalletRefused(pb.WALLET_REFUSAL_CODE_POOR, "it has 7")
        return pb.PreparePaymentResponse(txid="id", raw=b"raw", fee=request.fee.rate)

    def send_payment(self, call: Call, raw: bytes) -> None:
        if raw != b"raw":
            raise CoinError("the node does not answer")

    def payment_status(self, call: Call, request: pb.PaymentStatusRequest) -> pb.PaymentStatusResponse:
        return pb.PaymentStatusResponse(state=pb.PAYMENT_STATE_MINED, confirmations=len(request.payments))

    def verify_message(self, call: Call, address: str, message: bytes, signature: str) -> pb.VerifyMessageResponse:
        if signature == "signed:" + address and message == b"\xff":
            return pb.VerifyMessageResponse(verdict=pb.MESSAGE_VERDICT_VALID)
        return pb.VerifyMessageResponse(verdict=pb.MESSAGE_VERDICT_BAD_SIGNATURE, reason="of another")

    def close(self) -> None:
        self.closed = True
        self.height.close()


class FakeDriver:
    """Opens one FakeCoin."""

    def __init__(self, *roles: int) -> None:
        self.roles = roles or (pb.ROLE_PARENT, pb.ROLE_AUX, pb.ROLE_HASHER)
        self.coin = FakeCoin()

    def describe(self) -> pb.DescribeResponse:
        return pb.DescribeResponse(driver="fake", roles=self.roles)

    def open(self, request: pb.OpenRequest) -> FakeCoin:
        return self.coin


@contextlib.contextmanager
def connected(driver: Any, open_coin: bool = True) -> Iterator[grpc.Channel]:
    """A pool's connection to a driver that is served in this process."""
    from motherlode_plugin import coin_pb2_grpc as rpc

    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "s")
        backend = Server(driver)
        server = listen(backend, path, lambda: None)
        limit = [("grpc.max_receive_message_length", MAX_MESSAGE), ("grpc.max_send_message_length", MAX_MESSAGE)]
        with grpc.insecure_channel("unix:" + path, options=limit) as channel:
            if open_coin:
                rpc.DriverStub(channel).Open(pb.OpenRequest())
            yield channel
        backend.close()
        server.stop(0).wait()
