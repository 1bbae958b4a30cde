#!/usr/bin/python3
"""kill -9 of the real program at random moments under load, as often as asked; then everything is drained and checked.

kill_test.py --binary=PATH [--cycles=N] [--queues=N] [--seed=S] [unittest options]

The seed decides what is asked and when the kills come; the scheduler decides the rest. 2,000 cycles are a long run.
"""
import json
import os
import random
import select
import sys
import threading
import time
import unittest

import running
from ledger import Ledger
from running import Client, Hub, Refused, Silent


def option(name, default):
    found = [a for a in sys.argv if a.startswith(f"--{name}=")]
    sys.argv[:] = [a for a in sys.argv if a not in found]
    return int(found[-1].split("=", 1)[1]) if found else default


CYCLES = option("cycles", 0)  # 0: as many as each test says.
QUEUES = option("queues", 100)
SEED = option("seed", int.from_bytes(os.urandom(4), "big"))

BATCH_MAX = 20
LOAD_S_MAX = 0.8  # Of one cycle, on a machine that is too slow for the load.
VISIBILITIES_MS = (1000, 2000, 3000)
DRAIN_S_MAX = 120

MIXED = """
hub: {durability: %s, free_space_min: 1MiB}
listen: {zmq: {address: "tcp://127.0.0.1:0", security: plain}}
accounts:
  shop:
    id: "111111111111"
    users:
      """ + running.ADMIN_USER + """
    topics: {events: {}}
    queues: {left: {}, right: {}, filtered: {}, raw: {}, enveloped: {}}
subscriptions:
  - {from: topic/events, to: queue/filtered, filter: {kind: [wanted]}, raw: true}
  - {from: topic/events, to: queue/raw, raw: true}
  - {from: topic/events, to: queue/enveloped}
grants:
  - {from: topic/events, to: [queue/filtered, queue/raw, queue/enveloped]}
"""
MIXED_QUEUES = ("left", "right", "filtered", "raw", "enveloped")


def wide_config(names):
    return "\n".join([
        'hub: {free_space_min: 1MiB}',
        'listen: {zmq: {address: "tcp://127.0.0.1:0", security: plain}}',
        'accounts:', '  shop:', '    id: "111111111111"', '    users:', "      " + running.ADMIN_USER,
        '    topics: {events: {}}', '    queues:', *(f"      {name}: {{}}" for name in names),
        'subscriptions:', *(f"  - {{from: topic/events, to: queue/{name}, raw: true}}" for name in names),
        'grants:', *(f"  - {{from: topic/events, to: queue/{name}}}" for name in names), ''])


