"""What the coin is, and its settings."""

from __future__ import annotations

import motherlode_plugin
from address import EXAMPLE, encode
from block import DIFFICULTY_ONE, EASIEST, BadBlock, expand_bits
from chain import VERSION_MASK, Chain, Rules
from coin import ToychainCoin
from motherlode_plugin import Integer, Problems, Schema, Text, pb

DEFAULT_BITS = "1e0fffff"  # about a million hashes a block

NETWORKS = ("main", "regtest")  # main network first

SCHEMA = Schema(
    Text("bits", default=DEFAULT_BITS, pattern="[0-9a-fA-F]{8}", example=DEFAULT_BITS),
    Integer("transactions", default=5, minimum=0, maximum=1000),
    Integer("refresh_seconds", default=30, minimum=1, maximum=3600),
)


class ToychainDriver:
    """Opens Toychains."""

    def describe(self) -> pb.DescribeResponse:
        """Says what the plugin is. The pool reads it before any settings."""
        return pb.DescribeResponse(
            driver="toychain",
            version="1.0.0",
            summary="a chain in memory, for examples and tests",
            roles=[pb.ROLE_PARENT],
            coin=coin_info(NETWORKS[0]),
            networks=NETWORKS,
            settings_schema=SCHEMA.json(),
        )

    def open(self, request: pb.OpenRequest) -> ToychainCoin:
        """Checks the settings, all of them before it raises, and makes the coin.

        A coin with a node would not talk to it here: that is for the streams.
        """
        problems = Problems()
        values = SCHEMA.read(request.settings_json, problems)
        network = request.network or NETWORKS[0]
        if network not in NETWORKS:
            problems.add("network", f"{network!r} is not known; expected {' or '.join(NETWORKS)}")
        bits = int(values["bits"], 16)
        try:
            if expand_bits(bits) > EASIEST:
                problems.add("bits", f"{values['bits']!r} is easier than the chain allows; expected 207fffff at most")
        except BadBlock as err:
            problems.add("bits", f"{values['bits']!r} is no target: {err}; expected one like {DEFAULT_BITS!r}")
        problems.raise_if_any()
        chain = Chain(Rules(bits=bits, transactions=values["transactions"]))
        return ToychainCoin(coin_info(network), chain, values["refresh_seconds"])


def coin_info(network: str) -> pb.CoinInfo:
    """What is fixed for the coin on a network."""
    return pb.CoinInfo(
        symbol="TOY",
        name="Toychain",
        network=network,
        algorithm="sha256d",
        difficulty_one=DIFFICULTY_ONE.to_bytes(32, "big"),
        block_time_ns=60 * 10**9,
        maturity=10,
        decimals=8,
        version_mask=VERSION_MASK,
        example_address=encode(network, EXAMPLE),
    )


def main() -> None:
    """The whole main of the plugin."""
    motherlode_plugin.serve(ToychainDriver())
