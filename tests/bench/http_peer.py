"""What http_bench.py measures with: a hub and an nginx of its own, wrk, and a connection that costs next to nothing.

Both servers have their data in a folder that is given, so on the disk that is meant, and listen on loopback.
"""
import contextlib
import glob
import json
import os
import pathlib
import socket
import subprocess
import urllib.request

from yardsticks import PATIENCE_S, free_port, running

ACCOUNT = "000000000000"
HTTP_SCRIPT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "http_load.lua")
NGINX = "/usr/sbin/nginx"

HUB = """hub: {mode: local, durability: flush, free_space_min: 1MiB}
listen:
  zmq: {address: "tcp://127.0.0.1:%d", security: plain}
  http: {address: "http://127.0.0.1:%d"}
accounts:
  bench:
    id: "999999999999"
    users: {load: {password: bench}}
"""
# One worker a core. A connection lives as long as the measurement does, as those of the hub do.
NGINX_CONFIG = """daemon off;
worker_processes auto;
pid nginx.pid;
error_log stderr;
events { worker_connections 4096; }
http {
  access_log off;
  keepalive_requests 1000000000;
  client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi;
  scgi_temp_path scgi;
  server {
    listen 127.0.0.1:%d;
    location / {
      default_type application/x-amz-json-1.0;
      add_header x-amzn-RequestId 00000000-0000-0000-0000-000000000000;
      return 200 '%s';
    }
  }
}
"""


def fields_of(action, port):
    """The header of a request as an SDK sends it, its signature (which nobody checks in mode: local) included."""
    return {
        "Host": f"127.0.0.1:{port}", "Content-Type": "application/x-amz-json-1.0",
        "X-Amz-Target": f"AmazonSQS.{action}", "User-Agent": "http_bench/1", "X-Amz-Date": "20260101T000000Z",
        "Authorization": "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/sqs/aws4_request, SignedHeaders="
                         "content-type;host;x-amz-date;x-amz-target, Signature=" + "0123456789abcdef" * 4}


class Connection:
    """One TCP connection on which requests are posted and their answers taken, with as little work as can be."""

    def __init__(self, port):
        self.port = port
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def request(self, action, **members):
        """The bytes of a request, to be made before the clock runs."""
        body = json.dumps(members).encode()
        head = "".join(f"{name}: {value}\r\n" for name, value in fields_of(action, self.port).items())
        return b"POST / HTTP/1.1\r\n%sContent-Length: %d\r\n\r\n%s" % (head.encode(), len(body), body)

    def post(self, request):
        self.socket.sendall(request)

    def answer(self):
        """The body of the next answer, which must be a 200."""
        got = self.socket.recv(65536)
        while (end := got.find(b"\r\n\r\n")) < 0:
            got += self._more()
        length = int(got[got.index(b"Content-Length: ") + 16:end].split(b"\r\n", 1)[0])
        while len(got) < end + 4 + length:
            got += self._more()
        if not got.startswith(b"HTTP/1.1 200 "):
            raise RuntimeError("refused: " + got.decode(errors="replace"))
        return got[end + 4:]

    def _more(self):
        part = self.socket.recv(65536)
        if not part:
            raise RuntimeError("the connection was closed before its answer was whole")
        return part

    def ask(self, action, **members):
        self.post(self.request(action, **members))
        body = self.answer()
        return json.loads(body) if body else {}


def ask_once(port, action, **members):
    """An answer of whoever listens there, over a connection of its own."""
    request = urllib.request.Request(f"http://127.0.0.1:{port}/", json.dumps(members).encode(), fields_of(action, port))
    with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
        return json.load(answer)


class Hub:
    """A running hub: its ports and what its process uses."""

    def __init__(self, binary, process, port, zmq_port):
        self.binary, self.pid, self.port, self.zmq_port = binary, process.pid, port, zmq_port

    def connect(self):
        return Connection(self.port)

    def flushes(self):
        """The hub's own count."""
        command = [self.binary, "describe", "hub", "--json", "--endpoint", f"tcp://127.0.0.1:{self.zmq_port}"]
        environment = {**os.environ, "PENSTOCK_USER": "bench/load", "PENSTOCK_PASSWORD": "bench"}
        done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"{' '.join(command)}: {done.stderr}")
        return json.loads(done.stdout)["flushes"]

    def cpu_seconds(self):
        return cpu_seconds(self.pid)

    def resident_bytes(self):
        pages = pathlib.Path(f"/proc/{self.pid}/statm").read_text(encoding="ascii").split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")

    def connections(self):
        return sum(local == self.port and state == 1 for local, state, _ in tcp_sockets())

    def has_read_all(self):
        return not any(unread for local, state, unread in tcp_sockets() if local == self.port and state == 1)


def cpu_seconds(pid):
    """Of a process and its children, as the scheduler counts: ticks of 10 ms say nothing of a hub that idles."""
    children = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    texts = (pathlib.Path(path).read_text(encoding="ascii") for path in glob.glob(f"/proc/{pid}/task/*/schedstat"))
    return sum(int(text.split()[0]) for text in texts) / 1e9 + sum(map(cpu_seconds, children))


def tcp_sockets():
    """(local port, state, bytes that nobody has read yet) of each; state 1 is a connection."""
    with open("/proc/net/tcp", encoding="ascii") as table:
        next(table)
        for line in table:
            _, local, _, state, queues = line.split(None, 5)[:5]
            yield int(local.split(":")[1], 16), int(state, 16), int(queues.split(":")[1], 16)


@contextlib.contextmanager
def hub(binary, directory):
    """A hub on an empty store."""
    port, zmq_port = free_port(), free_port()
    config = pathlib.Path(directory, "hub.yaml")
    config.write_text(HUB % (zmq_port, port), encoding="ascii")
    command = [binary, "serve", "--config", str(config), "--data", os.path.join(directory, "data")]
    with running("hub", command, port, directory) as process:
        yield Hub(binary, process, port, zmq_port)


@contextlib.contextmanager
def nginx(directory, answer):
    """An nginx that says `answer` to everything; yields its port and the id of its first process."""
    port = free_port()
    config = pathlib.Path(directory, "nginx.conf")
    config.write_text(NGINX_CONFIG % (port, answer), encoding="ascii")
    with running("nginx", [NGINX, "-p", directory, "-c", str(config), "-e", "stderr"], port, directory) as process:
        yield port, process.pid


def wrk(port, connections, seconds, action, body_file):
    """What http_load.lua prints; a RuntimeError when anything but 200 came."""
    command = ["wrk", f"--threads={min(connections, os.cpu_count())}", f"--connections={connections}",
               f"--duration={seconds}s", f"--timeout={PATIENCE_S}s", f"--script={HTTP_SCRIPT}"]
    for name, value in fields_of(action, port).items():
        command += ["--header", f"{name}: {value}"]
    command += [f"http://127.0.0.1:{port}/", "--", body_file]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"wrk: {done.stdout}{done.stderr}")
    figures = json.loads(done.stdout.splitlines()[-1])
    if figures["refused"] or figures["broken"]:
        raise RuntimeError(f"{figures['refused']} requests were refused, {figures['broken']} connections broke")
    if not figures["requests"]:
        raise RuntimeError(f"nothing was answered in {seconds} s")
    return figures
