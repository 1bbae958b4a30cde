#!/usr/bin/python3
"""The examples show what they claim, and say so when it is not so.

examples_test.py --binary=PATH [unittest options]
"""
import pathlib
import subprocess
import sys
import tempfile
import unittest

import running

EXAMPLES = pathlib.Path(__file__).resolve().parents[2] / "examples"
sys.path.append(str(EXAMPLES))
from penstock_client import Client, Refused, Unanswered

PATIENCE_S = 100

# An example, a change of its configuration, and what it then says is not so.
BROKEN = [
    ("decouple", "fulfilment: {visibility: 2s}", "fulfilment: {visibility: 2s, dead_letter: {queue: lost, after: 1}}\n      lost: {}",
     "every order that was accepted is done"),
    ("decouple", "{do: publish, on: topic/orders}", "{do: describe, on: topic/orders}", "order 1 is accepted: 500"),
    ("spike", "to: queue/thumbnails, raw: true", "to: queue/thumbnails, filter: {kind: [none]}", "the workers grow to 6"),
    ("cross-team", "{account: billing, may: describe", "{account: marketplace, may: publish",
     "marketplace/importer may not publish to shop/orders"),
    ("cross-team", "importer:\n        password: example-importer\n        may: {do: publish",
     "importer:\n        password: example-importer\n        may: {do: subscribe",
     "the marketplace may publish: "),
    ("request-reply", "{account: sales, may: publish", "{account: sales, may: describe", "alice gets the right answer"),
]


def run_example(name, *arguments):
    """(exit status, stdout, stderr)"""
    command = [sys.executable, "-B", str(EXAMPLES / name / "run.py"), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
    return done.returncode, done.stdout, done.stderr


class ExamplesTest(unittest.TestCase):
    def assert_shows(self, name, *words):
        status, out, err = run_example(name, f"--binary={running.BINARY}")
        self.assertEqual((status, err), (0, ""), out)
        for text in words:
            self.assertRegex(out, text)
        self.assertTrue(out.endswith("All of it is so.\n"), out)

    def test_decouple(self):
        self.assert_shows("decouple", "200 orders answered with 202", "350 orders accepted, 350 of them done, 0 missing")

    def test_spike(self):
        self.assert_shows("spike", "1010 of 1010 jobs are done, by ", r"\n +[\d.]+ +\d+ +\d+ +6 +0 +\d+\n",
                          r"\n +[\d.]+ +0 +0 +1 +0 +1010\n")

    def test_cross_team(self):
        self.assert_shows("cross-team", '"Principal":{"AWS":"arn:aws:iam::333333333333:user/importer"}',
                          "by\": \"marketplace\".* from arn:aws:iam::333333333333:user/importer")

    def test_request_reply(self):
        self.assert_shows("request-reply", "bob: 40 of 40 answers", "No answer within 1 s", "1 late answer was dropped")

    def test_what_is_not_so_is_said(self):
        for name, right, wrong, claim in BROKEN:
            with self.subTest(claim):
                text = (EXAMPLES / name / "hub.yaml").read_text()
                self.assertEqual(text.count(right), 1)
                with tempfile.TemporaryDirectory() as directory:
                    changed = pathlib.Path(directory, "hub.yaml")
                    changed.write_text(text.replace(right, wrong))
                    status, out, err = run_example(name, f"--binary={running.BINARY}", f"--config={changed}")
                self.assertEqual(status, 1, out + err)
                self.assertIn(f"This is not so: {claim}", err, out)
                self.assertNotIn("All of it is so", out)

    def test_program_that_is_not_built_is_named(self):
        status, _, err = run_example("cross-team", "--binary=/nowhere/penstock")
        self.assertEqual(status, 2)
        self.assertIn("there is no /nowhere/penstock: build it", err)

    def test_configurations_are_fine(self):
        configurations = sorted(EXAMPLES.glob("*/hub.yaml"))
        self.assertEqual(len(configurations), 4)
        for path in configurations:
            status, _, err = running.run("check", "--config", str(path))
            self.assertEqual((status, err), (0, ""))


CONFIG = """
listen: {zmq: {address: "tcp://127.0.0.1:0", security: plain}}
accounts:
  shop:
    id: "111111111111"
    users:
      """ + running.ADMIN_USER + """
    topics: {orders: {}}
    queues: {invoices: {}, steps.fifo: {}}
subscriptions: {from: topic/orders, to: queue/invoices, raw: true}
grants: {from: topic/orders, to: queue/invoices}
"""


class ClientTest(unittest.TestCase):
    def setUp(self):
        self.hub = running.Hub(CONFIG).start()
        self.addCleanup(self.hub.__exit__)

    def client(self, password=running.PASSWORD):
        client = Client(self.hub.endpoint, "shop/admin", password)
        self.addCleanup(client.close)
        return client

    def test_message_arrives_as_it_was_published(self):
        client = self.client()
        ids = client.publish("orders", [b"plain", ("attributed", {"text": "x", "number": 7, "bytes": b"\xff"})])
        self.assertEqual([len(bytes.fromhex(message_id)) for message_id in ids], [16, 16])
        received = client.receive("invoices", wait=5)
        self.assertEqual([(m.body, m.attributes, m.receives) for m in received],
                         [(b"plain", {}, 1), (b"attributed", {"text": "x", "number": "7", "bytes": b"\xff"}, 1)])
        self.assertEqual(client.counts("invoices"), (0, 2))
        client.delete("invoices", received)
        self.assertEqual(client.counts("invoices"), (0, 0))

    def test_group_and_deduplication_id_go_to_a_fifo_queue(self):
        client = self.client()
        first, again = (client.send("steps.fifo", [(b"a", None, {"group": "g", "deduplication": "1"})]) for _ in range(2))
        self.assertEqual(first, again)
        [message] = client.receive("steps.fifo")
        self.assertEqual((message.group, message.deduplication), ("g", "1"))

    def test_refusals_name_the_messages_that_they_concern(self):
        client = self.client()
        with self.assertRaises(Refused) as refused:
            client.send("nowhere", [b"a"])
        self.assertEqual((refused.exception.code, refused.exception.failures), ("QueueNotFound", ()))
        with self.assertRaises(Refused) as refused:
            client.send("invoices", [b"good", b""])
        self.assertEqual([(index, code) for index, code, _ in refused.exception.failures], [(1, "MissingArgument")])
        self.assertEqual([message.body for message in client.receive("invoices")], [b"good"])

    def test_late_answer_is_not_taken_for_the_next_one(self):
        client = self.client()
        with self.assertRaises(Unanswered):
            client.call("receive", "invoices", 1, None, 500, within=0.01)
        client.call("describe_hub")
        self.assertEqual(client.receive("invoices", wait=1), [])
        self.assertEqual(len(client.send("invoices", [b"a", b"b"])), 2)

    def test_wrong_password_gets_no_answer(self):
        with self.assertRaises(Unanswered):
            self.client(password="guess").call("describe_hub", within=0.5)


if __name__ == "__main__":
    unittest.main()
