"""How many workers a backlog wants, and the workers themselves: started when it grows, ended cleanly when it shrinks.

The backlog is what the queue counts: the messages that wait (visible) and those that are being worked on (in flight).
Without the latter the workers would be sent home while they work on the last messages.
"""
import signal

JOBS_PER_WORKER = 100
WORKERS_MIN, WORKERS_MAX = 1, 6


def workers_wanted(visible, in_flight):
    for_backlog = -(-(visible + in_flight) // JOBS_PER_WORKER)  # Rounded up.
    return min(max(for_backlog, WORKERS_MIN), WORKERS_MAX)


class Workers:
    def __init__(self, start):
        self._start = start  # Starts one and returns its process.
        self._working, self._leaving = [], []

    def scale_to(self, count):
        while len(self._working) < count:
            self._working.append(self._start())
        while len(self._working) > count:
            worker = self._working.pop()
            worker.send_signal(signal.SIGTERM)  # It finishes what it holds.
            self._leaving.append(worker)

    def counts(self):
        """(working, leaving)."""
        self._leaving = [worker for worker in self._leaving if worker.poll() is None]
        return len(self._working), len(self._leaving)

    def all_alive(self):
        return all(worker.poll() is None for worker in self._working)
