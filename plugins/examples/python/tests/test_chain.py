"""Blocks made and broken without a pool."""

from __future__ import annotations

import unittest

from block import BadBlock, Header, double_hash, expand_bits, height_push, merkle_branch, merkle_root
from chain import SUBSIDY, Chain, Duplicate, Stale
from coin import template
from motherlode_plugin import pb
from tests.mining import EASY, block, coinbase, easy_chain, header_of, mine, solve


class Growing(unittest.TestCase):
    def test_solved_blocks_make_the_chain_grow(self) -> None:
        chain = easy_chain()
        for height in range(1, 20):  # beyond 16 the height is pushed as a number
            raw = mine(chain)
            before = chain.state.get()
            self.assertEqual(chain.accept(raw), height)
            state = chain.state.get()
            self.assertEqual((state.height, state.tip), (height, double_hash(raw[:80])))
            self.assertEqual(state.reason, pb.REASON_NEW_TIP)
            self.assertGreater(state.sequence, before.sequence)
            self.assertFalse({tx.txid for tx in before.waiting} & {tx.txid for tx in state.waiting})
            with self.assertRaises(Duplicate):
                chain.accept(raw)
        self.assertEqual(chain.find(double_hash(raw[:80])), (19, 1))
        self.assertEqual(chain.find(bytes(32)), (0, 0))

    def test_any_number_of_transactions(self) -> None:
        for count in (0, 1, 2, 3, 4, 6, 7, 300):
            chain = easy_chain(count)
            self.assertEqual(template(chain, chain.state.get()).coinbase_tree.tx_count, count)
            self.assertEqual(chain.accept(mine(chain)), 1, count)

    def test_time_brings_transactions_up_to_a_limit(self) -> None:
        chain = easy_chain(2)
        seen = []
        for _ in range(4):
            chain.now.time += 30
            chain.refresh()
            state = chain.state.get()
            seen.append((state.reason, len(state.waiting), state.time - int(chain.now.time)))
        want = [(pb.REASON_NEW_TXS, 3, 0), (pb.REASON_NEW_TXS, 4, 0), (pb.REASON_REFRESH, 4, 0), (pb.REASON_REFRESH, 4, 0)]
        self.assertEqual(seen, want)
        self.assertEqual(chain.accept(mine(chain)), 1)

    def test_work_on_an_earlier_template_of_the_same_tip_is_good(self) -> None:
        chain = easy_chain(2)
        raw = mine(chain)
        chain.refresh()
        self.assertEqual(chain.accept(raw), 1)
        self.assertEqual(len(chain.state.get().waiting), 2)  # the third and a new one

    def test_rolled_version_bits_are_good(self) -> None:
        chain = easy_chain()
        work = template(chain, chain.state.get())
        first = coinbase(work)
        header = solve(header_of(work, first)._replace(version=0x20000000 | 0x1FFFE000))
        self.assertEqual(chain.accept(block(header, work, first)), 1)


