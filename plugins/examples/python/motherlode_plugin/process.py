"""The plugin's process: how it starts, serves and ends.

The pool starts it with a few variables and reads one line from its standard
output, which says where it listens. It lives as long as the pool that started it,
and no longer.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import tempfile
import threading
from concurrent import futures
from typing import Any, Callable, NoReturn, Optional, TextIO

os.environ.setdefault("GRPC_VERBOSITY", "NONE")  # before the import: gRPC's own lines are for its developers

import grpc  # noqa: E402

from motherlode_plugin import coin_pb2_grpc as rpc  # noqa: E402
from motherlode_plugin import control, logs, payments, powers, services  # noqa: E402

COOKIE_KEY, COOKIE_VALUE = "MOTHERLODE_PLUGIN", "motherlode.coin"
HOST_PID = "MOTHERLODE_HOST_PID"
CORE_VERSION, MAJOR = 1, 1  # of go-plugin's handshake, and of the protocol

MAX_MESSAGE = 64 << 20  # bytes, both ways; gRPC's own limit for what it receives is 4 MiB
PARENT_POLL = 0.25      # seconds
STOP_GRACE = 0.5        # seconds for calls in flight when the pool says stop
CLOSE_GRACE = 1.0       # seconds for the coin to close; the pool kills after two

log = logging.getLogger(__name__)


def serve(driver: Any) -> NoReturn:
    """Serves driver (see contract.Driver) to the pool that started this process.

    It exits when the pool says so or is gone. Started by anything but a pool it
    explains itself and exits with status 1.
    """
    if os.environ.get(COOKIE_KEY) != COOKIE_VALUE:
        explain(driver, sys.stderr)
        sys.exit(1)
    handshake = take_stdout()
    logs.set_up()
    stopping = threading.Event()
    threading.excepthook = lambda args: thread_died(args, stopping)
    watch_parent()
    ignore_signals()
    refuse_what_cannot_be()

    backend = services.Server(driver)
    path = socket_path()
    server = listen(backend, path, stopping.set)
    handshake.write(f"{CORE_VERSION}|{MAJOR}|unix|{path}|grpc\n")
    handshake.flush()

    stopping.wait()
    server.stop(STOP_GRACE).wait()
    close_within(backend, CLOSE_GRACE)
    try:
        os.unlink(path)
    except OSError:
        pass  # gRPC has removed it
    leave(0)


def take_stdout() -> TextIO:
    """Standard output for the handshake alone. What is printed is logged instead."""
    sys.stdout.flush()
    handshake = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return handshake


def listen(backend: services.Server, path: str, stop: Callable[[], None]) -> grpc.Server:
    """A running server on a unix socket."""
    server = grpc.server(
        futures.ThreadPoolExecutor(services.MAX_STREAMS + services.CALL_THREADS, thread_name_prefix="call"),
        options=[("grpc.max_receive_message_length", MAX_MESSAGE), ("grpc.max_send_message_length", MAX_MESSAGE)],
    )
    rpc.add_DriverServicer_to_server(services.DriverService(backend), server)
    rpc.add_CoinServicer_to_server(services.CoinService(backend), server)
    rpc.add_AuxServicer_to_server(powers.AuxService(backend), server)
    rpc.add_HasherServicer_to_server(powers.HasherService(backend), server)
    rpc.add_WalletServicer_to_server(payments.WalletService(backend), server)
    rpc.add_MessageVerifierServicer_to_server(payments.MessageVerifierService(backend), server)
    server.add_generic_rpc_handlers(control.handlers(stop))
    if not server.add_insecure_port("unix:" + path):
        sys.exit(f"cannot listen on {path}")
    server.start()
    return server


def socket_path() -> str:
    """Where to listen: in the private folder that the pool has made."""
    folder = os.environ.get("PLUGIN_UNIX_SOCKET_DIR") or tempfile.mkdtemp(prefix="plugin")
    return os.path.join(folder, f"plugin{os.getpid()}")


def refuse_what_cannot_be() -> None:
    """Ends a start whose calls would all fail, with the reason for the operator."""
    offered = [v for v in os.environ.get("PLUGIN_PROTOCOL_VERSIONS", "").split(",") if v]
    if offered and str(MAJOR) not in offered:
        sys.exit(f"the pool speaks version {', '.join(offered)} of the plugin protocol, this plugin version {MAJOR}")
    if os.environ.get("PLUGIN_CLIENT_CERT"):
        sys.exit("mtls = true is not possible with this plugin: set it to false, the socket's private folder is the guard")


def watch_parent() -> None:
    """Ends the process once the one that started it is dead.

    A process whose parent dies gets another one. It compares with the parent at
    the start, not with the pool's own process id: a script may stand between.
    """
    parent = os.getppid()
    if parent == 1 and os.environ.get(HOST_PID, "1") != "1":
        leave(0)

    def watch() -> None:
        pause = threading.Event()
        while os.getppid() == parent:
            pause.wait(PARENT_POLL)
        leave(0)

    threading.Thread(target=watch, name="parent watch", daemon=True).start()


def ignore_signals() -> None:
    """Keeps the plugin alive while its pool drains: the pool says when to stop.

    The signals are caught, not set to ignored, so that children still get them.
    """
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda _number, _frame: None)


def thread_died(args: threading.ExceptHookArgs, stopping: threading.Event) -> None:
    """A thread of the coin's own that has failed ends the process.

    A coin that lacks one of its threads would look alive and be stale; the pool
    starts a new process instead.
    """
    try:
        logs.log_thread_death(args)
    finally:
        if not stopping.is_set():
            leave(2)


def close_within(backend: services.Server, limit: float) -> None:
    """Closes the coin, but does not wait for one that hangs."""
    problem: list[Optional[BaseException]] = []

    def close() -> None:
        try:
            backend.close()
            problem.append(None)
        except BaseException as err:
            problem.append(err)

    closer = threading.Thread(target=close, daemon=True)
    closer.start()
    closer.join(limit)
    if not problem:
        log.warning("the coin did not close in time", extra={"limit_seconds": limit})
    elif problem[0] is not None:
        log.warning("the coin did not close well", exc_info=problem[0])


def leave(status: int) -> NoReturn:
    """Ends the process at once, whatever its threads are doing."""
    os._exit(status)


def explain(driver: Any, out: TextIO) -> None:
    """What a person sees who starts a plugin by hand."""
    name, what = os.path.basename(sys.argv[0]), "a coin"
    try:
        info = driver.describe()
        what = f'the coin driver "{info.driver}" ({info.summary}, version {info.version})'
    except Exception:
        pass  # a driver that fails has nothing to say here
    out.write(
        f"""{name} is {what} for a Motherlode pool, and is of no use on its own: the pool
starts it. Name the file in the pool's configuration:

    [coins.NAME]
    driver = "/path/to/{name}"
    sha256 = "..."        # sha256sum of the file

and check it with:  motherlode check FILE.toml
"""
    )
