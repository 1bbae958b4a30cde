#!/usr/bin/python3
"""The hub as a container has it: the container's configuration, process 1, a network of its own; clients in another.

namespaces_test.py --binary=PATH [unittest options]

The two networks are namespaces with one cable between them, inside a namespace of mounts where /etc/hosts names the
hub. All of them end with this process. Exit status 77: they cannot be made here.
"""
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import unittest

import running
from running import PATIENCE_S, Hub

ROOT = pathlib.Path(__file__).resolve().parents[2]
HUB_ADDRESS, CLIENT_ADDRESS = "10.45.66.1", "10.45.66.2"
HOSTS = f"127.0.0.1 localhost\n{HUB_ADDRESS} penstock hub.example queues.hub.example evil.example\n"
SKIPPED = 77  # As tests/packaging/CMakeLists.txt tells ctest.

# In the client's network: one request, its status and body as JSON.
ASK = """
import http.client, json, sys
address, method, path, headers, body = json.loads(sys.argv[1])
connection = http.client.HTTPConnection(address, 4566, timeout=30)
connection.request(method, path, body, headers)
response = connection.getresponse()
print(json.dumps([response.status, response.read().decode()]))
"""


def new_namespaces():
    """The command that makes them, or None. Whoever is not root becomes the root of a namespace of users."""
    for identity in ([], ["--user", "--map-root-user"]):
        command = ["unshare", *identity, "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
        attempt = [*command, "sh", "-c", "mount -t tmpfs none /run && ip netns add try"]
        if subprocess.run(attempt, capture_output=True, check=False).returncode == 0:
            return command
    return None


def sh(*command):
    subprocess.run(command, check=True)


def within(network, *command):
    return ["ip", "netns", "exec", network, *command]


def make_networks():
    """Two networks and a cable. Nothing of it is seen outside of this process' namespaces."""
    sh("mount", "-t", "tmpfs", "none", "/run")  # Where ip keeps the names of networks.
    with tempfile.NamedTemporaryFile("w", suffix="-hosts", delete=False) as hosts:
        hosts.write(HOSTS)
    os.chmod(hosts.name, 0o644)
    sh("mount", "--bind", hosts.name, "/etc/hosts")
    os.unlink(hosts.name)
    for network in ("hub", "client"):
        sh("ip", "netns", "add", network)
        sh(*within(network, "ip", "link", "set", "lo", "up"))
    sh("ip", "link", "add", "at-hub", "netns", "hub", "type", "veth", "peer", "name", "at-client", "netns", "client")
    for network, address in (("hub", HUB_ADDRESS), ("client", CLIENT_ADDRESS)):
        sh(*within(network, "ip", "address", "add", f"{address}/24", "dev", f"at-{network}"))
        sh(*within(network, "ip", "link", "set", f"at-{network}", "up"))


class ContainedHub(Hub):
    """In its own network, and process 1 of its own processes, which has no default actions for signals."""

    def start_only(self):
        command = within("hub", "unshare", "--pid", "--fork", "--kill-child", running.BINARY, *self.arguments())
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log)

    def terminate(self):
        """SIGTERM to the hub itself, as `docker stop` sends it: the exit status."""
        with open(f"/proc/{self.process.pid}/task/{self.process.pid}/children", encoding="ascii") as file:
            [hub] = file.read().split()
        os.kill(int(hub), signal.SIGTERM)
        status = self.process.wait(PATIENCE_S)
        self.process.stdout.close()
        self.process = None
        return status


