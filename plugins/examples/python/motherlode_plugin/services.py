"""The gRPC services over a driver and the one coin that it opens.

An exception of the coin becomes the error of its call, and the process lives.
"""

from __future__ import annotations

import logging
import threading
from typing import Any, Callable, Iterator, Optional, TypeVar

import grpc

from motherlode_plugin import coin_pb2 as pb
from motherlode_plugin import coin_pb2_grpc as rpc
from motherlode_plugin.calls import Call, CallEnded, CoinError, Refused, cut
from motherlode_plugin.schema import Problems

T = TypeVar("T")

# A stream keeps a thread for as long as it is open. So many may, and so many more
# threads are left to all other calls. The pool opens two or three streams.
MAX_STREAMS = 32
CALL_THREADS = 32

HASH_SIZE = 32

API_MINOR = 3  # minor version of coin.proto that coin_pb2.py was made from

# What a coin of a role must have.
POWERS = {
    pb.ROLE_PARENT: ("templates", "submit_block"),
    pb.ROLE_AUX: ("aux_work", "submit_aux"),
    pb.ROLE_HASHER: ("hash_batch",),
    pb.ROLE_WALLET: ("funds", "reserve_inputs", "prepare_payment", "send_payment", "payment_status"),
    pb.ROLE_MESSAGE_VERIFIER: ("verify_message",),
}

# The minor version since which a pool knows a role, where it is not the first.
ROLE_MINOR = {pb.ROLE_WALLET: 3, pb.ROLE_MESSAGE_VERIFIER: 3}

log = logging.getLogger(__name__)


class Server:
    """One driver, the coin that it has opened, and how their calls are made."""

    def __init__(self, driver: Any) -> None:
        self.driver = driver
        self._opening = threading.Lock()
        self._coin: Optional[Any] = None
        self._roles: frozenset[int] = frozenset()
        self._streams = threading.BoundedSemaphore(MAX_STREAMS)

    def describe(self, host_minor: int) -> pb.DescribeResponse:
        """What the driver says, with the version that this code speaks.

        Roles that the pool is too old for are left out: it would refuse them.
        """
        answer = pb.DescribeResponse()
        answer.CopyFrom(expect("Describe", pb.DescribeResponse, self.driver.describe()))
        answer.api_minor = answer.api_minor or API_MINOR
        known = [role for role in answer.roles if ROLE_MINOR.get(role, 0) <= host_minor]
        del answer.roles[:]
        answer.roles.extend(known)
        return answer

    def open(self, request: pb.OpenRequest) -> pb.OpenResponse:
        """Opens the coin, once. Wrong settings leave it open for another try."""
        with self._opening:
            if self._coin is not None:
                raise Refused(grpc.StatusCode.FAILED_PRECONDITION, "a coin is open already: one process serves one coin")
            roles = frozenset(self.driver.describe().roles)
            try:
                coin = self.driver.open(request)
            except Problems as problems:
                return pb.OpenResponse(problems=[pb.Problem(path=cut(p), message=cut(m)) for p, m in problems.found])
            for method in (method for role in sorted(roles) for method in POWERS.get(role, ())):
                if not hasattr(coin, method):
                    raise TypeError(f"the driver announces a role whose method {method} its coin lacks")
            answer = pb.OpenResponse(coin=coin.info)
            self._roles, self._coin = roles, coin
            return answer

    def close(self) -> None:
        """Closes the open coin, if there is one."""
        coin, self._coin = self._coin, None
        if coin is not None:
            coin.close()

    def coin(self, role: int = pb.ROLE_UNSPECIFIED) -> Any:
        """The open coin, which must have the role."""
        coin = self._coin
        if coin is None:
            raise Refused(grpc.StatusCode.FAILED_PRECONDITION, "no coin is open")
        if role != pb.ROLE_UNSPECIFIED and role not in self._roles:
            raise Refused(grpc.StatusCode.UNIMPLEMENTED, f"this coin has no {pb.Role.Name(role)}")
        return coin

    def unary(self, context: grpc.ServicerContext, name: str, answer: type[T], work: Callable[[Call], T]) -> T:
        """Answers one call with what work returns, which must be of the given type."""
        try:
            call = Call(context)
            call.check()
            return expect(name, answer, work(call))
        except BaseException as err:  # a coin that calls sys.exit too
            code, text = failure(name, err)
        context.abort(code, text)
        raise AssertionError("abort raises")

    def stream(
        self, context: grpc.ServicerContext, name: str, answer: type[T], source: Callable[[Call], Iterator[T]]
    ) -> Iterator[T]:
        """Sends what source yields. An end that nobody asked for is an error."""
        call = Call(context)
        if not self._streams.acquire(blocking=False):
            context.abort(grpc.StatusCode.ABORTED, f"more than {MAX_STREAMS} streams at once")
        try:
            for value in source(call):
                yield expect(name, answer, value)
            if not call.active():
                return
            raise CoinError(f"the stream {name} has ended, which it must not")
        except GeneratorExit:
            raise
        except BaseException as err:
            code, text = failure(name, err)
        finally:
            self._streams.release()
        context.abort(code, text)


