"""The plugin's process, started as a pool starts it."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path
from typing import Any

import grpc

from motherlode_plugin import coin_pb2_grpc as rpc
from motherlode_plugin import pb
from motherlode_plugin.process import COOKIE_KEY, COOKIE_VALUE, HOST_PID

ROOT = Path(__file__).resolve().parent.parent
WAIT = 20.0  # seconds before a test gives up


class Process(unittest.TestCase):
    def setUp(self) -> None:
        self.folder = self.enterContext(tempfile.TemporaryDirectory())
        self.env = {"PATH": os.environ["PATH"], COOKIE_KEY: COOKIE_VALUE, "PLUGIN_UNIX_SOCKET_DIR": self.folder,
                    "PLUGIN_PROTOCOL_VERSIONS": "1", HOST_PID: str(os.getpid()), "PYTHONDONTWRITEBYTECODE": "1"}

    def start(self, *command: str, **env: str) -> subprocess.Popen:
        """A process that is gone after the test."""
        pipe = subprocess.PIPE
        process = subprocess.Popen(
            command or [str(ROOT / "toychain")], env=self.env | env, stdout=pipe, stderr=pipe, text=True, start_new_session=True
        )
        self.addCleanup(process.communicate)
        self.addCleanup(self.kill_group, process.pid)
        return process

    def kill_group(self, leader: int) -> None:
        """Ends a process and what it has started."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(leader, signal.SIGKILL)

    def served(self, process: subprocess.Popen) -> grpc.Channel:
        """The connection that the first line says."""
        line = process.stdout.readline()
        self.assertRegex(line, r"^1\|1\|unix\|[^|]+\|grpc\n$")
        return self.enterContext(grpc.insecure_channel("unix:" + line.split("|")[3]))

    def refused(self, *words: str, command: tuple[str, ...] = (), **env: str) -> None:
        """The process must end with status 1, and say why on standard error alone."""
        process = self.start(*command, **env)
        out, err = process.communicate(timeout=WAIT)
        self.assertEqual((process.returncode, out), (1, ""))
        for word in words:
            self.assertIn(word, err)

    def test_explains_itself(self) -> None:
        self.refused('the coin driver "toychain"', "sha256", "motherlode check", **{COOKIE_KEY: ""})

    def test_starts_that_cannot_be(self) -> None:
        self.refused("version 2, 3", PLUGIN_PROTOCOL_VERSIONS="2,3")
        self.refused("mtls = true is not possible", PLUGIN_CLIENT_CERT="-----BEGIN CERTIFICATE-----")

    def test_serves_until_told_to_stop(self) -> None:
        process = self.start()
        channel = self.served(process)
        answer = rpc.DriverStub(channel).Open(pb.OpenRequest(), timeout=WAIT)
        self.assertEqual(answer.coin.name, "Toychain")
        stream = rpc.CoinStub(channel).StreamTemplates(pb.StreamTemplatesRequest(), timeout=WAIT)
        self.assertEqual(next(stream).height, 1)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            process.send_signal(number)
        garbage = pb.SubmitBlockRequest(hash=bytes(32), prev_hash=bytes(32), block=b"garbage")
        verdict = rpc.CoinStub(channel).SubmitBlock(garbage, timeout=WAIT).verdict
        self.assertEqual(verdict.code, pb.VERDICT_CODE_REJECTED)
        begin = time.monotonic()
        self.assertEqual(channel.unary_unary("/plugin.GRPCController/Shutdown")(b"", timeout=WAIT), b"")
        out, err = process.communicate(timeout=WAIT)
        self.assertLess(time.monotonic() - begin, 2)
        self.assertEqual((process.returncode, out, os.listdir(self.folder)), (0, "", []))
        lines = [json.loads(line) for line in err.splitlines()]
        self.assertEqual([(line["level"], line["msg"]) for line in lines], [("WARN", "block refused")])

    def test_ends_with_its_parent(self) -> None:
        middle = self.start("/bin/sh", "-c", f"{ROOT / 'toychain'} & wait")
        channel = self.served(middle)
        rpc.DriverStub(channel).Describe(pb.DescribeRequest(), timeout=WAIT)
        middle.kill()
        readable, _, _ = select.select([middle.stdout], [], [], 3)  # ends when the last process that has it open does
        self.assertEqual((len(readable), middle.stdout.read() if readable else "it lives"), (1, ""))

    def test_one_file(self) -> None:
        with tempfile.TemporaryDirectory() as elsewhere:
            files = [str(Path(elsewhere) / name) for name in ("a.pyz", "b.pyz")]
            said = [subprocess.run([sys.executable, ROOT / "pack", f], capture_output=True, text=True, check=True) for f in files]
            self.assertEqual(said[0].stdout.splitlines()[1], said[1].stdout.splitlines()[1])
            self.assertIn("sha256 = ", said[0].stdout)
            channel = self.served(self.start(files[0]))
            info: Any = rpc.DriverStub(channel).Describe(pb.DescribeRequest(), timeout=WAIT)
            self.assertEqual((info.driver, info.api_minor), ("toychain", 3))

    def test_what_is_printed_does_not_disturb_the_handshake(self) -> None:
        script = (
            "import motherlode_plugin, sys\n"
            "from driver import ToychainDriver\n"
            "class Chatty(ToychainDriver):\n"
            "    def describe(self):\n"
            "        print('hello')\n"
            "        return super().describe()\n"
            "motherlode_plugin.serve(Chatty())\n"
        )
        process = self.start(sys.executable, "-c", script, PYTHONPATH=str(ROOT), PYTHONUNBUFFERED="1")
        channel = self.served(process)
        rpc.DriverStub(channel).Describe(pb.DescribeRequest(), timeout=WAIT)
        channel.unary_unary("/plugin.GRPCController/Shutdown")(b"", timeout=WAIT)
        out, err = process.communicate(timeout=WAIT)
        self.assertEqual((out, err), ("", "hello\n"))

    def test_a_thread_that_fails_ends_the_process(self) -> None:
        script = (
            "import motherlode_plugin, threading\n"
            "from driver import ToychainDriver\n"
            "class Failing(ToychainDriver):\n"
            "    def open(self, request):\n"
            "        threading.Thread(target=lambda: 1 / 0).start()\n"
            "        return super().open(request)\n"
            "motherlode_plugin.serve(Failing())\n"
        )
        process = self.start(sys.executable, "-c", script, PYTHONPATH=str(ROOT))
        channel = self.served(process)
        with self.assertRaises(grpc.RpcError):  # the first call, or one that comes too late
            while True:
                rpc.DriverStub(channel).Open(pb.OpenRequest(), timeout=WAIT)
        _, err = process.communicate(timeout=WAIT)
        self.assertEqual(process.returncode, 2)
        self.assertIn("ZeroDivisionError", json.loads(err.splitlines()[-1])["traceback"])


if __name__ == "__main__":
    unittest.main()
