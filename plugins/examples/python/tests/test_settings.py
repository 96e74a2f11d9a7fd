"""Settings: all problems at once, each with its key."""

from __future__ import annotations

import json
import unittest

from driver import SCHEMA, ToychainDriver
from motherlode_plugin import Boolean, Integer, Problems, Schema, Tables, Text, pb


def problems_of(settings: str, network: str = "") -> list[tuple[str, str]]:
    """What open says is wrong."""
    try:
        ToychainDriver().open(pb.OpenRequest(network=network, settings_json=settings.encode())).close()
    except Problems as problems:
        return problems.found
    return []


class Settings(unittest.TestCase):
    def test_problems(self) -> None:
        cases = {
            '{"bit": "1e0fffff"}': [("bit", "did you mean 'bits'?")],
            '{"colour": 1}': [("colour", "expected bits, transactions, refresh_seconds")],
            '{"bits": 5}': [("bits", "is a number; expected a string")],
            '{"bits": "1e0ffffg"}': [("bits", 'expected one like "1e0fffff"')],
            '{"bits": "1e0fffff\\n"}': [("bits", "does not fit")],
            '{"bits": "1e800000"}': [("bits", "negative")],
            '{"bits": "00000000"}': [("bits", "zero")],
            '{"bits": "2100ffff"}': [("bits", "easier than the chain allows")],
            '{"transactions": true}': [("transactions", "is true or false; expected a whole number")],
            '{"transactions": 1.5}': [("transactions", "a number with a fraction")],
            '{"transactions": 1001}': [("transactions", "expected 0 to 1000")],
            '{"refresh_seconds": 0}': [("refresh_seconds", "expected 1 to 3600")],
            '{"x": 1, "bits": null, "refresh_seconds": "1"}': [("x", "known"), ("bits", "null"), ("refresh_seconds", "string")],
            "[]": [("", "is a list; expected a table")],
            "{": [("", "no JSON")],
        }
        for settings, want in cases.items():
            got = problems_of(settings)
            self.assertEqual([path for path, _ in got], [path for path, _ in want], settings)
            for (_, message), (_, words) in zip(got, want):
                self.assertIn(words, message, settings)

    def test_good_settings(self) -> None:
        for settings in ("", "{}", '{"bits": "207FFFFF", "transactions": 0, "refresh_seconds": 3600}'):
            self.assertEqual(problems_of(settings), [], settings)

    def test_network(self) -> None:
        self.assertEqual([path for path, _ in problems_of('{"bits": 1}', "moon")], ["bits", "network"])
        coin = ToychainDriver().open(pb.OpenRequest(network="regtest"))
        self.addCleanup(coin.close)
        self.assertEqual(coin.info.network, "regtest")
        self.assertTrue(coin.validate_address(None, coin.info.example_address).valid)

    def test_describe_is_the_same_at_every_call(self) -> None:
        first, second = ToychainDriver().describe(), ToychainDriver().describe()
        self.assertEqual(first.SerializeToString(deterministic=True), second.SerializeToString(deterministic=True))
        self.assertEqual(json.loads(first.settings_schema)["properties"]["transactions"]["default"], 5)
        self.assertEqual(json.loads(SCHEMA.json())["additionalProperties"], False)


class Declaring(unittest.TestCase):
    schema = Schema(
        Tables("nodes", Text("url", required=True), Integer("port", minimum=1, maximum=65535, default=80), at_least=1),
        Boolean("fast", default=True),
    )

    def read(self, settings: str) -> tuple[dict, list[str]]:
        """The values, and the paths of the problems."""
        problems = Problems()
        values = self.schema.read(settings.encode(), problems)
        return values, [path for path, _ in problems.found]

    def test_tables(self) -> None:
        values, wrong = self.read('{"nodes": [{"url": "a"}, {"url": "b", "port": 8}], "fast": false}')
        self.assertEqual(wrong, [])
        self.assertEqual(values, {"nodes": [{"url": "a", "port": 80}, {"url": "b", "port": 8}], "fast": False})

    def test_problems_within_tables(self) -> None:
        _, wrong = self.read('{"nodes": [{"port": 0}, 5, {"url": "x", "usr": 1}], "fast": 1}')
        self.assertEqual(wrong, ["nodes[0].url", "nodes[0].port", "nodes[1]", "nodes[1].url", "nodes[2].usr", "fast"])
        self.assertEqual(self.read("{}")[1], ["nodes"])
        self.assertEqual(self.read('{"nodes": []}')[1], ["nodes"])
        self.assertEqual(self.read('{"nodes": {}}')[1], ["nodes"])

    def test_schema(self) -> None:
        got = json.loads(self.schema.json())
        self.assertEqual(got["required"], ["nodes"])
        self.assertEqual(got["properties"]["nodes"]["items"]["required"], ["url"])


if __name__ == "__main__":
    unittest.main()