class ContainerTest(unittest.TestCase):
    def hub(self, **replaced):
        text = (ROOT / "config/container/hub.yaml").read_text("utf-8")
        for old, new in replaced.values():
            self.assertIn(old, text)
            text = text.replace(old, new)
        hub = ContainedHub(text)
        self.addCleanup(hub.__exit__)
        return hub.start()

    def ask(self, address, method="GET", path="/", headers=None, body=None):
        """(status, body) of a request from the client's network."""
        request = json.dumps([address, method, path, headers or {}, body])
        done = subprocess.run(within("client", "/usr/bin/python3", "-c", ASK, request), capture_output=True, text=True,
                              timeout=PATIENCE_S, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        return tuple(json.loads(done.stdout))

    def list_queues(self, address, **headers):
        return self.ask(address, "POST", headers={
            "Authorization": "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/sqs/aws4_request, "
                             "SignedHeaders=host, Signature=0",
            "X-Amz-Target": "AmazonSQS.ListQueues", "Content-Type": "application/x-amz-json-1.0", **headers}, body="{}")

    def run_example(self, url):
        """What the client of examples/compose prints."""
        done = subprocess.run(
            within("client", "/usr/bin/python3", "-B", str(ROOT / "examples/compose/client.py")), capture_output=True,
            text=True, timeout=PATIENCE_S * 2, check=False,
            env={**os.environ, "AWS_ENDPOINT_URL": url, "AWS_DEFAULT_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "test",
                 "AWS_SECRET_ACCESS_KEY": "test"})
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def test_client_elsewhere_reaches_it_by_name_and_by_address(self):
        self.hub()
        for host in ("penstock", HUB_ADDRESS):
            with self.subTest(host):
                said = self.run_example(f"http://{host}:4566")
                self.assertIn(f"queue     http://{host}:4566/000000000000/orders\n", said)
                self.assertIn("received  published and sent\n", said)

    def test_everybody_being_believed_is_warned_of(self):
        hub = self.hub()
        hub.logs("hub.local_open lets everybody who reaches listen.http do everything")
        hub.logs("mode: local. Whoever reaches the HTTP endpoint is believed")

    def test_page_whose_name_leads_here_is_refused(self):
        self.hub()
        self.assertEqual(self.list_queues("penstock")[0], 200)
        self.assertEqual(self.list_queues("evil.example")[0], 421)
        self.assertEqual(self.list_queues(HUB_ADDRESS, Host="evil.example")[0], 421)
        self.assertEqual(self.list_queues("hub.example")[0], 421)

    def test_page_that_knows_a_good_name_is_refused(self):
        self.hub()
        self.assertEqual(self.list_queues("penstock", Origin="http://evil.example")[0], 403)
        self.assertEqual(self.ask("penstock", path="/?Action=ListQueues&Version=2012-11-05")[0], 403)

    def test_names_with_dots_are_those_of_the_configuration(self):
        self.hub(hosts=("# hosts: [hub.example]", "hosts: [hub.example]"))
        for host, status in (("hub.example", 200), ("queues.hub.example", 200), ("penstock", 200),
                             ("evil.example", 421)):
            with self.subTest(host):
                self.assertEqual(self.list_queues(host)[0], status)

    def test_health_check_of_the_container_finds_it_well(self):
        hub = self.hub()
        check = within("hub", "bash", str(ROOT / "config/container/healthy.sh"))
        self.assertEqual(subprocess.run(check, timeout=PATIENCE_S, check=False).returncode, 0)
        self.assertEqual(hub.terminate(), 0)
        self.assertNotEqual(subprocess.run(check, timeout=PATIENCE_S, capture_output=True, check=False).returncode, 0)

    def test_process_1_ends_cleanly_and_keeps_its_messages(self):
        hub = self.hub()
        self.run_example("http://penstock:4566")
        self.assertEqual(hub.terminate(), 0)
        hub.start()
        self.assertIn("/000000000000/orders", self.list_queues("penstock")[1])


if __name__ == "__main__":
    if "--inside" not in sys.argv:
        namespaces = new_namespaces()
        if namespaces is None:
            print("Skipped: namespaces of networks and mounts cannot be made here, not even by the root of a namespace "
                  "of users. As root outside of a container they can.")
            sys.exit(SKIPPED)
        again = [*namespaces, sys.executable, "-B", __file__, f"--binary={running.BINARY}", *sys.argv[1:], "--inside"]
        sys.exit(subprocess.run(again, check=False).returncode)
    sys.argv.remove("--inside")
    make_networks()
    unittest.main()