class Run:
    """A hub that is killed again and again, and the threads that keep it busy."""

    def __init__(self, hub, seed, durable=True):
        self.hub = hub
        self.seed = seed
        self.ledger = Ledger()
        self.durable = durable
        self.generation = 0
        self.up = threading.Event()
        self.stopping = False
        self.threads = []

    # ---- What keeps it busy. A worker makes one request after the other with `step(client, random, gone)` -------------

    def add(self, name, step):
        thread = threading.Thread(target=self.work, args=(name, step), name=name, daemon=True)
        self.threads.append(thread)
        thread.start()

    def work(self, name, step):
        rng = random.Random(f"{self.seed} {name}")
        while not self.stopping:
            if not self.up.wait(0.1):
                continue
            generation = self.generation
            with Client(self.hub.endpoint) as client:
                try:
                    while not self.stopping and self.generation == generation:
                        step(client, rng, lambda: self.generation != generation)
                except Silent:
                    if self.generation == generation and not self.stopping:
                        self.ledger.complain(f"{name} got no answer from a hub that lives")
                        return
                except Refused as refusal:
                    if self.durable:
                        self.ledger.complain(f"{name}: {refusal}")
                        return

    def producer(self, name, operation, target, admit):
        """Sends to a queue or publishes to a topic. `admit(kind)` says which queues get it."""
        number = 0

        def step(client, rng, gone):
            nonlocal number
            batch, entries = [], []
            for _ in range(rng.randint(1, BATCH_MAX)):
                number += 1
                kind = rng.choice(("wanted", "other"))
                body = f"{name}-{number}-" + "x" * rng.choice((0, 10, 100, 1000))
                batch.append((body, admit(kind)))
                entries.append([body, {"kind": ["String", kind]}])
            self.ledger.send(batch)
            _, failures, _ = client.ask(operation, target, entries, gone=gone)
            for index, code, text in failures or []:
                self.ledger.complain(f"{name}: {code}: {text} ({batch[index][0][:20]})")
            self.ledger.acknowledge(batch)
        self.add(name, step)

    def consumer(self, name, queue):
        kept = []  # Of an earlier hub: handles survive a restart.

        def step(client, rng, gone):
            if kept:
                self.remove(client, queue, *kept[0], gone)
                kept.pop()
            visibility = rng.choice(VISIBILITIES_MS)
            deliveries, until = self.receive(client, queue, rng.randint(1, 100), visibility, 300, gone)
            if not deliveries:
                return
            choice = rng.random()
            if choice < 0.15:  # Forgotten: they come back by themselves.
                return
            half = len(deliveries) // 2 if choice < 0.4 else 0
            if half > 0:
                self.ledger.touch(queue, [body for body, _ in deliveries[:half]], delete=False)
                delay = rng.choice((0, 0, 500))
                _, failures = client.ask("change_visibility", queue, [[h, delay] for _, h in deliveries[:half]], gone=gone)
                for _, code, text in failures or []:
                    if code != "NotInFlight":
                        self.ledger.complain(f"{name}: {code}: {text}")
            kept.append((deliveries[half:], until))
            self.remove(client, queue, *kept[0], gone)
            kept.pop()
        self.add(name, step)

    # ---- One request each --------------------------------------------------------------------------------------------

    def receive(self, client, queue, count, visibility_ms, wait_ms, gone=lambda: False):
        """[(body, handle)] and until when they are certainly ours."""
        asked_at = time.monotonic()
        answer = client.ask("receive", queue, count, visibility_ms, wait_ms, gone=gone)
        deliveries = []
        for delivery in answer:
            body = delivery[2].decode()
            deliveries.append((json.loads(body)["Message"] if queue == "enveloped" else body, delivery))
        self.ledger.receive(queue, [(body, d[0], d[3]) for body, d in deliveries], asked_at, visibility_ms / 1000)
        return [(body, d[1]) for body, d in deliveries], asked_at + visibility_ms / 1000

    def remove(self, client, queue, deliveries, until, gone=lambda: False):
        bodies = [body for body, _ in deliveries]
        self.ledger.touch(queue, bodies, delete=True)
        _, failures = client.ask("delete", queue, [handle for _, handle in deliveries], gone=gone)
        for _, code, text in failures or []:
            self.ledger.complain(f"delete from {queue}: {code}: {text}")
        self.ledger.delete(queue, [] if failures else bodies, until)

    # ---- The kills and the end ---------------------------------------------------------------------------------------

    def cycle(self, rng, requests_max):
        """Starts the hub, lets it work for a random number of answers and a random moment more, and kills it."""
        if rng.random() < 0.2:  # First a hub that dies while it starts.
            self.hub.start_only()
            select.select([], [], [], rng.uniform(0, 0.1))
            self.hub.kill()
        self.hub.start()
        before = self.ledger.counts["requests"]
        wanted = rng.randint(1, requests_max)
        self.up.set()
        deadline = time.monotonic() + LOAD_S_MAX
        while (done := self.ledger.counts["requests"] - before) < wanted and self.hub.alive():
            if self.ledger.violations or (done > 0 and time.monotonic() > deadline):
                break
            if time.monotonic() > deadline + running.PATIENCE_S:
                self.ledger.complain("the hub answers nobody")
                break
            select.select([], [], [], 0.001)
        select.select([], [], [], rng.uniform(0, 0.02))
        if not self.hub.alive():
            self.ledger.complain("the hub ended by itself:\n" + self.hub.log()[-2000:])
        self.up.clear()
        self.hub.kill()
        self.generation += 1

    def drain(self, queues):
        """Everything that is there, until the hub says that nothing is left."""
        self.hub.start()
        self.ledger.draining = True
        deadline = time.monotonic() + DRAIN_S_MAX
        with Client(self.hub.endpoint) as client:
            for queue in queues:
                while True:
                    deliveries, until = self.receive(client, queue, 1000, 60_000, 0)
                    if deliveries:
                        self.remove(client, queue, deliveries, until)
                        continue
                    [state] = client.ask("describe_queue", queue)
                    if state["visible"] + state["in_flight"] + state["delayed"] == 0:
                        break
                    if time.monotonic() > deadline:
                        self.ledger.complain(f"{queue} does not become empty: {state}")
                        return
                    self.wait_for_more(client, queue)
        self.hub.kill()

    def wait_for_more(self, client, queue):
        deliveries, until = self.receive(client, queue, 1000, 60_000, 500)
        if deliveries:
            self.remove(client, queue, deliveries, until)

    def finish(self, queues):
        self.stopping = True
        for thread in self.threads:
            thread.join(running.PATIENCE_S)
        try:
            self.drain(queues)
        except (Refused, Silent) as failure:
            self.ledger.complain(f"while draining: {failure!r}")
        return self.ledger.check()


