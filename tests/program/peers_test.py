#!/usr/bin/python3
"""Peers that are many, silent, broken or rude; and a normal client that must not notice.

peers_test.py --binary=PATH [--seed=S] [unittest options]
"""
import os
import random
import resource
import select
import struct
import sys
import time
import unittest

import msgpack
import zmq

import running
from running import Hub, Silent, within

SEED = next((int(a.split("=", 1)[1]) for a in sys.argv if a.startswith("--seed=")), int.from_bytes(os.urandom(4), "big"))
sys.argv = [a for a in sys.argv if not a.startswith("--seed=")]

CONFIG = """hub: {free_space_min: 1MiB}
listen: {zmq: {address: "tcp://127.0.0.1:0", security: plain}}
accounts:
  shop:
    id: "111111111111"
    users:
      """ + running.ADMIN_USER + """
    queues: {orders: {}, photos: {}}
"""

IDLE = 1000
IDLE_KIB_MAX = 64  # Of memory, for each idle connection.
ANSWER_S_MAX = 5  # The slowest answer that a normal client gets, on a machine that may be busy with other things.
HANDSHAKE_S = 10  # What the hub gives a peer (adapters/zmq/limits.h).
MIB = 1024 * 1024


class PeersTest(unittest.TestCase):
    def setUp(self):
        self.hub = Hub(CONFIG).start()
        self.addCleanup(self.hub.__exit__)
        self.client = self.connect()
        self.sent = 0

    def connect(self, **options):
        client = self.hub.client(**options)
        self.addCleanup(client.close)
        return client

    def assert_served(self):
        """A normal client sends, receives and deletes; how long it took."""
        self.sent += 1
        began = time.monotonic()
        body = f"order {self.sent}".encode()
        self.client.ask("send", "orders", [body], seconds=ANSWER_S_MAX)
        [message] = self.client.ask("receive", "orders", 10, None, 0, seconds=ANSWER_S_MAX)
        self.assertEqual(message[2], body)
        self.client.ask("delete", "orders", [message[1]], seconds=ANSWER_S_MAX)
        return time.monotonic() - began

    # rule: hardening R12 idle connections take bounded memory and give their descriptors back
    def test_thousand_idle_connections_take_little_and_give_it_back(self):
        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 8192), hard))
        self.assert_served()
        memory, descriptors = self.hub.resident_kib(), self.hub.descriptors()
        clients = [self.connect() for _ in range(IDLE)]
        for client in clients:
            client.post("describe_hub")
        for client in clients:
            self.assertEqual(client.answer()[1], "ok")
        self.assertGreaterEqual(self.hub.descriptors(), descriptors + IDLE)
        each = (self.hub.resident_kib() - memory) / IDLE
        print(f"{IDLE} idle connections: {each:.1f} KiB each")
        self.assertLess(each, IDLE_KIB_MAX)
        self.assert_served()
        for client in clients:
            client.close()
        within(running.PATIENCE_S, lambda: self.hub.descriptors() < descriptors + 50, "descriptors come back")

    # rule: hardening R13 a peer that never reads is cut, and others are served meanwhile
    def test_peer_that_never_reads_is_cut_and_nobody_else_notices(self):
        photo = os.urandom(256 * 1024 - 100)
        for _ in range(8):
            self.client.ask("send", "photos", [photo])
        memory = self.hub.resident_kib()
        rude = self.connect(options={zmq.RCVHWM: 1, zmq.RCVBUF: 65536})
        rude.ask("describe_hub")
        requests = 150  # Of 2 MiB each: more than twice what a peer may leave unread.
        slowest = 0
        for _ in range(requests):
            rude.post("receive", "photos", 8, 0, 0)
            slowest = max(slowest, self.assert_served())
        peak = self.hub.resident_kib() - memory
        print(f"beside a peer that never reads: {slowest * 1000:.1f} ms at most, {peak / 1024:.0f} MiB")
        self.assertLess(peak, 256 * 1024)
        answers = 0
        try:
            while True:
                self.assertEqual(rude.answer(seconds=2)[1], "ok")
                answers += 1
        except Silent:
            pass
        self.assertLess(answers, requests)  # Cut: what was beyond the bound is dropped.
        self.assertTrue(within(running.PATIENCE_S, lambda: self.heard(rude), "it is heard again once it has read"))

    def heard(self, client):
        try:
            return client.ask("describe_hub", seconds=1)
        except Silent:
            return None

    # rule: hardening 3 lying lengths, extension types, deep nesting and oversize are answered with an error
    def test_broken_frames_are_refused_and_nothing_else_happens(self):
        rng = random.Random(SEED)
        good = msgpack.packb([1, 7, "send", "orders", [b"smuggled"] * 3])
        frames = [b"", b"\xc1", b"\xdd\xff\xff\xff\xff", b"\xc6\xff\xff\xff\xffx", b"\x91" * 100_000,
                  msgpack.packb([1, 7, "send", "orders", msgpack.ExtType(5, b"x")]), good + b"\x00",
                  msgpack.packb([1, 7, "send", "orders", []]), msgpack.packb([1, 7, "reload"]),
                  msgpack.packb([2, 7, "describe_hub"]), msgpack.packb([1, -1, "describe_hub"]),
                  msgpack.packb({"operation": "describe_hub"}), os.urandom(4 * MIB)]
        frames += [rng.randbytes(rng.choice((1, 5, 50, 5000))) for _ in range(200)]
        frames += [good[:n] for n in range(1, len(good))]
        peer = self.connect()
        for number, frame in enumerate(frames):
            with self.subTest(f"frame {number}, seed {SEED}: {frame[:40]!r}"):
                peer.socket.send(frame)
                _, code, _ = peer.answer()
                self.assertNotEqual(code, "ok")
        peer.socket.send_multipart([b"", good])
        self.assertNotEqual(peer.answer()[1], "ok")
        self.assertTrue(peer.ask("describe_hub"))  # The connection is as good as before.
        self.assertEqual(self.client.ask("receive", "orders", 10, None, 0), [])
        self.assert_served()

    # rule: hardening 3 a frame beyond the limit ends its connection and takes no memory
    def test_huge_frame_ends_its_own_connection_only(self):
        memory = self.hub.resident_kib()
        peer = self.connect()
        peer.socket.send(bytes(64 * MIB))
        with self.assertRaises(Silent):
            peer.answer(seconds=0.5)
        self.assertLess(self.hub.resident_kib() - memory, 32 * 1024)
        self.assert_served()

    # rule: hardening R13 a peer that says nothing, or lies about lengths before it has logged in, is cut
    def test_peers_that_never_finish_their_handshake_are_cut(self):
        greeting = b"\xff" + bytes(8) + b"\x7f\x03\x00PLAIN" + bytes(15) + bytes(32)
        openings = {
            "nothing": b"",
            "half a greeting": greeting[:20],
            "a greeting and no more": greeting,
            "another protocol": b"GET / HTTP/1.1\r\nHost: hub\r\n\r\n",
            "a command of 2^62 bytes": greeting + b"\x06" + struct.pack(">Q", 1 << 62) + bytes(100_000),
            "an old protocol": b"\x01\x00",
        }
        memory = self.hub.resident_kib()
        peers = {}
        for _ in range(20):
            for name, opening in openings.items():
                peer = self.hub.tcp()
                self.addCleanup(peer.close)
                peer.sendall(opening)
                peers[peer] = name
        self.assert_served()
        deadline = time.monotonic() + HANDSHAKE_S + running.PATIENCE_S
        while peers and time.monotonic() < deadline:
            for peer in select.select(list(peers), [], [], 1)[0]:
                if is_closed(peer):
                    del peers[peer]
            self.assert_served()
        self.assertFalse(set(peers.values()))
        self.assertLess(self.hub.resident_kib() - memory, 32 * 1024)


def is_closed(peer):
    """Whether the hub has ended the connection; what it has said is read and dropped."""
    try:
        return not peer.recv(4096)
    except ConnectionError:
        return True


if __name__ == "__main__":
    unittest.main()
