#!/usr/bin/env python3
"""Publishes each line of its input to a topic. Needs Debian's python3-zmq and python3-msgpack.

  export PENSTOCK_USER=shop/checkout PENSTOCK_PASSWORD=example-checkout
  printf '%s\n' '{"order": 1}' '{"order": 2}' | examples/producer.py shop/orders --attribute event=order_placed
"""
import argparse
import os
import sys

import msgpack
import zmq

VERSION = 1  # Of the native protocol.
BATCH = 500  # Messages in a request; the hub flushes once for many, so that larger requests are cheaper.
ANSWER_WITHIN_MS = 30_000


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("topic", help="ARN, account/name, or a name in your own account")
    parser.add_argument("--endpoint", default=os.environ.get("PENSTOCK_ENDPOINT", "tcp://127.0.0.1:5566"))
    parser.add_argument("--attribute", action="append", default=[], metavar="NAME=VALUE")
    options = parser.parse_args()
    # An attribute is name -> [type, value]. The type is String, Number or Binary.
    attributes = {name: ["String", value] for name, _, value in (a.partition("=") for a in options.attribute)}

    socket = zmq.Context.instance().socket(zmq.DEALER)
    socket.setsockopt(zmq.LINGER, 0)
    # PLAIN, for a hub on loopback; beyond it the hub asks for CURVE keys.
    socket.setsockopt_string(zmq.PLAIN_USERNAME, os.environ.get("PENSTOCK_USER", ""))
    socket.setsockopt_string(zmq.PLAIN_PASSWORD, os.environ.get("PENSTOCK_PASSWORD", ""))
    socket.connect(options.endpoint)

    def publish(request_id, bodies):
        # A request is [version, id, operation, arguments...]; the id comes back with the answer.
        messages = [[body, attributes] for body in bodies]
        socket.send(msgpack.packb([VERSION, request_id, "publish", options.topic, messages]))
        if not socket.poll(ANSWER_WITHIN_MS):
            sys.exit(f"No answer from {options.endpoint}: is the hub there, are user and password right?")
        # An answer is [version, id, "ok", result] or [version, id, code, message].
        _, _, code, result = msgpack.unpackb(socket.recv())
        if code != "ok":
            sys.exit(f"{code}: {result}")
        # Each message succeeds or fails alone. What is accepted is on the hub's disk.
        _, failures, _ = result
        for index, failure, message in failures or []:
            print(f"message {index + 1} of request {request_id}: {failure}: {message}", file=sys.stderr)
        return len(bodies) - len(failures or [])

    accepted, requests, bodies = 0, 0, []
    for line in sys.stdin.buffer:
        bodies.append(line.rstrip(b"\n"))
        if len(bodies) == BATCH:
            requests += 1
            accepted += publish(requests, bodies)
            bodies = []
    if bodies:
        accepted += publish(requests + 1, bodies)
    print(f"accepted {accepted} messages")


if __name__ == "__main__":
    main()
