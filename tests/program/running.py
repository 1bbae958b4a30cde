"""The real program as a child process, and a client that speaks the native protocol to it.

Every hub has its own port and its own data directory. Nothing here sleeps: whoever waits, waits for something, with a
deadline that only a failure reaches.
"""
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

import msgpack
import zmq

PATIENCE_S = 30  # For what takes milliseconds; a machine under load may be slow.
CONTEXT = zmq.Context()
CONTEXT.set(zmq.MAX_SOCKETS, 4000)

# The program under test: the first --binary=PATH of the command line, taken away so that unittest does not see it.
BINARY = next((a.split("=", 1)[1] for a in sys.argv if a.startswith("--binary=")), "build/hub/penstock")
sys.argv = [a for a in sys.argv if not a.startswith("--binary=")]

# A build with AddressSanitizer keeps freed memory for a while: what it resides in says nothing of the hub.
KEEPS_FREED_MEMORY = b"__asan_init" in open(BINARY, "rb").read()

# Everything may be done by shop/admin, whose password is this.
PASSWORD = "open-sesame-of-admin"
ADMIN = ("shop/admin", PASSWORD)
ADMIN_USER = f"""admin:
        password: {PASSWORD}
        policies: [{{Version: "2012-10-17", Statement: {{Effect: Allow, Action: ["sqs:*", "sns:*"], Resource: "*"}}}}]"""


class Refused(Exception):
    """The hub answered with an error."""

    def __init__(self, code, message):
        super().__init__(f"{code}: {message}")
        self.code, self.message = code, message


class Silent(Exception):
    """No answer came in time, or the hub has died."""