def expect(name: str, answer: type[T], value: Any) -> T:
    """Value, unless it is of another type: then the coin's author has to know."""
    if not isinstance(value, answer):
        raise TypeError(f"{name} gave {type(value).__name__}, want {answer.__name__}")
    return value


def failure(name: str, err: BaseException) -> tuple[grpc.StatusCode, str]:
    """The status that tells the pool of an exception, which goes into the log."""
    if isinstance(err, Refused):
        return err.code, cut(str(err))
    if isinstance(err, CallEnded):
        return grpc.StatusCode.CANCELLED, cut(str(err))
    if isinstance(err, TimeoutError):
        return grpc.StatusCode.DEADLINE_EXCEEDED, cut(f"{name}: {err}")
    if isinstance(err, (CoinError, OSError)):
        log.warning("a call failed", extra={"call": name, "error": str(err)})
        return grpc.StatusCode.UNKNOWN, cut(str(err) or type(err).__name__)
    log.error("exception in the coin", exc_info=(type(err), err, err.__traceback__), extra={"call": name})
    return grpc.StatusCode.INTERNAL, cut(f"exception in the coin: {type(err).__name__}: {err}")


def want_hash(field: str, value: bytes) -> bytes:
    """A hash of a request, which must have its length."""
    if len(value) != HASH_SIZE:
        raise Refused(grpc.StatusCode.INVALID_ARGUMENT, f"{field}: {len(value)} bytes, want {HASH_SIZE}")
    return value


class DriverService(rpc.DriverServicer):
    """Driver."""

    def __init__(self, server: Server) -> None:
        self._server = server

    def Describe(self, request: pb.DescribeRequest, context: grpc.ServicerContext) -> pb.DescribeResponse:
        return self._server.unary(context, "Describe", pb.DescribeResponse, lambda _: self._server.describe(request.host_minor))

    def Open(self, request: pb.OpenRequest, context: grpc.ServicerContext) -> pb.OpenResponse:
        return self._server.unary(context, "Open", pb.OpenResponse, lambda _: self._server.open(request))


class CoinService(rpc.CoinServicer):
    """Coin."""

    def __init__(self, server: Server) -> None:
        self._server = server

    def StreamTemplates(
        self, request: pb.StreamTemplatesRequest, context: grpc.ServicerContext
    ) -> Iterator[pb.StreamTemplatesResponse]:
        def source(call: Call) -> Iterator[pb.StreamTemplatesResponse]:
            return self._server.coin(pb.ROLE_PARENT).templates(call)

        return self._server.stream(context, "StreamTemplates", pb.StreamTemplatesResponse, source)

    def StreamHealth(
        self, request: pb.StreamHealthRequest, context: grpc.ServicerContext
    ) -> Iterator[pb.StreamHealthResponse]:
        def source(call: Call) -> Iterator[pb.StreamHealthResponse]:
            return self._server.coin().health(call)

        return self._server.stream(context, "StreamHealth", pb.StreamHealthResponse, source)

    def SubmitBlock(self, request: pb.SubmitBlockRequest, context: grpc.ServicerContext) -> pb.SubmitBlockResponse:
        def work(call: Call) -> pb.SubmitBlockResponse:
            coin = self._server.coin(pb.ROLE_PARENT)
            want_hash("hash", request.hash)
            want_hash("prev_hash", request.prev_hash)
            verdict = expect("SubmitBlock", pb.Verdict, coin.submit_block(call, request))
            return pb.SubmitBlockResponse(verdict=verdict)

        return self._server.unary(context, "SubmitBlock", pb.SubmitBlockResponse, work)

    def ValidateAddress(
        self, request: pb.ValidateAddressRequest, context: grpc.ServicerContext
    ) -> pb.ValidateAddressResponse:
        def work(call: Call) -> pb.ValidateAddressResponse:
            return self._server.coin().validate_address(call, request.address)

        return self._server.unary(context, "ValidateAddress", pb.ValidateAddressResponse, work)

    def BlockStatus(self, request: pb.BlockStatusRequest, context: grpc.ServicerContext) -> pb.BlockStatusResponse:
        def work(call: Call) -> pb.BlockStatusResponse:
            return self._server.coin().block_status(call, want_hash("hash", request.hash), request.height)

        return self._server.unary(context, "BlockStatus", pb.BlockStatusResponse, work)
