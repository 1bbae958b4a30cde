#!/usr/bin/python3
"""Ten jobs, and then a thousand at once: the queue takes them all, and the workers follow its length, up and down.

The scaler (scaler.py) looks at the queue ten times a second and wants one worker (worker.py) per 100 messages, one at
least and six at most.
"""
import json
import pathlib
import sys
import time

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1]))  # Where penstock_client.py and stage.py are.
from scaler import WORKERS_MAX, WORKERS_MIN, Workers, workers_wanted
from stage import PATIENCE, Stage

QUEUE = "media/thumbnails"
CALM, SPIKE = 10, 1000
LOOK_EVERY = 0.1
ROW = "{:>7} {:>8} {:>10} {:>8} {:>8} {:>6}"


class Table:
    """A row whenever the workers have changed, and every half second."""

    def __init__(self):
        self.start = time.monotonic()
        self.shown, self.due = None, 0
        Stage.show(ROW.format("seconds", "waiting", "in flight", "workers", "leaving", "done"))

    def row(self, visible, in_flight, working, leaving, done):
        seconds, calm = time.monotonic() - self.start, visible + in_flight + leaving == 0
        if (working, leaving, calm) != self.shown or seconds >= self.due:
            self.shown, self.due = (working, leaving, calm), seconds + 0.5
            Stage.show(ROW.format(f"{seconds:.1f}", visible, in_flight, working, leaving, done))


def main(stage):
    done = pathlib.Path(stage.directory, "done")
    done.touch()
    uploader, observer = stage.client("media/uploader"), stage.client("media/scaler")
    workers = Workers(lambda: stage.start("media/worker", "worker.py", QUEUE, "--done", done, "--work", "0.005"))
    jobs = 0

    def publish(count):
        nonlocal jobs
        uploader.publish("uploads", [json.dumps({"picture": jobs + i}).encode() for i in range(count)])
        jobs += count

    def scale_until_calm(table):
        """Scales until nothing is left to do and the fewest workers remain; the most that there were."""
        most, deadline = 0, time.monotonic() + 2 * PATIENCE
        while True:
            visible, in_flight = observer.counts(QUEUE)
            workers.scale_to(workers_wanted(visible, in_flight))
            working, leaving = workers.counts()
            most = max(most, working)
            table.row(visible, in_flight, working, leaving, len(done.read_text().splitlines()))
            if visible + in_flight + leaving == 0 and working == WORKERS_MIN:
                return most
            stage.check(workers.all_alive(), "no worker ends unasked")
            stage.check(time.monotonic() < deadline, "the workers get it done")
            time.sleep(LOOK_EVERY)

    stage.say(f"{CALM} jobs: one worker is enough")
    table = Table()
    publish(CALM)
    stage.check(scale_until_calm(table) == 1, f"{CALM} jobs want one worker")

    stage.say(f"{SPIKE} jobs at once")
    start = time.monotonic()
    publish(SPIKE)
    stage.show(f"accepted, and on disk, within {(time.monotonic() - start) * 1000:.0f} ms")
    most = scale_until_calm(table)
    stage.check(most == WORKERS_MAX, f"the workers grow to {WORKERS_MAX}: there were {most}")

    stage.say("Nothing is lost")
    lines = done.read_text().splitlines()
    pictures = {json.loads(line.split(" ", 1)[1])["picture"] for line in lines}
    crew = {line.split(" ", 1)[0] for line in lines}
    stage.show(f"{len(pictures)} of {jobs} jobs are done, by {len(crew)} workers in all, {len(lines) - len(pictures)} of them twice")
    stage.check(pictures == set(range(jobs)), "every job is done")


if __name__ == "__main__":
    with Stage(__doc__, __file__) as the_stage:
        main(the_stage)
