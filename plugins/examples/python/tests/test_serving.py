"""The serving module against a coin that misbehaves."""

from __future__ import annotations

import json
import logging
import threading
import time
import unittest
from typing import Callable

import grpc

from motherlode_plugin import coin_pb2_grpc as rpc
from motherlode_plugin import pb
from motherlode_plugin.logs import JSONLines
from motherlode_plugin.services import MAX_STREAMS
from tests.fake import FakeDriver, connected

WAIT = 10.0  # seconds before a test gives up


def address(channel: grpc.Channel, text: str, timeout: float = WAIT) -> pb.ValidateAddressResponse:
    """One call whose outcome the address decides."""
    return rpc.CoinStub(channel).ValidateAddress(pb.ValidateAddressRequest(address=text), timeout=timeout)


class Serving(unittest.TestCase):
    def setUp(self) -> None:
        logging.disable(logging.CRITICAL)
        self.addCleanup(logging.disable, logging.NOTSET)

    def connect(self, driver: object, open_coin: bool = True) -> grpc.Channel:
        """A connection that lasts as long as the test."""
        return self.enterContext(connected(driver, open_coin))

    def fails(self, code: grpc.StatusCode, words: str, call: Callable[[], object]) -> None:
        """The call must fail so."""
        with self.assertRaises(grpc.RpcError) as caught:
            call()
        self.assertEqual(caught.exception.code(), code)
        self.assertIn(words, caught.exception.details())

    def test_exceptions_become_errors_of_their_call(self) -> None:
        channel = self.connect(FakeDriver())
        logging.disable(logging.NOTSET)
        with self.assertLogs("motherlode_plugin.services", "ERROR") as logs:
            self.fails(grpc.StatusCode.INTERNAL, "ValueError: asked to crash", lambda: address(channel, "crash"))
        line = json.loads(JSONLines().format(logs.records[0]))
        self.assertEqual((line["level"], line["call"]), ("ERROR", "ValidateAddress"))
        self.assertIn("tests/fake.py", line["traceback"])
        logging.disable(logging.CRITICAL)
        self.fails(grpc.StatusCode.INTERNAL, "SystemExit", lambda: address(channel, "exit"))
        self.fails(grpc.StatusCode.INTERNAL, "gave str, want ValidateAddressResponse", lambda: address(channel, "wrong"))
        self.fails(grpc.StatusCode.UNKNOWN, "the node does not answer", lambda: address(channel, "fail"))
        self.fails(grpc.StatusCode.DEADLINE_EXCEEDED, "too slow", lambda: address(channel, "late"))
        self.assertTrue(address(channel, "good").valid)

    def test_deadlines(self) -> None:
        channel = self.connect(FakeDriver())
        begin = time.monotonic()
        with self.assertRaises(grpc.RpcError) as caught:
            address(channel, "endless", 0.1)
        # The end of the time is told by whichever end of the connection sees it first.
        self.assertIn(caught.exception.code(), (grpc.StatusCode.DEADLINE_EXCEEDED, grpc.StatusCode.CANCELLED))
        self.assertLess(time.monotonic() - begin, 10)
        self.assertTrue(0 < float(address(channel, "good", 5).reason) <= 6)
        call = rpc.CoinStub(channel).ValidateAddress
        self.assertEqual(call(pb.ValidateAddressRequest(address="good")).reason, "None")

    def test_roles_and_order(self) -> None:
        channel = self.connect(FakeDriver(pb.ROLE_AUX), open_coin=False)
        coin, driver = rpc.CoinStub(channel), rpc.DriverStub(channel)
        self.fails(grpc.StatusCode.FAILED_PRECONDITION, "no coin is open", lambda: address(channel, "good"))
        driver.Open(pb.OpenRequest())
        self.fails(grpc.StatusCode.FAILED_PRECONDITION, "open already", lambda: driver.Open(pb.OpenRequest()))
        submit = pb.SubmitBlockRequest(hash=bytes(32), prev_hash=bytes(32))
        self.fails(grpc.StatusCode.UNIMPLEMENTED, "ROLE_PARENT", lambda: coin.SubmitBlock(submit))
        self.fails(grpc.StatusCode.UNIMPLEMENTED, "ROLE_PARENT", lambda: next(coin.StreamTemplates(pb.StreamTemplatesRequest())))

    def test_lengths(self) -> None:
        channel = self.connect(FakeDriver())
        coin = rpc.CoinStub(channel)
        short = pb.SubmitBlockRequest(hash=bytes(31), prev_hash=bytes(32))
        self.fails(grpc.StatusCode.INVALID_ARGUMENT, "hash: 31 bytes", lambda: coin.SubmitBlock(short))
        self.fails(grpc.StatusCode.INVALID_ARGUMENT, "hash: 0", lambda: coin.BlockStatus(pb.BlockStatusRequest()))
        big = pb.SubmitBlockRequest(hash=bytes(32), prev_hash=bytes(32), block=bytes(8 << 20))
        self.assertEqual(coin.SubmitBlock(big).verdict.reason, str(8 << 20))

    def test_streams_send_the_present_state_and_every_change(self) -> None:
        driver = FakeDriver()
        stream = rpc.CoinStub(self.connect(driver)).StreamHealth(pb.StreamHealthRequest(), timeout=WAIT)
        for height in (1, 2, 3):
            self.assertEqual(next(stream).height, height)
            driver.coin.height.set(height + 1)
        driver.coin.height.set(13)
        self.fails(grpc.StatusCode.INTERNAL, "asked to crash", lambda: next(stream))

    def test_a_stream_that_ends_by_itself_is_an_error(self) -> None:
        driver = FakeDriver()
        stream = rpc.CoinStub(self.connect(driver)).StreamHealth(pb.StreamHealthRequest(), timeout=WAIT)
        driver.coin.height.set(14)
        self.fails(grpc.StatusCode.UNKNOWN, "must not", lambda: list(stream))

    def test_streams_do_not_starve_calls_and_free_their_threads(self) -> None:
        driver = FakeDriver()
        channel = self.connect(driver)
        for _ in range(2):  # the second round needs the threads of the first
            streams = [self.opened(channel) for _ in range(MAX_STREAMS)]
            extra = rpc.CoinStub(channel).StreamTemplates(pb.StreamTemplatesRequest())
            self.fails(grpc.StatusCode.ABORTED, "streams at once", lambda: next(extra))
            self.assertTrue(address(channel, "good").valid)
            for stream in streams:
                stream.cancel()

    def opened(self, channel: grpc.Channel) -> grpc.Call:
        """A stream that has begun. Those that were cancelled may still be on their way out."""
        end = time.monotonic() + WAIT
        while True:
            stream = rpc.CoinStub(channel).StreamTemplates(pb.StreamTemplatesRequest(), timeout=WAIT)
            try:
                self.assertEqual(next(stream).height, 1)
                return stream
            except grpc.RpcError:
                self.assertLess(time.monotonic(), end, "threads of cancelled streams are not free")

    def test_calls_at_the_same_time(self) -> None:
        driver = FakeDriver()
        channel = self.connect(driver)
        waiting = [rpc.CoinStub(channel).ValidateAddress.future(pb.ValidateAddressRequest(address="wait")) for _ in range(16)]
        self.assertTrue(address(channel, "good").valid)
        driver.coin.gate.set()
        self.assertTrue(all(call.result(WAIT).valid for call in waiting))

    def test_aux(self) -> None:
        channel = self.connect(FakeDriver())
        told, more = [pb.StreamAuxWorkRequest()], threading.Event()

        def requests() -> object:
            yield told[0]
            more.wait()
            yield pb.StreamAuxWorkRequest(has_tip=True, parent_hash=bytes(32), parent_height=7)
            threading.Event().wait(WAIT)

        works = rpc.AuxStub(channel).StreamAuxWork(requests())
        self.assertEqual(next(works).height, 0)
        more.set()
        self.assertEqual(next(works).height, 7)
        works.cancel()
        self.assertEqual(rpc.AuxStub(channel).SubmitAux(pb.SubmitAuxRequest()).verdict.code, pb.VERDICT_CODE_STALE)

    def test_hash_batch(self) -> None:
        batch = rpc.HasherStub(self.connect(FakeDriver())).HashBatch
        self.assertEqual(batch(pb.HashBatchRequest()).hashes, b"")
        got = batch(pb.HashBatchRequest(header_size=3, headers=b"abcdef")).hashes
        self.assertEqual(got, b"abc".ljust(32, b"\0") + b"def".ljust(32, b"\0"))
        self.assertEqual(len(batch(pb.HashBatchRequest(header_size=1, headers=bytes(1024))).hashes), 1024 * 32)
        for size, count in ((0, 4), (3, 4), (1, 1025)):
            odd = pb.HashBatchRequest(header_size=size, headers=bytes(count))
            self.fails(grpc.StatusCode.INVALID_ARGUMENT, "headers", lambda: batch(odd))
        short = pb.HashBatchRequest(header_size=1, headers=b"a", hash_param=b"short")
        self.fails(grpc.StatusCode.INTERNAL, "not 32 bytes", lambda: batch(short))

    def test_payments(self) -> None:
        driver = FakeDriver(pb.ROLE_WALLET)
        wallet = rpc.WalletStub(self.connect(driver))
        self.assertEqual(wallet.Funds(pb.FundsRequest()).amount, 7)
        self.assertFalse(wallet.ReserveInputs(pb.ReserveInputsRequest(open=[b"a", b"b"])).HasField("refusal"))
        self.assertEqual(driver.coin.reserved, [b"a", b"b"])
        pay = pb.PreparePaymentRequest(payments=[pb.Payment(address="x", amount=6)], fee=pb.FeePolicy(rate=3))
        self.assertEqual(wallet.PreparePayment(pay), pb.PreparePaymentResponse(txid="id", raw=b"raw", fee=3))
        pay.payments.add(address="y", amount=2)
        refusal = wallet.PreparePayment(pay).refusal
        self.assertEqual((refusal.code, refusal.reason), (pb.WALLET_REFUSAL_CODE_POOR, "it has 7"))
        self.assertFalse(wallet.SendPayment(pb.SendPaymentRequest(raw=b"raw")).HasField("refusal"))
        lost = pb.SendPaymentRequest(raw=b"other")
        self.fails(grpc.StatusCode.UNKNOWN, "does not answer", lambda: wallet.SendPayment(lost))
        status = wallet.PaymentStatus(pb.PaymentStatusRequest(raw=b"raw", payments=pay.payments))
        self.assertEqual((status.state, status.confirmations), (pb.PAYMENT_STATE_MINED, 2))

    def test_signed_messages(self) -> None:
        verify = rpc.MessageVerifierStub(self.connect(FakeDriver(pb.ROLE_MESSAGE_VERIFIER))).VerifyMessage
        good = pb.VerifyMessageRequest(address="a", message=b"\xff", signature="signed:a")
        self.assertEqual(verify(good).verdict, pb.MESSAGE_VERDICT_VALID)
        good.address = "b"
        self.assertEqual(verify(good).verdict, pb.MESSAGE_VERDICT_BAD_SIGNATURE)

    def test_a_pool_hears_of_no_role_that_it_is_too_old_for(self) -> None:
        driver = FakeDriver(pb.ROLE_PARENT, pb.ROLE_WALLET, pb.ROLE_MESSAGE_VERIFIER)
        describe = rpc.DriverStub(self.connect(driver)).Describe
        self.assertEqual(list(describe(pb.DescribeRequest(host_minor=2)).roles), [pb.ROLE_PARENT])
        self.assertEqual(len(describe(pb.DescribeRequest(host_minor=3)).roles), 3)

    def test_without_their_roles_payments_are_not_served(self) -> None:
        channel = self.connect(FakeDriver(pb.ROLE_PARENT))
        for call, request in (
            (rpc.WalletStub(channel).Funds, pb.FundsRequest()),
            (rpc.MessageVerifierStub(channel).VerifyMessage, pb.VerifyMessageRequest()),
        ):
            self.fails(grpc.StatusCode.UNIMPLEMENTED, "this coin has no", lambda: call(request))

    def test_ping(self) -> None:
        ping = self.connect(FakeDriver()).unary_unary("/grpc.health.v1.Health/Check")
        self.assertEqual(ping(b"\x0a\x06plugin"), b"\x08\x01")

    def test_a_role_without_its_methods(self) -> None:
        driver = FakeDriver(pb.ROLE_HASHER)
        driver.open = lambda request: type("Coin", (), {"info": pb.CoinInfo()})()
        channel = self.connect(driver, open_coin=False)
        self.fails(grpc.StatusCode.INTERNAL, "hash_batch", lambda: rpc.DriverStub(channel).Open(pb.OpenRequest()))


class LogLines(unittest.TestCase):
    def test_lines_are_json_whatever_is_logged(self) -> None:
        endless: dict = {}
        endless["self"] = endless
        for args, extra in (
            (("two\nlines %s", "\x00\ud800"), {"height": 5, "raw": b"\xff"}),
            (("%d is not", "a number"), {"nan": float("nan")}),
            (("odd",), {"endless": endless, "keys": {(1, 2): 3}}),
        ):
            record = logging.getLogger("x").makeRecord("x", logging.WARNING, "f", 1, args[0], args[1:], None, extra=extra)
            text = JSONLines().format(record)
            line = json.loads(text, parse_constant=lambda name: self.fail(f"{name} is no JSON"))
            self.assertEqual(line["level"], "WARN")
            self.assertNotIn("\n", text)
            self.assertTrue(text.isascii())
            for key in extra:
                self.assertIn(key, line)


if __name__ == "__main__":
    unittest.main()