def within(seconds, condition, what):
    """Waits until `condition()` holds and returns what it returned; an assertion fails when it never does."""
    deadline = time.monotonic() + seconds
    while not (result := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {what() if callable(what) else what}")
        select.select([], [], [], 0.005)
    return result


def run(*arguments, stdin="", environment=None):
    """Runs penstock to its end: (exit status, stdout, stderr)."""
    done = subprocess.run([BINARY, *arguments], input=stdin, capture_output=True, text=True, timeout=PATIENCE_S * 2,
                          env={**os.environ, **(environment or {})}, check=False)
    return done.returncode, done.stdout, done.stderr


class Hub:
    """One configuration and one data directory, and a hub on them that can be started, killed and started again."""

    def __init__(self, config, log_level="info"):
        self.directory = tempfile.mkdtemp(prefix="penstock-")
        self.config = os.path.join(self.directory, "hub.yaml")
        self.data = os.path.join(self.directory, "data")
        self.log_path = os.path.join(self.directory, "log")
        self.log_level = log_level
        self.process = None
        self.endpoint = None
        self.feed = None
        self.http = None
        self.metrics = None
        self.write_config(config)

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.kill()
        shutil.rmtree(self.directory)

    def write_config(self, text):
        """Replaces the file whole, so that a reload never sees half of it."""
        with open(self.config + ".new", "w", encoding="utf-8") as file:
            file.write(text)
        os.rename(self.config + ".new", self.config)

    def arguments(self):
        return ["serve", "--config", self.config, "--data", self.data, "--log-level", self.log_level]

    def start_only(self):
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen([BINARY, *self.arguments()], stdout=subprocess.PIPE, stderr=log)

    def start(self):
        """Returns when clients can connect."""
        self.start_only()
        if not select.select([self.process.stdout], [], [], PATIENCE_S)[0]:
            raise AssertionError("the hub is not ready:\n" + self.log())
        ready = self.process.stdout.readline().decode()
        if not ready.startswith("ready zmq="):
            raise AssertionError(f"the hub does not start: {ready}\n{self.log()}")
        self.endpoint = ready.split("zmq=")[1].split()[0].split(",")[0]
        if " feed=" in ready:
            self.feed = ready.split(" feed=")[1].split()[0].split(",")[0]
        if " http=" in ready:
            self.http = ready.split(" http=")[1].split()[0].split(",")[0]
        if " metrics=" in ready:
            self.metrics = ready.split(" metrics=")[1].split()[0].split(",")[0]
        return self

    def alive(self):
        return self.process is not None and self.process.poll() is None

    def kill(self):
        """The end that a crash is."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process.stdout.close()
            self.process = None

    def stop(self):
        """The clean end: its exit status."""
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(PATIENCE_S)
        self.process.stdout.close()
        self.process = None
        return status

    def reload(self, text, then="is in force."):
        """SIGHUP with another configuration; returns when the log says `then` once more."""
        self.write_config(text)
        before = self.log().count(then)
        self.process.send_signal(signal.SIGHUP)
        within(PATIENCE_S, lambda: self.log().count(then) > before, lambda: f"{then!r} in\n{self.log()}")

    def log(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as file:
            return file.read()

    def logs(self, text):
        within(PATIENCE_S, lambda: text in self.log(), lambda: f"{text!r} in\n{self.log()}")

    def resident_kib(self):
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as file:
            return int(next(line for line in file if line.startswith("VmRSS:")).split()[1])

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def client(self, login=ADMIN, **options):
        return Client(self.endpoint, login, **options)

    def address(self):
        host, port = self.endpoint.removeprefix("tcp://").rsplit(":", 1)
        return host, int(port)

    def tcp(self):
        """A bare TCP connection: a peer that does not speak ZeroMQ."""
        return socket.create_connection(self.address(), timeout=PATIENCE_S)

    def environment(self, login=ADMIN):
        """For `run`: who asks whom."""
        return {"PENSTOCK_ENDPOINT": self.endpoint, "PENSTOCK_USER": login[0], "PENSTOCK_PASSWORD": login[1]}


class Client:
    """A DEALER with a login. Not for several threads at once."""

    def __init__(self, endpoint, login=ADMIN, curve=None, options=None):
        """`curve` is the hub's public key and our own pair; `options` are of the socket, {zmq.RCVHWM: 1}."""
        self.socket = CONTEXT.socket(zmq.DEALER)
        self.socket.setsockopt(zmq.LINGER, 0)
        self.socket.setsockopt(zmq.SNDTIMEO, 1000)
        for name, value in (options or {}).items():
            self.socket.setsockopt(name, value)
        if curve:
            server, public, secret = curve
            self.socket.curve_serverkey, self.socket.curve_publickey, self.socket.curve_secretkey = server, public, secret
        elif login:
            self.socket.plain_username, self.socket.plain_password = (text.encode() for text in login)
        self.socket.connect(endpoint)
        self.asked = 0
        self.others = {}  # Answers to posted requests that came while `ask` waited for its own: id -> (code, result).

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    def post(self, operation, *arguments):
        """Sends a request; its id. Silent when there is no connection to send it on, as after a refused login."""
        self.asked += 1
        try:
            self.socket.send(msgpack.packb([1, self.asked, operation, *arguments]))
        except zmq.Again as no_peer:
            raise Silent from no_peer
        return self.asked

    def answer(self, seconds=PATIENCE_S, gone=lambda: False):
        """The next answer as (id, code, result); Silent when none comes, or `gone()`."""
        deadline = time.monotonic() + seconds
        while not self.socket.poll(20):
            if gone() or time.monotonic() > deadline:
                raise Silent
        _, asked, code, result = msgpack.unpackb(self.socket.recv())
        return asked, code, result

    def ask(self, operation, *arguments, seconds=PATIENCE_S, gone=lambda: False):
        """One request and its result. Raises Refused or Silent."""
        asked = self.post(operation, *arguments)
        while True:
            answered, code, result = self.answer(seconds, gone)
            if answered == asked:
                if code != "ok":
                    raise Refused(code, result)
                return result
            self.others[answered] = (code, result)
