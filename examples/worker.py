#!/usr/bin/python3
"""A worker as one would be written: receives jobs, works on each, notes that it is done, deletes it.

  worker.py QUEUE --done FILE [--work SECONDS]

Kill it at any moment: a job that it had not deleted comes back to another worker when its visibility ends. So a job is
worked on at least once, and sometimes twice; real work must bear that. SIGTERM ends it cleanly, when what it holds is done.
"""
import argparse
import os
import signal
import sys
import time

from penstock_client import Client, Refused, Unanswered

BATCH = 10  # Jobs taken at a time. They must be done before their visibility ends.
WAIT = 0.5  # How long a receive waits for a job, and so how long SIGTERM may take.


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("queue")
    parser.add_argument("--done", required=True, help="file that gets a line per job done: worker, body")
    parser.add_argument("--work", type=float, default=0.005, help="seconds that a job takes (default: %(default)s)")
    options = parser.parse_args()

    stopping = []
    signal.signal(signal.SIGTERM, lambda *_: stopping.append(True))
    client = Client()
    # Several workers append to the file; a line is one write, so that none tears another's.
    done = os.open(options.done, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    while not stopping:
        for job in client.receive(options.queue, BATCH, wait=WAIT):
            time.sleep(options.work)  # The work.
            os.write(done, f"{os.getpid()} {job.body.decode()}\n".encode())
            client.delete(options.queue, [job])


if __name__ == "__main__":
    try:
        main()
    except (Refused, Unanswered) as problem:
        sys.exit(str(problem))
