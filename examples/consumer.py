#!/usr/bin/python3
"""Receives from a queue, prints each body, and deletes what it has printed. Needs Debian's python3-zmq, python3-msgpack.

  export PENSTOCK_USER=billing/worker PENSTOCK_PASSWORD=example-billing
  examples/consumer.py billing/orders --idle 5
"""
import argparse
import sys

from penstock_client import Client, Refused, Unanswered

BATCH = 100  # Messages in one receive, at most; the hub allows 1,000.


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("queue", help="ARN, account/name, or a name in your own account")
    parser.add_argument("--endpoint", help="of the hub (default: PENSTOCK_ENDPOINT, or tcp://127.0.0.1:5566)")
    parser.add_argument("--idle", type=float, default=20, metavar="SECONDS",
                        help="end when nothing comes for so long, 20 at most (default: %(default)s)")
    options = parser.parse_args()

    client = Client(options.endpoint)
    while messages := client.receive(options.queue, BATCH, wait=options.idle):
        for message in messages:
            print(message.body.decode(), flush=True)
        # What is not deleted comes back when its visibility ends: a consumer that dies loses nothing.
        try:
            client.delete(options.queue, messages)
        except Refused as refused:
            if not refused.failures:
                raise
            for _index, code, text in refused.failures:
                print(f"not deleted: {code}: {text}", file=sys.stderr)


if __name__ == "__main__":
    try:
        main()
    except (Refused, Unanswered) as problem:
        sys.exit(str(problem))
