#!/usr/bin/env python3
"""Receives from a queue, prints each body, and deletes what it has printed. Needs Debian's python3-zmq, python3-msgpack.

  export PENSTOCK_USER=billing/worker PENSTOCK_PASSWORD=example-billing
  examples/consumer.py billing/orders --idle 5
"""
import argparse
import os
import sys

import msgpack
import zmq

VERSION = 1  # Of the native protocol.
BATCH = 100  # Messages in one receive, at most; the hub allows 1,000.
ANSWER_WITHIN_MS = 30_000


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("queue", help="ARN, account/name, or a name in your own account")
    parser.add_argument("--endpoint", default=os.environ.get("PENSTOCK_ENDPOINT", "tcp://127.0.0.1:5566"))
    parser.add_argument("--idle", type=float, default=20, metavar="SECONDS",
                        help="end when nothing comes for so long, 20 at most (default: %(default)s)")
    options = parser.parse_args()

    socket = zmq.Context.instance().socket(zmq.DEALER)
    socket.setsockopt(zmq.LINGER, 0)
    # PLAIN, for a hub on loopback; beyond it the hub asks for CURVE keys.
    socket.setsockopt_string(zmq.PLAIN_USERNAME, os.environ.get("PENSTOCK_USER", ""))
    socket.setsockopt_string(zmq.PLAIN_PASSWORD, os.environ.get("PENSTOCK_PASSWORD", ""))
    socket.connect(options.endpoint)

    request_id = 0

    def call(operation, *arguments):
        # A request is [version, id, operation, arguments...]; the id comes back with the answer.
        nonlocal request_id
        request_id += 1
        socket.send(msgpack.packb([VERSION, request_id, operation, *arguments]))
        if not socket.poll(ANSWER_WITHIN_MS):
            sys.exit(f"No answer from {options.endpoint}: is the hub there, are user and password right?")
        # An answer is [version, id, "ok", result] or [version, id, code, message].
        _, _, code, result = msgpack.unpackb(socket.recv())
        if code != "ok":
            sys.exit(f"{code}: {result}")
        return result

    while True:
        # Hidden from others as long as the queue says (None), and a wait of some milliseconds for the first message.
        messages = call("receive", options.queue, BATCH, None, int(options.idle * 1000))
        if not messages:
            return
        handles = []
        for _id, handle, body, *_ in messages:
            print(body.decode(), flush=True)
            handles.append(handle)
        # What is not deleted comes back when its visibility ends: a consumer that dies loses nothing.
        _count, failures = call("delete", options.queue, handles)
        for index, failure, message in failures or []:
            print(f"not deleted: {failure}: {message}", file=sys.stderr)


if __name__ == "__main__":
    main()