class KillTest(unittest.TestCase):
    def mixed(self, cycles, durability="flush"):
        hub = Hub(MIXED % durability)
        self.addCleanup(hub.__exit__)
        run = Run(hub, SEED, durable=durability != "memory")
        for name, queue in (("p1", "left"), ("p2", "right"), ("p3", "left")):
            run.producer(name, "send", queue, lambda kind, queue=queue: [queue])
        for name in ("p4", "p5", "p6"):
            run.producer(name, "publish", "events",
                         lambda kind: ["raw", "enveloped"] + ["filtered"] * (kind == "wanted"))
        for queue in MIXED_QUEUES:
            run.consumer(f"c1-{queue}", queue)
        run.consumer("c2-left", "left")
        return self.kill_and_check(run, cycles, MIXED_QUEUES, requests_max=250)

    def kill_and_check(self, run, cycles, queues, requests_max):
        rng = random.Random(f"{SEED} kills")
        for _ in range(cycles):
            run.cycle(rng, requests_max)
            if run.ledger.violations:
                break
        violations = run.finish(queues)
        print(f"{cycles} kills, seed {SEED}: " + ", ".join(f"{n} {what}" for what, n in run.ledger.counts.items()))
        return run.ledger, violations

    def assert_none(self, violations, cycles):
        if violations:
            test = self.id().removeprefix("__main__.")
            self.fail("\n".join(violations) + f"\nOnce more: tests/program/kill_test.py --binary={running.BINARY} "
                      f"--cycles={cycles} --queues={QUEUES} --seed={SEED} {test}")

    # rule: hardening R1 kill -9 under mixed load: nothing acknowledged is lost, nothing unexpected comes
    def test_nothing_acknowledged_is_lost_by_kills_under_mixed_load(self):
        cycles = CYCLES or 50
        ledger, violations = self.mixed(cycles)
        self.assert_none(violations, cycles)
        self.assertGreater(ledger.counts["deleted"], cycles)  # There was load indeed.

    # rule: hardening R11 an acknowledged publish is in every queue after any crash, an unacknowledged one in all or none
    def test_publish_to_many_queues_is_in_all_of_them_or_in_none(self):
        cycles = CYCLES or 20
        queues = [f"q{i:04}" for i in range(QUEUES)]
        hub = Hub(wide_config(queues))
        self.addCleanup(hub.__exit__)
        run = Run(hub, SEED)
        for name in ("p1", "p2", "p3"):
            run.producer(name, "publish", "events", lambda kind: queues)
        _, violations = self.kill_and_check(run, cycles, queues, requests_max=4)
        self.assert_none(violations, cycles)

    def test_checker_finds_the_losses_of_a_hub_that_keeps_messages_in_memory(self):
        ledger, _ = self.mixed(CYCLES or 3, durability="memory")
        self.assertGreater(ledger.counts["lost"], 0)


if __name__ == "__main__":
    unittest.main()
