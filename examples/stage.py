"""What the examples that show something have in common: a hub of their own, programs started as users, claims checked.

    with Stage(__doc__, __file__) as stage:
        stage.say("...")
        stage.check(condition, "what must be so")

A claim that is not so ends the program with exit status 1. Whatever was started ends with it.
"""
import argparse
import os
import pathlib
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from penstock_client import Client

EXAMPLES = pathlib.Path(__file__).resolve().parent
PATIENCE = 30  # Seconds for what takes milliseconds; a machine under load may be slow.


class NotSo(Exception):
    """What an example claims is not so."""


class Stage:
    def __init__(self, description, script):
        parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
        parser.add_argument("--binary", default=str(EXAMPLES.parent / "build/hub/penstock"),
                            help="the program (default: %(default)s, which examples/quickstart.sh builds)")
        parser.add_argument("--config", default=str(pathlib.Path(script).resolve().parent / "hub.yaml"),
                            help="the hub's configuration (default: %(default)s)")
        self.options = parser.parse_args()
        if not os.access(self.options.binary, os.X_OK):
            parser.error(f"there is no {self.options.binary}: build it, or name another one with --binary")
        self.directory = tempfile.mkdtemp(prefix="penstock-example-")
        self.config = os.path.join(self.directory, "hub.yaml")  # A copy, so that an example may change it.
        shutil.copy(self.options.config, self.config)
        self.children = []
        self.hub = None
        self.endpoint = None

    def __enter__(self):
        try:
            self._start_hub()
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(self, kind, problem, _trace):
        self._end()
        if isinstance(problem, NotSo):
            sys.exit(f"\nThis is not so: {problem}")
        if kind is None:
            print("\nAll of it is so.")

    def _end(self):
        for child in self.children:
            if child.poll() is None:
                child.kill()
                child.wait()
            if child.stdout:
                child.stdout.close()
        shutil.rmtree(self.directory)

    # --- Saying and checking ------------------------------------------------------------------------------------------

    @staticmethod
    def say(text):
        print(f"\n== {text}", flush=True)

    @staticmethod
    def show(text):
        print("   " + text.replace("\n", "\n   "), flush=True)

    @staticmethod
    def check(condition, claim):
        if not condition:
            raise NotSo(claim)

    @staticmethod
    def wait(condition, claim, patience=PATIENCE):
        """Waits until `condition()` holds and returns what it returned."""
        deadline = time.monotonic() + patience
        while not (result := condition()):
            if time.monotonic() > deadline:
                raise NotSo(f"{claim} (not within {patience} s)")
            time.sleep(0.01)
        return result

    # --- Starting -----------------------------------------------------------------------------------------------------

    def _start_hub(self):
        self.log_path = os.path.join(self.directory, "hub.log")
        with open(self.log_path, "wb") as log:
            self.hub = subprocess.Popen([self.options.binary, "serve", "--config", self.config,
                                         "--data", os.path.join(self.directory, "data")],
                                        stdout=subprocess.PIPE, stderr=log, text=True)
        self.children.append(self.hub)
        ready = self.first_line_of(self.hub)  # ready zmq=tcp://127.0.0.1:PORT data=PATH
        if not ready.startswith("ready zmq="):
            raise NotSo("the hub starts:\n" + self.log())
        self.endpoint = ready.split("zmq=")[1].split()[0]

    def log(self):
        with open(self.log_path, encoding="utf-8") as file:
            return file.read()

    def reload(self):
        """SIGHUP, after self.config has been changed; returns when the hub has put it in force."""
        in_force = self.log().count("is in force.")
        self.hub.send_signal(signal.SIGHUP)
        self.wait(lambda: self.log().count("is in force.") > in_force, "the hub accepts the changed file")

    @staticmethod
    def _password(user):
        """In these examples, that of shop/web is example-web."""
        return "example-" + user.split("/")[1]

    def client(self, user):
        return Client(self.endpoint, user, self._password(user))

    def start(self, user, script, *arguments):
        """Starts a Python program of the examples that logs in as `user`."""
        environment = {**os.environ, "PENSTOCK_ENDPOINT": self.endpoint, "PENSTOCK_USER": user,
                       "PENSTOCK_PASSWORD": self._password(user)}
        child = subprocess.Popen([sys.executable, "-B", str(EXAMPLES / script), *arguments], env=environment,
                                 stdout=subprocess.PIPE, text=True)
        self.children.append(child)
        return child

    @staticmethod
    def first_line_of(child):
        """The first line that a program prints, "" when it has ended."""
        if not select.select([child.stdout], [], [], PATIENCE)[0]:
            raise NotSo(f"{child.args[-1]} says something within {PATIENCE} s")
        return child.stdout.readline().rstrip("\n")
