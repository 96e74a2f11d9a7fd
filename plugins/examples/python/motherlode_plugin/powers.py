"""The services of merge-mined coins and of coins with an algorithm of their own."""

from __future__ import annotations

import threading
from typing import Iterator, Optional

import grpc

from motherlode_plugin import coin_pb2 as pb
from motherlode_plugin import coin_pb2_grpc as rpc
from motherlode_plugin.calls import Call, Refused
from motherlode_plugin.latest import Latest
from motherlode_plugin.services import HASH_SIZE, Server

MAX_BATCH = 1024  # headers in one batch


class AuxService(rpc.AuxServicer):
    """Aux."""

    def __init__(self, server: Server) -> None:
        self._server = server

    def StreamAuxWork(
        self, request_iterator: Iterator[pb.StreamAuxWorkRequest], context: grpc.ServicerContext
    ) -> Iterator[pb.StreamAuxWorkResponse]:
        def source(call: Call) -> Iterator[pb.StreamAuxWorkResponse]:
            coin = self._server.coin(pb.ROLE_AUX)
            parents: Latest[Optional[pb.StreamAuxWorkRequest]] = Latest(None)
            threading.Thread(target=read_tips, args=(request_iterator, parents), daemon=True).start()
            return coin.aux_work(call, parents)

        return self._server.stream(context, "StreamAuxWork", pb.StreamAuxWorkResponse, source)

    def SubmitAux(self, request: pb.SubmitAuxRequest, context: grpc.ServicerContext) -> pb.SubmitAuxResponse:
        def work(call: Call) -> pb.SubmitAuxResponse:
            return pb.SubmitAuxResponse(verdict=self._server.coin(pb.ROLE_AUX).submit_aux(call, request))

        return self._server.unary(context, "SubmitAux", pb.SubmitAuxResponse, work)


def read_tips(
    requests: Iterator[pb.StreamAuxWorkRequest], parents: Latest[Optional[pb.StreamAuxWorkRequest]]
) -> None:
    """Keeps the newest tip that the pool tells, until the stream ends.

    A coin that does not care need not read: gRPC would hold the pool up then.
    """
    try:
        for request in requests:
            if request.has_tip and len(request.parent_hash) == HASH_SIZE:
                parents.set(request)
    except Exception:  # how gRPC says that the stream is over
        return


class HasherService(rpc.HasherServicer):
    """Hasher."""

    def __init__(self, server: Server) -> None:
        self._server = server

    def HashBatch(self, request: pb.HashBatchRequest, context: grpc.ServicerContext) -> pb.HashBatchResponse:
        def work(call: Call) -> pb.HashBatchResponse:
            coin = self._server.coin(pb.ROLE_HASHER)
            headers = split(request)
            hashes = coin.hash_batch(call, headers, request.hash_param)
            if len(hashes) != len(headers) or any(len(h) != HASH_SIZE for h in hashes):
                raise ValueError(f"hash_batch gave {len(hashes)} hashes for {len(headers)} headers, or not 32 bytes each")
            return pb.HashBatchResponse(hashes=b"".join(hashes))

        return self._server.unary(context, "HashBatch", pb.HashBatchResponse, work)


def split(request: pb.HashBatchRequest) -> list[bytes]:
    """The headers of a batch."""
    size, headers = request.header_size, request.headers
    if not headers:
        return []
    if size < 1 or len(headers) % size or len(headers) // size > MAX_BATCH:
        raise Refused(
            grpc.StatusCode.INVALID_ARGUMENT,
            f"headers: {len(headers)} bytes, want up to {MAX_BATCH} headers of {size}",
        )
    return [headers[i : i + size] for i in range(0, len(headers), size)]
