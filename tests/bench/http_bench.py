#!/usr/bin/python3
"""What the HTTP endpoint does: requests a second beside nginx, latency, and what a parked long poll costs.

http_bench.py --binary=build/hub/penstock [--quick] [--seconds=N] [--rounds=N] [--beside=PORT] [p4 p4b p3b p8]

  p4    SendMessage of 1 KiB over 1, 8 and 64 connections, by wrk, each beside nginx with a fixed answer to it
  p4b   the same with SendMessageBatch of ten
  p3b   a message sent to a queue where a long poll waits: sent to received, beside one round trip and one flush
  p8    10,000 parked long polls: memory of each, CPU while nothing happens, and a message that wakes one

Every hub is started for this on loopback, mode: local, durability: flush, its data below the current folder. Figures
are printed and fail nothing; a wrong answer or a message too few does. Exit status 77: nothing could be measured, since
what that takes is not installed.
"""
import argparse
import contextlib
import gc
import json
import os
import pathlib
import random
import resource
import select
import shutil
import string
import sys
import tempfile
import time

import http_peer

SKIPPED = 77  # As CMakeLists.txt tells ctest.
BODY = "".join(random.Random(4).choices(string.ascii_letters + string.digits, k=1024))
BATCH = 10
# Connections: the bar in requests (P4) or messages (P4b) a second, and in times nginx's rate.
BARS = {
    "SendMessage": {1: (2_800, None), 8: (20_000, None), 64: (60_000, 0.36)},
    "SendMessageBatch": {64: (250_000, None)},
}


def within(seconds, condition, what):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise RuntimeError(f"not within {seconds} s: {what}")
        time.sleep(0.05)


def check(holds, what):
    if not holds:
        raise RuntimeError(what)


@contextlib.contextmanager
def folder(name):
    """On the disk of the current folder: a flush to a temporary file system costs nothing."""
    with tempfile.TemporaryDirectory(prefix=f"penstock-{name}-", dir=".") as directory:
        yield os.path.abspath(directory)


