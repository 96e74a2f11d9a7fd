"""Makes a coin a plugin of a Motherlode pool. It is the whole main of one:

    import motherlode_plugin
    motherlode_plugin.serve(MyDriver())

serve owns the process and does not return. What the driver and its coin have to
offer is written in contract.py; the messages are those of coin.proto, here under
the name pb. It needs gRPC and protobuf for Python and nothing else.

    contract.py   what a coin author writes
    calls.py      one call: its deadline, its end, failures
    latest.py     a value that streams follow
    schema.py     settings: declared once, published and checked
    logs.py       lines for the pool's log
    process.py    the process: handshake, signals, death of the parent
    services.py   the gRPC services over a driver
    powers.py     the services of merge-mined coins and of own algorithms
    payments.py   the services of wallets and of signed messages
    control.py    what the pool asks of any plugin: alive, and stop
"""

try:
    import google.protobuf  # noqa: F401
    import grpc  # noqa: F401
except ImportError as missing:
    raise SystemExit(
        f"this plugin needs gRPC for Python ({missing}): on Debian and Ubuntu\n"
        "  apt-get install python3-grpcio python3-protobuf\n"
        "which is for /usr/bin/python3; another python3 in PATH may lack it"
    ) from None

from motherlode_plugin import coin_pb2 as pb
from motherlode_plugin.calls import Call, CallEnded, CoinError
from motherlode_plugin.contract import Aux, Coin, Driver, Hasher, MessageVerifier, Parent, Wallet, WalletRefused
from motherlode_plugin.latest import Latest
from motherlode_plugin.process import serve
from motherlode_plugin.schema import Boolean, Integer, Problems, Schema, Tables, Text

__all__ = [
    "Aux", "Boolean", "Call", "CallEnded", "Coin", "CoinError", "Driver", "Hasher", "Integer",
    "Latest", "MessageVerifier", "Parent", "Problems", "Schema", "Tables", "Text", "Wallet", "WalletRefused",
    "pb", "serve",
]
