#!/usr/bin/python3
"""Penstock beside other brokers: the same work, the same machine, the same run, and the ratio.

yardsticks.py --binary=build/hub/penstock --yardsticks=build/tests/bench [--messages=N] [--rounds=N]

Every broker is started for this, on loopback, with its data in a folder of its own on the disk of the current folder, and
durable: Redis Streams with appendfsync always, RabbitMQ with quorum queues and publisher confirms. Each round measures
the other broker and then the hub; the ratio is that of the means. A broker that is not installed is named and left out.
"""
import argparse
import contextlib
import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time

PATIENCE_S = 120
# Not Debian's wrapper of that name in the path, which changes to the user of the system's own node.
RABBITMQ_SERVER = "/usr/lib/rabbitmq/bin/rabbitmq-server"
CONFIG = """hub: {durability: flush, free_space_min: 1MiB}
listen: {zmq: {address: "tcp://127.0.0.1:%d", security: plain}}
accounts:
  bench:
    id: "999999999999"
    users:
      load:
        password: bench
        policies: {Version: "2012-10-17", Statement: {Effect: Allow, Action: ["sqs:*", "sns:*"], Resource: "*"}}
"""
# What is measured: its name, the workload of `penstock bench` and its rate, bytes of a body, queues.
WORK = [
    ("lifecycle, 1 KiB", "p1", "lifecycle_rate", 1024, 1),
    ("lifecycle, 100 B", "p1", "lifecycle_rate", 100, 1),
    ("fan-out to 10 queues, 1 KiB", "p2", "delivery_rate", 1024, 10),
    ("fan-out to 100 queues, 1 KiB", "p2", "delivery_rate", 1024, 100),
]


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def answers(port):
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


@contextlib.contextmanager
def running(name, command, port, directory, environment=None):
    """A process that listens on `port`, which it yields; ended with the block."""
    with open(os.path.join(directory, name + ".log"), "wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env={**os.environ, **(environment or {})}, cwd=directory)
    try:
        deadline = time.monotonic() + PATIENCE_S
        while not answers(port):
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{name} does not start: " + pathlib.Path(log.name).read_text(errors="replace")[-2000:])
            time.sleep(0.05)
        yield process
    finally:
        process.terminate()
        try:
            process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def redis(directory, port):
    return running("redis", [
        "redis-server", "--bind", "127.0.0.1", "--port", str(port), "--dir", directory, "--appendonly", "yes",
        "--appendfsync", "always", "--auto-aof-rewrite-percentage", "0", "--save", ""], port, directory)


@contextlib.contextmanager
def rabbitmq(directory, port):
    """A node of its own, with a daemon for its name of its own: neither meets a RabbitMQ that runs on this machine."""
    names_port, distribution_port = free_port(), free_port()
    pathlib.Path(directory, "rabbitmq.conf").write_text(
        f"listeners.tcp.1 = 127.0.0.1:{port}\ndisk_free_limit.absolute = 100MB\n", encoding="ascii")
    pathlib.Path(directory, "plugins").write_text("[].\n", encoding="ascii")
    environment = {
        "HOME": directory,  # Of the Erlang cookie.
        "ERL_EPMD_ADDRESS": "127.0.0.1", "ERL_EPMD_PORT": str(names_port),
        "RABBITMQ_NODENAME": f"penstock-bench-{os.getpid()}@localhost", "RABBITMQ_DIST_PORT": str(distribution_port),
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
        "RABBITMQ_CONFIG_FILE": os.path.join(directory, "rabbitmq.conf"),
        "RABBITMQ_MNESIA_BASE": os.path.join(directory, "mnesia"), "RABBITMQ_LOG_BASE": os.path.join(directory, "log"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": os.path.join(directory, "plugins"), "RABBITMQ_CONF_ENV_FILE": "/dev/null",
        "RABBITMQ_LOGS": "-", "RABBITMQ_PID_FILE": os.path.join(directory, "pid"),
    }
    with running("names", ["epmd"], names_port, directory, environment), \
            running("rabbitmq", [RABBITMQ_SERVER], port, directory, environment):
        yield


# Other brokers: the program that must be installed, what starts it, its load generator, and what it is.
BROKERS = [
    ("redis-server", redis, "redis_yardstick", "Redis Streams, appendfsync always"),
    (RABBITMQ_SERVER, rabbitmq, "rabbitmq_yardstick", "RabbitMQ, quorum queues"),
]


@contextlib.contextmanager
def hub(binary, directory, port):
    config = pathlib.Path(directory, "hub.yaml")
    config.write_text(CONFIG % port, encoding="ascii")
    with running("hub", [binary, "serve", "--config", str(config), "--data", os.path.join(directory, "data")], port, directory):
        yield


def figures_of(command, environment=None):
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, **(environment or {})}, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr}")
    return json.loads(done.stdout)


def messages_of(options, queues):
    return max(options.messages // queues, 1000) if queues > 1 else options.messages


def broker_rate(options, program, port, size, queues):
    command = [os.path.join(options.yardsticks, program), f"--port={port}", f"--size={size}", f"--queues={queues}",
               f"--messages={messages_of(options, queues)}"]
    return figures_of(command)["delivery_rate"]


def hub_rate(options, port, workload, rate, size, queues):
    command = [options.binary, "bench", workload, f"--endpoint=tcp://127.0.0.1:{port}", f"--size={size}", "--json",
               f"--messages={messages_of(options, queues)}"]
    if workload == "p2":
        command.append(f"--queues={queues}")
    return figures_of(command, {"PENSTOCK_USER": "bench/load", "PENSTOCK_PASSWORD": "bench"})[rate]


def measure(options, broker_named, work, program, directory):
    """One workload on new brokers; prints the row."""
    what, workload, rate, size, queues = work
    ports = free_port(), free_port()
    theirs, ours = os.path.join(directory, "theirs"), os.path.join(directory, "ours")
    os.mkdir(theirs)
    os.mkdir(ours)
    with broker_named(theirs, ports[0]), hub(options.binary, ours, ports[1]):
        pairs = [(broker_rate(options, program, ports[0], size, queues),
                  hub_rate(options, ports[1], workload, rate, size, queues)) for _ in range(options.rounds)]
    other, own = (sum(column) / len(pairs) for column in zip(*pairs))
    print(f"  {what:32}{other:>12,.0f}{own:>12,.0f} msg/s{own / other:>8.2f} x", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", required=True, type=os.path.abspath, help="penstock")
    parser.add_argument("--yardsticks", required=True, type=os.path.abspath, help="folder of the other load generators")
    parser.add_argument("--messages", type=int, default=300_000, help="deliveries of one measurement (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=2, help="how often each is measured (default: %(default)s)")
    options = parser.parse_args()
    failed = False
    for server, broker_named, program, what in BROKERS:
        if not (shutil.which(server) and os.access(os.path.join(options.yardsticks, program), os.X_OK)):
            print(f"{what}: not measured; it needs Debian's {os.path.basename(server)}, and {program} to be built.")
            continue
        print(f"{what:34}{'its rate':>12}{'Penstock':>12}{'ratio':>16}", flush=True)
        for work in WORK:
            with tempfile.TemporaryDirectory(prefix="penstock-yardstick-", dir=".") as directory:
                try:
                    measure(options, broker_named, work, program, os.path.abspath(directory))
                except RuntimeError as problem:
                    print(f"  {work[0]}: {problem}", file=sys.stderr)
                    failed = True
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
