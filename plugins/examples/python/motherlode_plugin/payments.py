"""The services of wallets and of signed messages."""

from __future__ import annotations

from typing import Any, Callable, TypeVar

import grpc

from motherlode_plugin import coin_pb2 as pb
from motherlode_plugin import coin_pb2_grpc as rpc
from motherlode_plugin.calls import Call, cut
from motherlode_plugin.contract import WalletRefused
from motherlode_plugin.services import Server

T = TypeVar("T")


class WalletService(rpc.WalletServicer):
    """Wallet. Its answers carry refusals; other exceptions are error statuses."""

    def __init__(self, server: Server) -> None:
        self._server = server

    def _ask(self, context: grpc.ServicerContext, name: str, answer: type[T], ask: Callable[[Any, Call], T]) -> T:
        def work(call: Call) -> T:
            try:
                return ask(self._server.coin(pb.ROLE_WALLET), call)
            except WalletRefused as refused:
                return answer(refusal=pb.WalletRefusal(code=refused.code, reason=cut(refused.reason)))

        return self._server.unary(context, name, answer, work)

    def Funds(self, request: pb.FundsRequest, context: grpc.ServicerContext) -> pb.FundsResponse:
        return self._ask(context, "Funds", pb.FundsResponse, lambda coin, call: pb.FundsResponse(amount=coin.funds(call)))

    def ReserveInputs(
        self, request: pb.ReserveInputsRequest, context: grpc.ServicerContext
    ) -> pb.ReserveInputsResponse:
        def ask(coin: Any, call: Call) -> pb.ReserveInputsResponse:
            coin.reserve_inputs(call, list(request.open))
            return pb.ReserveInputsResponse()

        return self._ask(context, "ReserveInputs", pb.ReserveInputsResponse, ask)

    def PreparePayment(
        self, request: pb.PreparePaymentRequest, context: grpc.ServicerContext
    ) -> pb.PreparePaymentResponse:
        return self._ask(
            context, "PreparePayment", pb.PreparePaymentResponse, lambda coin, call: coin.prepare_payment(call, request)
        )

    def SendPayment(self, request: pb.SendPaymentRequest, context: grpc.ServicerContext) -> pb.SendPaymentResponse:
        def ask(coin: Any, call: Call) -> pb.SendPaymentResponse:
            coin.send_payment(call, request.raw)
            return pb.SendPaymentResponse()

        return self._ask(context, "SendPayment", pb.SendPaymentResponse, ask)

    def PaymentStatus(
        self, request: pb.PaymentStatusRequest, context: grpc.ServicerContext
    ) -> pb.PaymentStatusResponse:
        return self._ask(
            context, "PaymentStatus", pb.PaymentStatusResponse, lambda coin, call: coin.payment_status(call, request)
        )


class MessageVerifierService(rpc.MessageVerifierServicer):
    """MessageVerifier."""

    def __init__(self, server: Server) -> None:
        self._server = server

    def VerifyMessage(
        self, request: pb.VerifyMessageRequest, context: grpc.ServicerContext
    ) -> pb.VerifyMessageResponse:
        def work(call: Call) -> pb.VerifyMessageResponse:
            coin = self._server.coin(pb.ROLE_MESSAGE_VERIFIER)
            return coin.verify_message(call, request.address, request.message, request.signature)

        return self._server.unary(context, "VerifyMessage", pb.VerifyMessageResponse, work)
