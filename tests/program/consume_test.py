#!/usr/bin/python3
"""Push consumers of the real program: what a consumer that is killed, frozen or stopped leaves to others.

consume_test.py --binary=PATH [unittest options]
"""
import json
import os
import select
import signal
import subprocess
import time
import unittest

import running
from running import ADMIN, ADMIN_USER, Hub, within

# Nothing here may have to wait for the end of a visibility.
CONFIG = """listen: {zmq: {address: "tcp://127.0.0.1:0", security: plain}}
accounts:
  shop:
    id: "111111111111"
    users:
      """ + ADMIN_USER + """
    queues:
      invoices: {visibility: 12h}
      orders.fifo: {content_based_deduplication: true, visibility: 12h}
"""
EXAMPLE = os.path.join(os.path.dirname(__file__), "..", "..", "examples", "push_consumer.py")


class Lines:
    """A child process whose stdout is read line by line."""

    def __init__(self, arguments, environment, stdout=subprocess.PIPE):
        self.process = subprocess.Popen(arguments, stdout=stdout, stderr=subprocess.PIPE,
                                        env={**os.environ, **environment})
        self.pending = b""
        if stdout == subprocess.PIPE:
            os.set_blocking(self.process.stdout.fileno(), False)

    def take(self, count):
        """The next `count` lines; an assertion fails when they do not come."""
        deadline = time.monotonic() + running.PATIENCE_S
        while self.pending.count(b"\n") < count:
            left = deadline - time.monotonic()
            if left < 0 or not select.select([self.process.stdout], [], [], left)[0]:
                raise AssertionError(f"only {self.pending!r}")
            some = self.process.stdout.read()
            if not some:
                raise AssertionError(f"ended after {self.pending!r}: {self.process.stderr.read()!r}")
            self.pending += some
        *lines, self.pending = self.pending.split(b"\n", count)
        return [line.decode() for line in lines]

    def end(self, number=signal.SIGKILL):
        """Sends the signal; the exit status, and what it still had to say."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        out, err = self.process.communicate(timeout=running.PATIENCE_S)
        return self.process.returncode, (self.pending + (out or b"")).decode(), err.decode()


class ConsumeTest(unittest.TestCase):
    def setUp(self):
        self.hub = Hub(CONFIG)
        self.addCleanup(self.hub.__exit__)
        self.hub.start()
        self.client = self.new_client()

    def new_client(self):
        client = self.hub.client()
        self.addCleanup(client.close)
        return client

    def example(self, *arguments, queue="invoices"):
        return self.child(["/usr/bin/python3", "-B", EXAMPLE, queue, *arguments])

    def penstock(self, *arguments, queue="invoices", **options):
        return self.child([running.BINARY, "consume", queue, *arguments], **options)

    def child(self, arguments, **options):
        lines = Lines(arguments, self.hub.environment(), **options)
        self.addCleanup(lines.end)
        return lines

    def counts(self, queue="invoices"):
        [now] = self.client.ask("describe_queue", queue)
        return now["visible"], now["in_flight"]

    def holds(self, visible, in_flight):
        within(running.PATIENCE_S, lambda: self.counts() == (visible, in_flight), self.counts)

    def send(self, *bodies):
        self.client.ask("send", "invoices", list(bodies))

    def test_messages_of_a_killed_consumer_are_with_another_long_before_their_visibility_ends(self):
        killed = self.example("--credit", "2", "--keep")
        self.send("1", "2", "3")
        self.assertEqual(killed.take(2), ["1", "2"])
        self.assertEqual(self.counts(), (1, 2))
        other = self.example()
        self.assertEqual(other.take(1), ["3"])
        began = time.monotonic()
        killed.end(signal.SIGKILL)
        self.assertEqual(sorted(other.take(2)), ["1", "2"])
        self.assertLess(time.monotonic() - began, 20)  # Heartbeats go every 5 s; the visibility is 12 h.
        self.holds(0, 0)

    def test_acknowledged_messages_stay_with_the_killed(self):
        killed = self.example()
        self.send("1", "2")
        self.assertEqual(killed.take(2), ["1", "2"])
        self.holds(0, 0)
        killed.end(signal.SIGKILL)
        self.assertEqual(self.counts(), (0, 0))

    def test_group_of_a_killed_consumer_goes_on_in_order(self):
        def send(*bodies):
            self.client.ask("send", "orders.fifo", [[body, None, {"group": "g"}] for body in bodies])

        killed = self.example("--keep", queue="orders.fifo")
        send("1", "2", "3")
        self.assertEqual(killed.take(3), ["1", "2", "3"])
        other = self.example(queue="orders.fifo")
        killed.end(signal.SIGKILL)
        self.assertEqual(other.take(3), ["1", "2", "3"])

    def test_command_prints_and_deletes_and_ends_when_nothing_comes(self):
        self.send(*(str(i) for i in range(500)))
        consumer = self.penstock("--json", "--idle-exit", "300ms", "--credit", "50")
        messages = [json.loads(line) for line in consumer.take(500)]
        self.assertEqual([m["body"] for m in messages], [str(i) for i in range(500)])
        self.assertEqual(consumer.process.wait(running.PATIENCE_S), 0)
        self.assertEqual(self.counts(), (0, 0))

    def test_command_ends_after_so_many_and_leaves_the_rest_visible(self):
        self.send(*(str(i) for i in range(10)))
        consumer = self.penstock("--max", "7", "--credit", "3")
        self.assertEqual(consumer.take(7), [str(i) for i in range(7)])
        self.assertEqual(consumer.process.wait(running.PATIENCE_S), 0)
        self.assertEqual(self.counts(), (3, 0))

    def test_term_ends_the_command_and_what_it_could_not_print_is_visible_at_once(self):
        # A pipe that nobody reads: it cannot print all of it.
        read, write = os.pipe()
        self.addCleanup(os.close, read)
        self.send(*("x" * 1000 for _ in range(500)))
        consumer = self.penstock("--credit", "500", stdout=write)
        os.close(write)
        within(running.PATIENCE_S, lambda: self.counts()[1] > 100, self.counts)
        self.assertEqual(consumer.end(signal.SIGTERM)[0], 0)
        visible, in_flight = self.counts()
        self.assertEqual(in_flight, 0)
        self.assertGreater(visible, 100)

    def test_reader_that_leaves_ends_the_command_and_loses_nothing(self):
        consumer = self.penstock()
        self.send("1")
        self.assertEqual(consumer.take(1), ["1"])
        self.holds(0, 0)
        consumer.process.stdout.close()
        self.send("2")
        self.assertEqual(consumer.process.wait(running.PATIENCE_S), 2)
        self.assertEqual(self.counts(), (1, 0))

    def test_command_goes_on_when_the_hub_has_been_killed_and_is_back(self):
        # On the same address, since that is where it looks for it.
        self.hub.write_config(CONFIG.replace("tcp://127.0.0.1:0", self.hub.endpoint))
        consumer = self.penstock()
        self.send("1")
        self.assertEqual(consumer.take(1), ["1"])
        self.holds(0, 0)
        self.hub.kill()
        self.hub.start()
        self.client = self.new_client()
        self.send("2")
        self.assertEqual(consumer.take(1), ["2"])
        self.holds(0, 0)
        self.assertEqual(consumer.end(signal.SIGINT)[0], 0)

    def test_command_says_why_it_ends(self):
        consumer = self.penstock(queue="nowhere")
        status, out, err = consumer.end(signal.SIGCONT)
        self.assertEqual((status, out), (1, ""))
        self.assertIn("error: QueueNotFound: ", err)
        self.client.ask("create_queue", "late", {})
        consumer = self.penstock(queue="late")
        self.client.ask("send", "late", ["1"])
        consumer.take(1)
        self.client.ask("delete_queue", "late")
        self.assertEqual(consumer.process.wait(running.PATIENCE_S), 1)
        self.assertIn("error: QueueNotFound: ", consumer.process.stderr.read().decode())


if __name__ == "__main__":
    unittest.main()
