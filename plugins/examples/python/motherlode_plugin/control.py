"""What the pool asks of any plugin: whether it lives, and to stop.

Both services are small enough to be written by hand, on bare bytes:

    grpc.health.v1.Health/Check        answer: field 1 = 1 (SERVING), the bytes 08 01
    plugin.GRPCController/Shutdown     answer: nothing

Without the first a ping is answered with UNIMPLEMENTED, which the pool lets pass
but learns nothing from; without the second it waits two seconds and kills.
"""

from __future__ import annotations

from typing import Callable

import grpc

SERVING = b"\x08\x01"


def handlers(stop: Callable[[], None]) -> tuple[grpc.GenericRpcHandler, ...]:
    """The two services. Stop is called when the pool says so and must not block."""

    def check(_request: bytes, _context: grpc.ServicerContext) -> bytes:
        return SERVING

    def shutdown(_request: bytes, _context: grpc.ServicerContext) -> bytes:
        stop()
        return b""

    return (
        grpc.method_handlers_generic_handler(
            "grpc.health.v1.Health", {"Check": grpc.unary_unary_rpc_method_handler(check)}
        ),
        grpc.method_handlers_generic_handler(
            "plugin.GRPCController", {"Shutdown": grpc.unary_unary_rpc_method_handler(shutdown)}
        ),
    )
