"""Asks over a topic and waits for the answer on a queue of its own."""
import time
import uuid

WAIT_MAX = 20  # Seconds that one receive may wait.


class NoAnswer(Exception):
    """Nobody answered in time."""


class Requester:
    """One question at a time. The queue of the answers is this requester's alone: it deletes whatever comes there."""

    def __init__(self, client, topic, reply_queue):
        self._client, self._topic, self._reply_queue = client, topic, reply_queue
        self.dropped = 0  # Answers that came when nobody waited for them any more.

    def ask(self, body, within=10):
        """The answer, a Message. Raises NoAnswer."""
        correlation_id = uuid.uuid4().hex
        self._client.publish(self._topic, [(body, {"correlation_id": correlation_id, "reply_to": self._reply_queue})])
        deadline = time.monotonic() + within
        while (left := deadline - time.monotonic()) > 0:
            answers = self._client.receive(self._reply_queue, wait=min(left, WAIT_MAX))
            if answers:
                self._client.delete(self._reply_queue, answers)
            ours = [answer for answer in answers if answer.attributes.get("correlation_id") == correlation_id]
            self.dropped += len(answers) - len(ours)  # To questions that we have given up, or that were answered twice.
            if ours:
                return ours[0]
        raise NoAnswer(f"No answer within {within} s.")
