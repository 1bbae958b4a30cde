#!/usr/bin/python3
"""Publishes each line of its input to a topic. Needs Debian's python3-zmq and python3-msgpack.

  export PENSTOCK_USER=shop/checkout PENSTOCK_PASSWORD=example-checkout
  printf '%s\n' '{"order": 1}' '{"order": 2}' | examples/producer.py shop/orders --attribute event=order_placed
"""
import argparse
import itertools
import sys

from penstock_client import Client, Refused, Unanswered

BATCH = 500  # Messages in a request; the hub flushes once for many, so that larger requests are cheaper.


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("topic", help="ARN, account/name, or a name in your own account")
    parser.add_argument("--endpoint", help="of the hub (default: PENSTOCK_ENDPOINT, or tcp://127.0.0.1:5566)")
    parser.add_argument("--attribute", action="append", default=[], metavar="NAME=VALUE")
    options = parser.parse_args()
    attributes = {name: value for name, _, value in (a.partition("=") for a in options.attribute)}

    client = Client(options.endpoint)
    accepted = 0
    for first in itertools.count(step=BATCH):
        bodies = [line.rstrip(b"\n") for line in itertools.islice(sys.stdin.buffer, BATCH)]
        if not bodies:
            break
        failures = []
        try:
            client.publish(options.topic, [(body, attributes) for body in bodies])
        except Refused as refused:
            if not refused.failures:
                raise
            # Each message succeeds or fails alone. What is accepted is on the hub's disk.
            failures = refused.failures
        for index, code, text in failures:
            print(f"line {first + index + 1}: {code}: {text}", file=sys.stderr)
        accepted += len(bodies) - len(failures)
    print(f"accepted {accepted} messages")


if __name__ == "__main__":
    try:
        main()
    except (Refused, Unanswered) as problem:
        sys.exit(str(problem))
