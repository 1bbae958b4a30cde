#!/usr/bin/python3
"""Questions and answers over a topic and queues.

Two requesters (requester.py) ask over one topic, and each waits on a queue of its own. Two responders (responder.py)
share the queue of the questions and compete for them. A question that nobody answers ends in time; its answer, when it
comes late, is not mistaken for another one's.
"""
import collections
import json
import pathlib
import sys
import threading
import time

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1]))  # Where penstock_client.py and stage.py are.
from requester import NoAnswer, Requester
from stage import PATIENCE, Stage

TOPIC = "pricing/price-questions"
QUESTIONS = 40  # Of each requester.


def cents(article):
    return 100 * article + 99


def ask(requester, article, **options):
    return json.loads(requester.ask(json.dumps({"article": article}).encode(), **options).body)


def ask_many(requester, articles, answers):
    for article in articles:
        answers[article] = ask(requester, article)


def start_responder(stage):
    responder = stage.start("pricing/responder", "request-reply/responder.py")
    stage.check(stage.first_line_of(responder) == "ready", "a responder starts")
    return responder


def main(stage):
    requesters = {name: Requester(stage.client(f"sales/{name}"), TOPIC, f"sales/answers-{name}") for name in ("alice", "bob")}

    stage.say(f"Alice and Bob ask {QUESTIONS} questions each, at the same time; two responders compete for them")
    responders = [start_responder(stage), start_responder(stage)]
    answers = {name: {} for name in requesters}
    articles = {"alice": range(QUESTIONS), "bob": range(1000, 1000 + QUESTIONS)}
    threads = [threading.Thread(target=ask_many, args=(requesters[name], articles[name], answers[name]), daemon=True)
               for name in requesters]
    start = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.monotonic() - start
    for name, own in answers.items():
        right = sum(own.get(n, {}).get("article") == n and own[n]["cents"] == cents(n) for n in articles[name])
        stage.show(f"{name}: {right} of {QUESTIONS} answers are right and are to what {name} asked")
        stage.check(right == QUESTIONS, f"{name} gets the right answer to each question")
    shares = collections.Counter(answer["by"] for own in answers.values() for answer in own.values())
    stage.show(f"the responders answered {' and '.join(str(share) for share in shares.values())} of them, "
               f"{seconds / QUESTIONS * 1000:.1f} ms from question to answer")
    stage.check(len(shares) == 2, "both responders answer some")

    stage.say("The responders are gone. Alice asks, waits for a second and goes on")
    for responder in responders:
        responder.terminate()
        stage.check(responder.wait(PATIENCE) == 0, "a responder ends cleanly")
    start = time.monotonic()
    try:
        ask(requesters["alice"], 7, within=1)
        stage.check(False, "nobody answers")
    except NoAnswer as no_answer:
        stage.show(f"{no_answer} It took {time.monotonic() - start:.2f} s")

    stage.say("A responder is back, and answers the old question, too. Alice asks the next one")
    start_responder(stage)
    answer = ask(requesters["alice"], 8)
    stage.show(f"article {answer['article']} costs {answer['cents']} cents; {requesters['alice'].dropped} late answer was dropped")
    stage.check(answer["article"] == 8, "the late answer is not mistaken for that to the next question")
    stage.check(requesters["alice"].dropped == 1, "the late answer came, and was dropped")


if __name__ == "__main__":
    with Stage(__doc__, __file__) as the_stage:
        main(the_stage)
