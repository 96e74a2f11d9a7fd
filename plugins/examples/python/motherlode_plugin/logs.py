"""Log lines that reach the pool's log with their level and their fields.

A coin logs as any Python program does; what stands in extra becomes fields:

    log = logging.getLogger(__name__)
    log.info("block accepted", extra={"height": 5})

The pool adds the coin's name and filters by level. A few names of fields are taken
by Python's logging, which raises KeyError for them: name, msg, args, module,
thread, process and the like.
"""

from __future__ import annotations

import json
import logging
import sys
import threading
import time
import traceback

_LEVELS = {"WARNING": "WARN", "CRITICAL": "ERROR"}
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class JSONLines(logging.Formatter):
    """One JSON object a line, with the keys that the pool knows: time, level, msg."""

    def format(self, record: logging.LogRecord) -> str:
        try:
            message = record.getMessage()
        except Exception:  # arguments that do not fit: a log line must not fail
            message = f"{record.msg!r} % {record.args!r}"
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        line = {
            "time": f"{stamp}.{int(record.msecs):03d}Z",
            "level": _LEVELS.get(record.levelname, record.levelname),
            "msg": message,
            "logger": record.name,
        }
        line.update((key, value) for key, value in vars(record).items() if key not in _STANDARD and key not in line)
        if record.exc_info:
            line["traceback"] = "".join(traceback.format_exception(*record.exc_info))
        try:
            return json.dumps(line, default=str, allow_nan=False)
        except (TypeError, ValueError):  # odd keys, no numbers, endless structures
            return json.dumps({key: value if isinstance(value, str) else repr(value) for key, value in line.items()})


def set_up() -> None:
    """Sends all that is logged to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JSONLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.DEBUG)
    logging.getLogger("grpc").setLevel(logging.WARNING)
    logging.captureWarnings(True)


def log_thread_death(args: threading.ExceptHookArgs) -> None:
    """Logs the exception that ended a thread."""
    info = (args.exc_type, args.exc_value, args.exc_traceback)
    name = args.thread.name if args.thread else ""
    logging.getLogger(__name__).error("an exception ended a thread", exc_info=info, extra={"died": name})