def percentile(ordered, percent):
    return ordered[min(len(ordered) * percent // 100, len(ordered) - 1)]


def print_sample(what, nanoseconds, remark=""):
    ordered = sorted(nanoseconds)
    p50, p99, most = (value / 1000 for value in (percentile(ordered, 50), percentile(ordered, 99), ordered[-1]))
    print(f"  {what:34}p50 {p50:>8,.0f}   p99 {p99:>8,.0f}   max {most:>8,.0f} µs   {remark}".rstrip(), flush=True)


# ---- P4 and P4b: how many requests a second --------------------------------------------------------------------------

def members_of(action, url):
    if action == "SendMessage":
        return {"QueueUrl": url, "MessageBody": BODY}
    return {"QueueUrl": url, "Entries": [{"Id": str(i), "MessageBody": BODY} for i in range(BATCH)]}


def check_queue(peer, url, acknowledged, on_the_way):
    """What was acknowledged is there, and no more than was on its way at the end; a sample of it is as it was sent."""
    count = "ApproximateNumberOfMessages"
    held = int(peer.ask("GetQueueAttributes", QueueUrl=url, AttributeNames=[count])["Attributes"][count])
    check(acknowledged <= held <= acknowledged + on_the_way, f"{acknowledged} messages acknowledged, {held} are there")
    received = peer.ask("ReceiveMessage", QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
    check(all(message["Body"] == BODY for message in received), "a body came back changed")


def load(port, options, action, connections, url, directory, cpu_seconds):
    """wrk's figures, with the rate and the processor time that the server took for each request."""
    body = pathlib.Path(directory, "request.json")
    body.write_text(json.dumps(members_of(action, url)), encoding="ascii")
    before = cpu_seconds()
    figures = http_peer.wrk(port, connections, options.seconds, action, str(body))
    figures["cpu_us"] = (cpu_seconds() - before) * 1e6 / figures["requests"]
    figures["rate"] = figures["requests"] / figures["seconds"]
    return figures


def load_hub(options, action, connections):
    """With the requests that shared a flush, and an answer of the hub."""
    batch = 1 if action == "SendMessage" else BATCH
    with folder("hub") as directory, http_peer.hub(options.binary, directory) as hub, hub.connect() as peer:
        url = peer.ask("CreateQueue", QueueName="load")["QueueUrl"]
        flushes = hub.flushes()
        figures = load(hub.port, options, action, connections, url, directory, hub.cpu_seconds)
        figures["shared"] = figures["requests"] / max(hub.flushes() - flushes, 1)
        check_queue(peer, url, figures["requests"] * batch, connections * batch)
        figures["answer"] = json.dumps(peer.ask(action, **members_of(action, url)))
        return figures


def load_nginx(options, action, connections, answer):
    with folder("nginx") as directory, http_peer.nginx(directory, answer) as (port, pid):
        url = f"http://127.0.0.1:{port}/{http_peer.ACCOUNT}/load"
        return load(port, options, action, connections, url, directory, lambda: http_peer.cpu_seconds(pid))


def load_beside(options, action, connections):
    """The same of whatever else answers SQS's JSON on loopback; it runs already."""
    with folder("beside") as directory:
        created = http_peer.ask_once(options.beside, "CreateQueue", QueueName=f"load-{time.time_ns()}")
        return load(options.beside, options, action, connections, created["QueueUrl"], directory, lambda: 0.0)


def print_beside(action, ours, theirs):
    if not theirs:
        return
    batch = 1 if action == "SendMessage" else BATCH
    rates = [sum(run["rate"] for run in runs) / len(runs) * batch for runs in (ours, theirs)]
    print(f"       beside: {rates[1]:,.0f}, the hub has {rates[0] / rates[1]:.2f} times as many", flush=True)


def print_header(action):
    unit = "req/s" if action == "SendMessage" else "msg/s"
    print(f"  conn{unit:>10}{'bar':>9}{'half':>9} |{'nginx req/s':>12}{'ratio':>8}{'bar':>6} |"
          f"{'p50 µs':>8}{'p99 µs':>8}{'CPU µs':>8}{'nginx':>7} |{'to a flush':>11}", flush=True)


def print_rates(action, connections, ours, theirs):
    def mean(runs, key):
        return sum(run[key] for run in runs) / len(runs)

    bar, times_bar = BARS[action].get(connections, (None, None))
    per_second = mean(ours, "rate") * (1 if action == "SendMessage" else BATCH)
    row = f"  {connections:>4}{per_second:>10,.0f}" + (f"{bar:>9,}{bar // 2:>9,} |" if bar else f"{'-':>9}{'-':>9} |")
    if theirs:
        row += f"{mean(theirs, 'rate'):>12,.0f}{mean(ours, 'rate') / mean(theirs, 'rate'):>8.3f}"
    else:
        row += f"{'-':>12}{'-':>8}"
    row += f"{times_bar:>6.2f} |" if times_bar else f"{'-':>6} |"
    row += f"{mean(ours, 'p50_us'):>8,.0f}{mean(ours, 'p99_us'):>8,.0f}{mean(ours, 'cpu_us'):>8.1f}"
    row += f"{mean(theirs, 'cpu_us'):>7.1f} |" if theirs else f"{'-':>7} |"
    print(row + f"{mean(ours, 'shared'):>11.1f}", flush=True)


def measure_rates(options, action):
    if not shutil.which("wrk"):
        print(f"{action}: not measured; it needs Debian's wrk.")
        return SKIPPED
    has_nginx = os.access(http_peer.NGINX, os.X_OK)
    print(f"{action}, 1 KiB" + ("" if has_nginx else " (not beside nginx; that needs Debian's nginx-light)"))
    print_header(action)
    for connections in (8,) if options.quick else (1, 8, 64):
        ours, theirs, beside = [], [], []
        for _ in range(options.rounds):
            if options.beside:
                beside.append(load_beside(options, action, connections))
            ours.append(load_hub(options, action, connections))
            if has_nginx:
                theirs.append(load_nginx(options, action, connections, ours[-1]["answer"]))
        print_rates(action, connections, ours, theirs)
        print_beside(action, ours, beside)
    return 0


# ---- P3b: sent to received -------------------------------------------------------------------------------------------

class Flush:
    """A write and its flush, into space that was written beforehand: what the disk does at best."""

    def __init__(self, directory):
        self.descriptor = os.open(os.path.join(directory, "flush"), os.O_CREAT | os.O_RDWR, 0o600)
        os.write(self.descriptor, bytes(1 << 20))
        os.fsync(self.descriptor)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        os.close(self.descriptor)

    def nanoseconds(self):
        start = time.perf_counter_ns()
        os.pwrite(self.descriptor, BODY.encode(), 0)
        os.fdatasync(self.descriptor)
        return time.perf_counter_ns() - start


def delete(sender, url, messages):
    """Deletes them, and makes the list empty."""
    entries = [{"Id": str(i), "ReceiptHandle": m["ReceiptHandle"]} for i, m in enumerate(messages)]
    check("Failed" not in sender.ask("DeleteMessageBatch", QueueUrl=url, Entries=entries), "a message was not deleted")
    messages.clear()


def send_and_receive(sender, receiver, url, count, flush):
    """The nanoseconds of each delivery, of round trips for nothing and of flushes."""
    poll = receiver.request("ReceiveMessage", QueueUrl=url, WaitTimeSeconds=20)
    question = sender.request("GetQueueUrl", QueueName="latency")
    deliveries, round_trips, flushes, received = [], [], [], []
    for number in range(count):
        body = f"{number} {BODY}"[:len(BODY)]
        message = sender.request("SendMessage", QueueUrl=url, MessageBody=body)
        receiver.post(poll)
        start = time.perf_counter_ns()
        sender.post(question)
        sender.answer()  # What came after the poll has been answered: the poll waits.
        round_trips.append(time.perf_counter_ns() - start)
        start = time.perf_counter_ns()
        sender.post(message)
        answer = receiver.answer()
        deliveries.append(time.perf_counter_ns() - start)
        sender.answer()
        received += json.loads(answer)["Messages"]
        check(received[-1]["Body"] == body, "another message came than the one that was sent")
        if len(received) == BATCH:
            delete(sender, url, received)
            flushes.append(flush.nanoseconds())
    return deliveries, round_trips, flushes


def measure_latency(options):
    count = 100 if options.quick else 5_000
    with folder("hub") as directory, http_peer.hub(options.binary, directory) as hub, \
            hub.connect() as sender, hub.connect() as receiver, Flush(directory) as flush:
        url = sender.ask("CreateQueue", QueueName="latency")["QueueUrl"]
        gc.disable()
        deliveries, round_trips, flushes = send_and_receive(sender, receiver, url, count, flush)
        gc.enable()
    print(f"SendMessage of 1 KiB to the answer of a long poll that waits, {count:,} times")
    print_sample("sent to received", deliveries, "bar: p99 10,000, goal 2,000")
    print_sample("round trip of GetQueueUrl", round_trips)
    print_sample("one flush of 1 KiB", flushes)
    return 0


# ---- P8: parked long polls -------------------------------------------------------------------------------------------

def allow_descriptors(count):
    """As many as `count` in this process and in the hub, which inherits the limit; fewer when no more are to be had."""
    wanted = count + 200  # Of the store, and of this interpreter.
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < wanted:
        with contextlib.suppress(ValueError, OSError):  # Only root may.
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, wanted))
            return count
        wanted = hard
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return min(count, wanted - 200)


def wake(poller, peers, sender, url, number):
    """Sends a message; the nanoseconds until one poll, and no other, was answered with it."""
    body = f"{number} {BODY}"[:len(BODY)]
    message = sender.request("SendMessage", QueueUrl=url, MessageBody=body)
    start = time.perf_counter_ns()
    sender.post(message)
    events = poller.poll(http_peer.PATIENCE_S)
    took = time.perf_counter_ns() - start
    sender.answer()
    check(len(events) == 1, f"{len(events)} polls were answered for one message")
    messages = json.loads(peers[events[0][0]].answer())["Messages"]
    check([m["Body"] for m in messages] == [body], "a poll was answered with something else")
    poller.unregister(events[0][0])
    return took


def measure_parked(options):
    count = allow_descriptors(500 if options.quick else 10_000)
    idle_s = 1 if options.quick else 5
    with contextlib.ExitStack() as stack:
        directory = stack.enter_context(folder("hub"))
        hub = stack.enter_context(http_peer.hub(options.binary, directory))
        sender = stack.enter_context(hub.connect())
        url = sender.ask("CreateQueue", QueueName="parked")["QueueUrl"]
        at_first = hub.resident_bytes()

        poller = stack.enter_context(select.epoll())
        peers = {}
        for _ in range(count):
            peer = stack.enter_context(hub.connect())
            peers[peer.socket.fileno()] = peer
            poller.register(peer.socket, select.EPOLLIN)
        within(http_peer.PATIENCE_S, lambda: hub.connections() == count + 1, "all are connected")
        sender.ask("GetQueueUrl", QueueName="parked")
        connected = hub.resident_bytes()

        poll = sender.request("ReceiveMessage", QueueUrl=url, WaitTimeSeconds=20)
        for peer in peers.values():
            peer.post(poll)
        within(http_peer.PATIENCE_S, hub.has_read_all, "the hub has read every poll")
        sender.ask("GetQueueUrl", QueueName="parked")  # Answered after whatever had been read: all are parked.
        parked = hub.resident_bytes()

        cpu, start = hub.cpu_seconds(), time.monotonic()
        check(not poller.poll(idle_s), "a poll was answered, or let go, before its time")
        idle_percent = (hub.cpu_seconds() - cpu) * 100 / (time.monotonic() - start)
        wakes = [wake(poller, peers, sender, url, number) for number in range(10 if options.quick else 100)]

    print(f"{count:,} parked long polls")
    print(f"  {'memory of each':34}{(parked - at_first) / count:>8,.0f} bytes resident, of which its connection "
          f"{(connected - at_first) / count:,.0f}   bar: 16,384, goal 8,192")
    print(f"  {'CPU while they wait':34}{idle_percent:>8.2f} % over {idle_s} s   bar: 1 %")
    print_sample("a message wakes one", wakes, "bar: p50 230, p99 450")
    return 0


WORKLOADS = {
    "p4": lambda options: measure_rates(options, "SendMessage"),
    "p4b": lambda options: measure_rates(options, "SendMessageBatch"),
    "p3b": measure_latency,
    "p8": measure_parked,
}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", required=True, type=os.path.abspath, help="penstock")
    parser.add_argument("--quick", action="store_true", help="sizes that show that it works, and nothing else")
    parser.add_argument("--seconds", type=int, help="of each measurement of p4 and p4b (default: 4, with --quick 1)")
    parser.add_argument("--rounds", type=int, help="how often each of them is made (default: 2, with --quick 1)")
    parser.add_argument("--beside", type=int, metavar="PORT",
                        help="p4 and p4b also of another emulator, which listens on this port of loopback")
    parser.add_argument("workloads", nargs="*", metavar="workload", help="p4, p4b, p3b, p8; none named: all")
    options = parser.parse_args()
    if unknown := set(options.workloads) - set(WORKLOADS):
        parser.error(f"no such workload: {', '.join(sorted(unknown))}")
    options.seconds = options.seconds or (1 if options.quick else 4)
    options.rounds = options.rounds or (1 if options.quick else 2)
    statuses = []
    for name in options.workloads or WORKLOADS:
        try:
            statuses.append(WORKLOADS[name](options))
        except (RuntimeError, OSError) as problem:
            print(f"{name}: {problem}", file=sys.stderr)
            statuses.append(1)
    if 1 in statuses:
        return 1
    return SKIPPED if set(statuses) == {SKIPPED} else 0


if __name__ == "__main__":
    sys.exit(main())
