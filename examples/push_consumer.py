#!/usr/bin/env python3
"""Has the hub push the messages of a queue, prints each body, and acknowledges what it has printed, many at a time.
Needs Debian's python3-zmq, python3-msgpack.

  export PENSTOCK_USER=billing/worker PENSTOCK_PASSWORD=example-billing
  examples/push_consumer.py billing/orders --credit 500
"""
import argparse
import os
import sys

import msgpack
import zmq

VERSION = 1  # Of the native protocol.
CONSUMER = 1  # The id of our consume request: all that is pushed comes under it.
BATCH = 100  # Acknowledgements in one request, at most; the hub allows 1,000.
SILENCE_MS = 15_000  # The hub says something every 10 s at least, if only an empty list.


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("queue", help="ARN, account/name, or a name in your own account")
    parser.add_argument("--endpoint", default=os.environ.get("PENSTOCK_ENDPOINT", "tcp://127.0.0.1:5566"))
    parser.add_argument("--credit", type=int, default=100, metavar="N",
                        help="messages that may be with us and not yet acknowledged (default: %(default)s)")
    parser.add_argument("--keep", action="store_true",
                        help="acknowledge nothing: the messages are visible to others again when this ends")
    options = parser.parse_args()

    socket = zmq.Context.instance().socket(zmq.DEALER)
    socket.setsockopt(zmq.LINGER, 1000)  # The last acknowledgements should leave.
    # PLAIN, for a hub on loopback; beyond it the hub asks for CURVE keys.
    socket.setsockopt_string(zmq.PLAIN_USERNAME, os.environ.get("PENSTOCK_USER", ""))
    socket.setsockopt_string(zmq.PLAIN_PASSWORD, os.environ.get("PENSTOCK_PASSWORD", ""))
    socket.connect(options.endpoint)

    request_id = CONSUMER - 1

    def send(operation, *arguments):
        # A request is [version, id, operation, arguments...]; the id comes back with each answer.
        nonlocal request_id
        request_id += 1
        socket.send(msgpack.packb([VERSION, request_id, operation, *arguments]))

    # Hidden from others as long as the queue says (None).
    send("consume", options.queue, options.credit, None)
    handles = []
    while True:
        # Without more to read, what has been printed is acknowledged: that gives the credit back.
        if handles and (len(handles) >= BATCH or not socket.poll(0)):
            sys.stdout.flush()
            send("delete", options.queue, handles[:BATCH])
            handles = handles[BATCH:]
        if not socket.poll(SILENCE_MS):
            sys.exit(f"Nothing from {options.endpoint}: is the hub there, are user and password right?")
        # An answer is [version, id, "ok", result] or [version, id, code, message].
        _, answered, code, result = msgpack.unpackb(socket.recv())
        if code != "ok":
            sys.exit(f"{code}: {result}")
        if answered != CONSUMER:
            _count, failures = result
            for _index, failure, message in failures or []:
                print(f"not acknowledged: {failure}: {message}", file=sys.stderr)
            continue
        for _id, handle, body, *_ in result:
            print(body.decode(), flush=options.keep)
            if not options.keep:
                handles.append(handle)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        pass  # The hub sees that the connection is gone, and gives what is left to others.
