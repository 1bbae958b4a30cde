#!/usr/bin/python3
"""The web tier keeps answering while all workers are down, and they catch up when they are back.

web.py takes orders over HTTP and publishes them; two workers (worker.py) take them from a queue. The workers are killed
with -9 in the middle of their work and started again later. No order may be lost.
"""
import collections
import http.client
import json
import pathlib
import sys
import time

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1]))  # Where penstock_client.py and stage.py are.
from stage import PATIENCE, Stage

QUEUE = "shop/fulfilment"
WORKERS = 2
ORDERS_BEFORE, ORDERS_IN_OUTAGE, ORDERS_AFTER = 100, 200, 50
WORK = 0.01  # Seconds that an order takes: a hundred cannot be done before the workers are killed.


class Shop:
    """The customers: places orders, each with a number of its own, and keeps what was accepted."""

    def __init__(self, port):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        self.accepted = []

    def place(self, count):
        """Places `count` orders, one after the other, and returns the latencies of the answers in seconds, sorted."""
        latencies = []
        for _ in range(count):
            number = len(self.accepted) + 1
            start = time.monotonic()
            self.connection.request("POST", "/orders", json.dumps({"order": number}).encode())
            answer = self.connection.getresponse()
            content = json.loads(answer.read())
            latencies.append(time.monotonic() - start)
            Stage.check(answer.status == 202 and content["id"], f"order {number} is accepted: {answer.status} {content}")
            self.accepted.append(number)
        return sorted(latencies)


def latency_text(latencies):
    def at(share):
        return f"{latencies[min(int(share * len(latencies)), len(latencies) - 1)] * 1000:.1f}"
    return f"{len(latencies)} orders answered with 202: half within {at(0.5)} ms, 99 % within {at(0.99)} ms, all {at(1)} ms"


def main(stage):
    done = pathlib.Path(stage.directory, "done")
    done.touch()
    observer = stage.client("shop/worker")

    def start_workers():
        return [stage.start("shop/worker", "worker.py", QUEUE, "--done", done, "--work", str(WORK)) for _ in range(WORKERS)]

    stage.say(f"A web tier and {WORKERS} workers, and a queue between them")
    shop = Shop(int(stage.first_line_of(stage.start("shop/web", "decouple/web.py"))))
    workers = start_workers()
    stage.show(latency_text(shop.place(ORDERS_BEFORE)))

    stage.say("Both workers are killed (-9) in the middle of their work")
    # Each takes ten orders at a time, so that more than ten in flight means that both have some.
    stage.wait(lambda: observer.counts(QUEUE)[1] > 10, "both workers work on orders")
    for worker in workers:
        worker.kill()
        worker.wait()
    visible, in_flight = observer.counts(QUEUE)
    stage.show(f"{len(done.read_text().splitlines())} orders are done; {visible} wait, {in_flight} were in the workers' hands")
    stage.check(in_flight > 0, "the workers had orders in their hands when they were killed")

    stage.say("Nobody works. The web tier does not notice")
    stage.show(latency_text(shop.place(ORDERS_IN_OUTAGE)))
    backlog = sum(observer.counts(QUEUE))
    stage.show(f"the backlog is {backlog} orders")
    stage.check(backlog >= ORDERS_IN_OUTAGE, "what comes in the outage waits in the queue")

    stage.say("The workers are back")
    start = time.monotonic()
    start_workers()
    stage.show(latency_text(shop.place(ORDERS_AFTER)))
    stage.wait(lambda: sum(observer.counts(QUEUE)) == 0, "the workers catch up")
    stage.show(f"the backlog is 0 after {time.monotonic() - start:.1f} s")

    stage.say("Nothing is lost")
    times = collections.Counter(json.loads(line.split(" ", 1)[1])["order"] for line in done.read_text().splitlines())
    missing = set(shop.accepted) - set(times)
    stage.show(f"{len(shop.accepted)} orders accepted, {len(times)} of them done, {len(missing)} missing")
    stage.show(f"{sum(n > 1 for n in times.values())} of them done twice, if a worker was killed between doing and deleting")
    stage.check(not missing, f"every order that was accepted is done; missing: {sorted(missing)}")
    stage.check(set(times) <= set(shop.accepted), "only orders that were accepted are done")


if __name__ == "__main__":
    with Stage(__doc__, __file__) as the_stage:
        main(the_stage)
