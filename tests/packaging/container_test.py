#!/usr/bin/python3
"""The container's files, without a container: what they name is there, and the health check tells good from bad.

container_test.py --binary=PATH [unittest options]
"""
import http.server
import pathlib
import re
import shlex
import subprocess
import threading
import unittest

import yaml

from running import PATIENCE_S, run

ROOT = pathlib.Path(__file__).resolve().parents[2]
CONTAINER = ROOT / "config/container"
COMPOSE = ROOT / "examples/compose"


def instructions(containerfile):
    """[(instruction, words)], continued lines joined."""
    text = re.sub(r"\\\n\s*", " ", containerfile.read_text("utf-8"))
    lines = [line.split(" ", 1) for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [(name, rest) for name, rest in lines]


class Health(http.server.BaseHTTPRequestHandler):
    """Answers /health/live with the status of its server."""

    def do_GET(self):
        asked = (self.path, self.headers["Host"]) == ("/health/live", "localhost")
        self.send_response(self.server.status if asked else 404)
        self.end_headers()

    def log_message(self, *_):
        pass


class ContainerTest(unittest.TestCase):
    def test_what_is_copied_is_there(self):
        for file, context, count in ((CONTAINER / "Containerfile", ROOT, 4), (COMPOSE / "Containerfile", COMPOSE, 1)):
            copied = [source for name, words in instructions(file) if name == "COPY" for source in words.split()[:-1]]
            self.assertEqual(len(copied), count)
            for source in copied:
                self.assertTrue((context / source).exists(), f"{file} copies {source}")

    def test_nobody_is_root_in_them(self):
        for file in (CONTAINER / "Containerfile", COMPOSE / "Containerfile"):
            with self.subTest(file):
                users = [words for name, words in instructions(file) if name == "USER"]
                self.assertEqual(len(users), 1)
                self.assertNotIn(users[0], ("root", "0"))

    def test_entry_point_is_the_program_as_the_package_has_it(self):
        by_name = dict(instructions(CONTAINER / "Containerfile"))
        command = shlex.split(re.sub(r'[\[\],]', " ", by_name["ENTRYPOINT"] + " " + by_name["CMD"]))
        unit_file = (ROOT / "config/systemd/penstock.service").read_text("utf-8")
        [unit] = re.findall(r"^ExecStart=(.*)$", unit_file, re.MULTILINE)
        self.assertEqual(command, unit.split())

    def test_configuration_warns_of_nothing_but_that_it_is_open(self):
        status, said, complaints = run("check", "--config", str(CONTAINER / "hub.yaml"))
        self.assertEqual(status, 0, complaints)
        self.assertEqual(complaints.count("warning: "), 1)
        self.assertIn("hub.local_open lets everybody", complaints)
        self.assertIn("is fine", said)

    def test_compose_names_what_is_there(self):
        with open(COMPOSE / "compose.yaml", encoding="utf-8") as file:
            services = yaml.safe_load(file)["services"]
        for service in services.values():
            context = COMPOSE / service["build"]["context"]
            self.assertTrue((context / service["build"]["dockerfile"]).is_file())
        host, port = services["client"]["environment"]["AWS_ENDPOINT_URL"].removeprefix("http://").split(":")
        self.assertIn(host, services)
        self.assertEqual(services[host]["ports"], [f"127.0.0.1:{port}:{port}"])
        with open(CONTAINER / "hub.yaml", encoding="utf-8") as file:  # Links lead subscribers of that network here.
            self.assertEqual(yaml.safe_load(file)["push"]["url"], f"http://{host}:{port}")

    def healthy(self, port):
        return subprocess.run(["bash", CONTAINER / "healthy.sh", str(port)], capture_output=True, timeout=PATIENCE_S,
                              check=False).returncode == 0

    def test_health_check_tells_good_from_bad(self):
        with http.server.HTTPServer(("127.0.0.1", 0), Health) as server:
            thread = threading.Thread(target=server.serve_forever)
            thread.start()
            try:
                for status, healthy in ((200, True), (503, False), (403, False)):
                    with self.subTest(status):
                        server.status = status
                        self.assertEqual(self.healthy(server.server_port), healthy)
            finally:
                server.shutdown()
                thread.join()
            port = server.server_port
        self.assertFalse(self.healthy(port), "nobody listens there any more")


if __name__ == "__main__":
    unittest.main()
