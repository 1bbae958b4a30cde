#!/usr/bin/python3
"""Answers questions from a queue: each to the queue that it names, with the id that it carries. Any number of responders
may share the queue; each question goes to one of them. SIGTERM ends it cleanly. (What a killed one had been handed, also
in answer to a receive that was still waiting in the hub, comes back when its visibility ends.)
"""
import json
import os
import pathlib
import signal
import sys
import time

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1]))  # Where penstock_client.py is.
from penstock_client import Client, Refused

QUEUE = "pricing/questions"
WAIT = 0.5  # How long a receive waits for a question, and so how long SIGTERM may take.


def price_of(question):
    time.sleep(0.005)  # The work.
    return {"article": question["article"], "cents": 100 * question["article"] + 99, "by": os.getpid()}


def main():
    stopping = []
    signal.signal(signal.SIGTERM, lambda *_: stopping.append(True))
    client = Client()
    print("ready", flush=True)
    while not stopping:
        # One at a time, so that a question never waits behind another one while a second responder is idle.
        for question in client.receive(QUEUE, max_messages=1, wait=WAIT):
            try:
                answer = json.dumps(price_of(json.loads(question.body))).encode()
                reply_to, correlation_id = question.attributes["reply_to"], question.attributes["correlation_id"]
                client.send(reply_to, [(answer, {"correlation_id": correlation_id})])
            except (Refused, ValueError, KeyError, TypeError) as problem:
                # Nobody could answer this one, so it is deleted too. A dead-letter queue would keep it to be looked at.
                print(f"not answered: {problem!r}", file=sys.stderr)
            # Only now: if we die before, another responder gets the question, and perhaps it is answered twice.
            client.delete(QUEUE, [question])


if __name__ == "__main__":
    main()
