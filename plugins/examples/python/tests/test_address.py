"""Addresses: what is paid, and what is refused."""

from __future__ import annotations

import unittest

from address import EXAMPLE, PREFIXES, decode, encode


class Addresses(unittest.TestCase):
    def test_round_trip(self) -> None:
        for network, prefix in PREFIXES.items():
            address = encode(network, EXAMPLE)
            self.assertTrue(address.startswith(prefix))
            payee = decode(network, address)
            self.assertEqual((payee.reason, payee.canonical), ("", address))
            self.assertEqual(payee.script.hex(), "76a914" + EXAMPLE.hex() + "88ac")
            digits = address.removeprefix(prefix)
            self.assertEqual(decode(network, prefix + digits.upper()).canonical, address)

    def test_each_mistyped_digit_is_found(self) -> None:
        good = encode("main", EXAMPLE)
        for i in range(len(good)):
            for wrong in "0f":
                typed = good[:i] + wrong + good[i + 1 :]
                if typed != good:
                    self.assertNotEqual(decode("main", typed).reason, "", typed)

    def test_refusals_say_why(self) -> None:
        good = encode("main", EXAMPLE)
        cases = {"": "48 hexadecimal", good[:-1]: "48 hexadecimal", good + "0": "48 hexadecimal", good[1:]: "48 hexadecimal",
                 good[:-1] + "x": "48 hexadecimal", good[:-8] + "00000000": "mistyped",
                 good + "\n": "48 hexadecimal", encode("regtest", EXAMPLE): "an address of the network regtest"}
        for typed, why in cases.items():
            payee = decode("main", typed)
            self.assertIn(why, payee.reason, typed)
            self.assertEqual(payee.script, b"")


if __name__ == "__main__":
    unittest.main()
