"""A value that changes, and streams that follow it."""

from __future__ import annotations

import threading
from typing import Generic, Iterator, Optional, TypeVar

from motherlode_plugin.calls import Call, CoinError

T = TypeVar("T")


class Latest(Generic[T]):
    """The present state of something. Any thread may set it and follow it.

    A follower that is slow misses what was replaced meanwhile and nothing else:
    it always gets the newest value next. Values are shared by all followers and
    are not to be changed after they were set.
    """

    def __init__(self, value: T) -> None:
        self._changed = threading.Condition()
        self._value = value
        self._version = 1
        self._closed: Optional[str] = None

    def get(self) -> T:
        """The value now."""
        with self._changed:
            return self._value

    def set(self, value: T) -> None:
        """Replaces the value and wakes the followers."""
        with self._changed:
            self._value = value
            self._version += 1
            self._changed.notify_all()

    def close(self, reason: str = "the coin is closed") -> None:
        """Ends all followers with a CoinError, these and later ones."""
        with self._changed:
            self._closed = reason
            self._changed.notify_all()

    def follow(self, call: Call) -> Iterator[T]:
        """Yields the present value at once, then each change, until call ends."""
        seen = 0
        call.on_end(self._wake)
        while True:
            with self._changed:
                self._changed.wait_for(
                    lambda: self._version != seen or self._closed is not None or not call.active()
                )
                if not call.active():  # also when all ends: nobody is told of a closed coin then
                    return
                if self._closed is not None:
                    raise CoinError(self._closed)
                value, seen = self._value, self._version
            yield value

    def _wake(self) -> None:
        with self._changed:
            self._changed.notify_all()
