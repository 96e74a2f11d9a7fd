"""One call of the pool, as the coin sees it, and how it can fail."""

from __future__ import annotations

from typing import Callable, Optional

import grpc

# An error's text travels in a header, which has a limit of its own.
MAX_ERROR_TEXT = 4096

# gRPC says "no deadline" by one that is centuries away, in seconds.
NO_DEADLINE = 1e9


class CoinError(Exception):
    """An expected failure: a node that does not answer, say.

    The outcome of the call is unknown then, and the pool asks again. A refusal is
    no failure but an answer: a verdict, a problem, an address that is not valid.
    It is told to the pool without a traceback in the log; every other exception
    is taken for a fault of the coin and gets one.
    """


class CallEnded(Exception):
    """Nobody waits for the answer any more: cancelled, or past its deadline."""


class Refused(Exception):
    """A call that gets a status of its own."""

    def __init__(self, code: grpc.StatusCode, text: str) -> None:
        super().__init__(text)
        self.code = code


class Call:
    """One call: how long it may take, and whether it still matters."""

    def __init__(self, context: grpc.ServicerContext) -> None:
        self._context = context

    def remaining(self) -> Optional[float]:
        """Seconds until the deadline, never negative; None when there is none.

        Hand it on as the timeout of whatever the coin asks in turn.
        """
        left = self._context.time_remaining()
        return None if left is None or left > NO_DEADLINE else max(0.0, left)

    def active(self) -> bool:
        """Whether somebody still waits for the answer."""
        return self._context.is_active() and self.remaining() != 0.0

    def check(self) -> None:
        """Raises CallEnded once nobody waits any more: for long computations."""
        if not self.active():
            raise CallEnded("nobody waits for the answer any more")

    def on_end(self, callback: Callable[[], None]) -> None:
        """Calls callback, on another thread, when the call ends for any reason.

        At once when it has ended already.
        """
        if not self._context.add_callback(callback):
            callback()


def cut(text: str) -> str:
    """The text of an error as it can be sent."""
    clean = text.encode("utf-8", "replace")
    if len(clean) <= MAX_ERROR_TEXT:
        return clean.decode("utf-8")
    return clean[:MAX_ERROR_TEXT].decode("utf-8", "ignore") + " ..."