class Refusing(unittest.TestCase):
    def refused(self, chain: Chain, raw: bytes, words: str) -> None:
        before = chain.state.get()
        with self.assertRaises(BadBlock) as caught:
            chain.accept(raw)
        self.assertIn(words, str(caught.exception))
        self.assertIs(chain.state.get(), before)

    def test_headers(self) -> None:
        chain = easy_chain()
        work = template(chain, chain.state.get())
        first = coinbase(work)
        good = header_of(work, first)
        cases = {
            "other bits": (good._replace(bits=0x207FFFFE), "bits are 207ffffe"),
            "unknown parent": (good._replace(previous=bytes(32)), "previous block is not known"),
            "version outside of the mask": (good._replace(version=0x60000000), "version 60000000"),
            "too early": (good._replace(time=work.min_time - 1), "before that of the previous block"),
            "too late": (good._replace(time=work.max_time + 1), "two hours ahead"),
            "other root": (good._replace(root=bytes(32)), "merkle root"),
        }
        for name, (header, words) in cases.items():
            with self.subTest(name):
                self.refused(chain, block(solve(header), work, first), words)
        undone = solve(good)
        while int.from_bytes(double_hash(undone.pack()), "little") <= expand_bits(EASY):
            undone = undone._replace(nonce=undone.nonce + 1)
        self.refused(chain, block(undone, work, first), "the work was not done")
        self.refused(chain, b"", "shorter than a header")
        self.refused(chain, bytes(8 << 20), "bits are 00000000")

    def test_coinbases(self) -> None:
        chain = easy_chain()
        work = template(chain, chain.state.get())
        good = coinbase(work)
        cases = {
            "too much": (coinbase(work, value=work.reward + 1), "the reward is"),
            "other height": (good.replace(b"\x51miner", b"\x52miner"), "does not begin with the height 1"),
            "long script": (coinbase(work, b"x" * 100), "101 bytes"),
            "an input": (good.replace(b"\xff\xff\xff\xff\x06", b"\xfe\xff\xff\xff\x06"), "no coinbase"),
            "no inputs": (good[:4] + b"\x00" + good[5:], "no inputs"),
        }
        for name, (first, words) in cases.items():
            with self.subTest(name):
                self.refused(chain, block(solve(header_of(work, first)), work, first), words)

    def test_transactions(self) -> None:
        chain = easy_chain(3)
        work = template(chain, chain.state.get())
        first = coinbase(work)
        header = solve(header_of(work, first))
        good = block(header, work, first)
        self.refused(chain, good[:-1], "ends within")
        self.refused(chain, good + b"\x00", "follow the last")
        self.refused(chain, good[:80] + b"\x00", "it has 0 transactions")
        self.refused(chain, good[:80] + b"\xff" * 9, "it has 18446744073709551615 transactions")
        self.refused(chain, good[:80] + bytes(5_000_000), "the limit is 4000000")

    def test_transactions_that_are_not_the_chains(self) -> None:
        chain, other = easy_chain(1), easy_chain(2)
        work, theirs = template(chain, chain.state.get()), template(other, other.state.get())
        theirs.prev_hash = work.prev_hash
        first = coinbase(work, value=SUBSIDY)
        self.refused(chain, block(solve(header_of(theirs, first)), theirs, first), "not known here")

    def test_one_transaction_twice(self) -> None:
        chain = easy_chain(2)
        work = template(chain, chain.state.get())
        first = coinbase(work)
        header = solve(header_of(work, first))
        last = chain.state.get().waiting[-1].raw
        work.coinbase_tree.tx_blob += last  # the root stays: an odd row repeats its last
        work.coinbase_tree.tx_count += 1
        self.refused(chain, block(header, work, first), "twice")
        self.assertEqual(chain.accept(mine(chain)), 1)

    def test_a_block_on_an_earlier_tip_is_stale(self) -> None:
        chain = easy_chain()
        work = template(chain, chain.state.get())
        late = coinbase(work, b"late")
        chain.accept(mine(chain))
        with self.assertRaises(Stale):
            chain.accept(block(solve(header_of(work, late)), work, late))


class Serialising(unittest.TestCase):
    def test_height_push(self) -> None:
        cases = {0: "00", 1: "51", 16: "60", 17: "0111", 127: "017f", 128: "028000", 32767: "02ff7f", 32768: "03008000",
                 840000: "0340d10c"}
        for height, want in cases.items():
            self.assertEqual(height_push(height).hex(), want, height)

    def test_branch_and_root_agree(self) -> None:
        for count in range(1, 20):
            hashes = [double_hash(bytes([i])) for i in range(count)]
            root = hashes[0]
            for other in merkle_branch(hashes[1:]):
                root = double_hash(root + other)
            self.assertEqual(root, merkle_root(hashes), count)

    def test_a_real_header(self) -> None:
        """Bitcoin's block 125552, whose hash everybody knows."""
        raw = bytes.fromhex(
            "0100000081cd02ab7e569e8bcd9317e2fe99f2de44d49ab2b8851ba4a308000000000000"
            "e320b6c2fffc8d750423db8b1eb942ae710e951ed797f7affc8892b0f1fc122bc7f5d74df2b9441a42a14695"
        )
        header = Header.unpack(raw)
        self.assertEqual(header.pack(), raw)
        self.assertEqual((header.bits, header.nonce), (0x1A44B9F2, 2504433986))
        want = "00000000000000001e8d6829a8a21adc5d38d0a473b144b6765798e61f98bd1d"
        self.assertEqual(double_hash(raw)[::-1].hex(), want)
        self.assertLessEqual(int(want, 16), expand_bits(header.bits))

    def test_bits(self) -> None:
        self.assertEqual(expand_bits(0x1D00FFFF), 0xFFFF << 208)
        self.assertEqual(expand_bits(0x02123456), 0x1234)
        for bits in (0, 0x1D800001, 0x1D000000, 0x23000001, 0xFF7FFFFF):
            with self.assertRaises(BadBlock, msg=f"{bits:08x}"):
                expand_bits(bits)


if __name__ == "__main__":
    unittest.main()
