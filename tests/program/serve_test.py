#!/usr/bin/python3
"""What `penstock serve` promises whoever runs it: signals, reloads, listeners, secrets, refusals.

serve_test.py --binary=PATH [unittest options]
"""
import os
import tempfile
import unittest

import running
from running import ADMIN, ADMIN_USER, PASSWORD, Hub, Refused, Silent, within

WORKER = ("shop/worker", "password-of-worker")

# What stands between the braces may be changed by a test.
CONFIG = """hub: {durability: flush%(hub)s}
listen: {zmq: {address: "tcp://127.0.0.1:0", security: plain}}
accounts:
  shop:
    id: "111111111111"
    users:
      """ + ADMIN_USER + """
      worker:
        password: password-of-worker
        may: [%(may)s]
    topics: {orders: {}}
    queues:
      invoices: {visibility: 30s}
      %(queues)s
subscriptions:
  - {from: topic/orders, to: queue/invoices, raw: true}
grants:
  - {from: topic/orders, to: queue/invoices}
"""
MAY = "{do: [receive, delete], on: queue/invoices}"


def config(hub="", may=MAY, queues=""):
    return CONFIG % {"hub": hub, "may": may, "queues": queues}


def line_of(text, words):
    return text[:text.index(words)].count("\n") + 1


class ServeTest(unittest.TestCase):
    def hub(self, text=None, **options):
        hub = Hub(text or config(), **options)
        self.addCleanup(hub.__exit__)
        return hub

    def client(self, hub, login=ADMIN, **options):
        client = hub.client(login, **options)
        self.addCleanup(client.close)
        return client

    def assert_refused(self, code, words, call, *arguments):
        with self.assertRaises(Refused) as refused:
            call(*arguments)
        self.assertEqual(refused.exception.code, code)
        for word in words:
            self.assertIn(word, refused.exception.message)

    def refusal_to_start(self, text, status=2):
        """What `serve` says on stderr when it does not start."""
        hub = self.hub(text)
        answered, out, err = running.run(*hub.arguments())
        self.assertEqual(answered, status, err)
        self.assertEqual(out, "")
        return err.replace(hub.config, "hub.yaml")

    def park(self, client, *arguments):
        """Starts a long poll and returns when it waits in the hub."""
        asked = client.post("receive", *arguments)
        try:
            client.ask("describe_hub")  # Of the same connection, so it is answered after the receive was parked.
        except Refused:
            pass
        return asked


class SignalTest(ServeTest):
    def test_term_answers_a_waiting_receive_and_exits_with_zero(self):
        hub = self.hub().start()
        client = self.client(hub)
        asked = self.park(client, "invoices", 1, None, 20_000)
        self.assertEqual(hub.stop(), 0)
        self.assertEqual(client.answer(), (asked, "ok", []))
        hub.logs("Stopped; everything acknowledged is stored.")

    def test_term_keeps_what_was_acknowledged(self):
        hub = self.hub().start()
        self.client(hub).ask("send", "invoices", ["kept"])
        self.assertEqual(hub.stop(), 0)
        self.assertEqual(self.client(hub.start()).ask("receive", "invoices", 1, None, 0)[0][2], b"kept")

    def test_hup_puts_a_changed_file_in_force_whole(self):
        hub = self.hub().start()
        client = self.client(hub)
        self.assert_refused("QueueNotFound", ["late"], client.ask, "describe_queue", "late")
        hub.reload(config(queues="late: {delay: 5s}"))
        [late] = client.ask("describe_queue", "late")
        self.assertEqual(late["attributes"]["DelaySeconds"], "5")
        self.assertTrue(late["declared_at"].startswith(hub.config + ":"), late["declared_at"])

    # rule: hardening 3 a bad configuration line changes nothing
    def test_hup_with_mistakes_changes_nothing_and_names_each(self):
        hub = self.hub().start()
        client = self.client(hub)
        bad = config(queues="late: {}\n      later: {visibility: 30 secs}").replace("grants:", "grant:")
        hub.reload(bad, then="nothing has changed")
        for words in ("30 secs", "grant:"):
            place = f"{hub.config}:{line_of(bad, words)}:"
            self.assertTrue(any(words.strip(":") in text for text in hub.log().split("\n") if place in text), hub.log())
        self.assert_refused("QueueNotFound", [], client.ask, "describe_queue", "late")
        client.ask("publish", "orders", ["still delivered"])
        self.assertEqual(client.ask("receive", "invoices", 1, None, 5_000)[0][2], b"still delivered")

    # rule: hardening 3 a policy that is taken away also ends what is waiting
    def test_policy_revoked_by_a_reload_stops_a_user_at_once(self):
        hub = self.hub().start()
        admin, worker = self.client(hub), self.client(hub, WORKER)
        self.assertEqual(worker.ask("receive", "invoices", 1, None, 0), [])
        asked = self.park(worker, "invoices", 1, None, 20_000)
        hub.reload(config(may="{do: delete, on: queue/invoices}"))
        self.assert_refused("AccessDenied", ["sqs:ReceiveMessage"], worker.ask, "receive", "invoices", 1, None, 0)
        admin.ask("send", "invoices", ["not for the worker"])
        self.assertEqual([m[2] for m in admin.ask("receive", "invoices", 1, None, 5_000)], [b"not for the worker"])
        # Who waits is decided again, at the latest when it would be served.
        worker.ask("describe_hub")
        self.assertEqual(worker.others[asked][0], "AccessDenied")

    def test_user_removed_by_a_reload_is_refused_on_a_live_connection(self):
        hub = self.hub().start()
        worker = self.client(hub, WORKER)
        worker.ask("receive", "invoices", 1, None, 0)
        text = config()
        begin, end = text.index("      worker:"), text.index("    topics:")
        hub.reload(text[:begin] + text[end:])
        within(running.PATIENCE_S, lambda: refused(worker.ask, "receive", "invoices", 1, None, 0), "worker is refused")
        with self.assertRaises(Silent):
            self.client(hub, WORKER).ask("receive", "invoices", 1, None, 0, seconds=1)


def refused(call, *arguments):
    try:
        call(*arguments)
    except Refused as refusal:
        return refusal.code == "AccessDenied"
    return False


class StartTest(ServeTest):
    # rule: hardening 3 authentication required beyond loopback, a bad listener refuses to start
    def test_listener_beyond_loopback_needs_curve(self):
        for security in ("none", "plain"):
            with self.subTest(security):
                text = config().replace('"tcp://127.0.0.1:0", security: plain',
                                        f'"tcp://0.0.0.0:0", security: {security}')
                complaint = self.refusal_to_start(text)
                self.assertIn("hub.yaml:2:", complaint)
                self.assertIn("curve", complaint)

    def test_every_mistake_is_printed_at_once(self):
        text = config(hub=", flush_interval: soon, surprise: 1").replace("to: queue/invoices, raw", "to: queue/nowhere, raw")
        complaint = self.refusal_to_start(text)
        for words in ("surprise", "soon", "nowhere"):
            self.assertTrue(any(words in line for line in complaint.split("\n")
                                if line.startswith(f"hub.yaml:{line_of(text, words)}:")), complaint)

    def test_key_that_appears_twice_is_a_mistake(self):
        text = config().replace("      invoices:", "      invoices: {}\n      invoices:")
        self.assertIn(f"hub.yaml:{line_of(text, '{visibility')}:7: The key \"invoices\" appears twice.",
                      self.refusal_to_start(text))

    def test_second_hub_on_the_same_data_is_refused(self):
        hub = self.hub().start()
        status, out, err = running.run(*hub.arguments())
        self.assertEqual((status, out), (1, ""), err)
        self.assertIn(hub.data, err)
        self.assertIn("another", err.lower())
        self.assertEqual(self.client(hub).ask("receive", "invoices", 1, None, 0), [])

    def test_wrong_password_and_unknown_user_are_not_let_in(self):
        hub = self.hub().start()
        for login in (("shop/admin", "guess"), ("shop/nobody", PASSWORD), ("shop/admin", "x" * 255), None):
            with self.subTest(login), self.assertRaises(Silent):
                self.client(hub, login).ask("describe_hub", seconds=0.3)
        self.assertEqual(running.run("status", environment=hub.environment(("shop/admin", "guess")))[0], 1)

    def test_curve_admits_whom_it_knows_and_nobody_else(self):
        with tempfile.TemporaryDirectory() as folder:
            keys = {name: self.make_keys(folder, name) for name in ("hub", "admin", "stranger")}
            text = config().replace('"tcp://127.0.0.1:0", security: plain',
                                    f'"tcp://0.0.0.0:0", security: curve, secret_key_file: {folder}/hub')
            hub = self.hub(text.replace(f"password: {PASSWORD}", f'curve_key: "{keys["admin"][0]}"')).start()
            hub.endpoint = hub.endpoint.replace("0.0.0.0", "127.0.0.1")
            server = keys["hub"][0].encode()
            admin = self.client(hub, None, curve=(server, *(k.encode() for k in keys["admin"])))
            admin.ask("send", "invoices", ["sealed"])
            self.assertEqual(admin.ask("receive", "invoices", 1, None, 0)[0][2], b"sealed")
            stranger = self.client(hub, None, curve=(server, *(k.encode() for k in keys["stranger"])))
            plain = self.client(hub, ADMIN)
            for client in (stranger, plain):
                with self.assertRaises(Silent):
                    client.ask("describe_hub", seconds=0.3)
            status, out, err = running.run(
                "queues", "--endpoint", hub.endpoint, "--server-key", keys["hub"][0], "--key-file", f"{folder}/admin")
            self.assertEqual(status, 0, err)
            self.assertIn(":invoices", out)
            for _, secret in keys.values():
                self.assertNotIn(secret, hub.log())

    def make_keys(self, folder, name):
        """(public, secret) from `penstock keys`."""
        path = os.path.join(folder, name)
        status, _, err = running.run("keys", path)
        self.assertEqual(status, 0, err)
        with open(path + ".pub", encoding="ascii") as public, open(path, encoding="ascii") as secret:
            return public.read().strip(), secret.read().strip()


class PolicyTest(ServeTest):
    def test_what_the_file_declares_is_not_changed_through_an_endpoint(self):
        hub = self.hub().start()
        client = self.client(hub)
        declared_at = client.ask("describe_queue", "invoices")[0]["declared_at"]
        self.assertTrue(declared_at.startswith(f"{hub.config}:{line_of(config(), 'invoices: {')}:"), declared_at)
        for request in (("set_queue_attributes", "invoices", {"VisibilityTimeout": "60"}), ("delete_queue", "invoices")):
            self.assert_refused("DeclaredInYaml", [declared_at], client.ask, *request)
        hub.reload(config(hub=", drift: allow"))
        client.ask("set_queue_attributes", "invoices", {"VisibilityTimeout": "60"})
        # A reload applies only what has changed in the file, so the drift stays; until the file says something else.
        hub.reload(config(hub=", drift: allow", queues="other: {}"))
        self.assertEqual(client.ask("describe_queue", "invoices")[0]["attributes"]["VisibilityTimeout"], "60")
        hub.reload(config(hub=", drift: allow").replace("visibility: 30s", "visibility: 45s"))
        self.assertEqual(client.ask("describe_queue", "invoices")[0]["attributes"]["VisibilityTimeout"], "45")

    def test_policies_log_does_it_and_says_what_it_would_deny(self):
        hub = self.hub().start()
        worker = self.client(hub, WORKER)
        self.assert_refused("AccessDenied", ["sqs:SendMessage", "invoices"], worker.ask, "send", "invoices", ["x"])
        hub.logs("DENIED: ")
        self.assertNotIn("WOULD DENY", hub.log())
        hub.reload(config(hub=", policies: log"))
        worker.ask("send", "invoices", ["x"])
        hub.logs("WOULD DENY: ")
        [line] = [line for line in hub.log().split("\n") if "WOULD DENY: " in line]
        for words in ("sqs:SendMessage", "user/worker", "invoices"):
            self.assertIn(words, line)

    # rule: hardening 3 no secret in the log
    def test_secrets_never_come_into_the_log(self):
        hub = self.hub(log_level="debug").start()
        self.client(hub).ask("send", "invoices", ["body-of-a-message"])
        for login in (("shop/admin", "guess-of-a-password"), ("shop/nobody", "guess-of-a-password")):
            with self.assertRaises(Silent):
                self.client(hub, login).ask("describe_hub", seconds=0.3)
        hub.reload(config(queues="late: {}"))
        hub.reload(config().replace("users:", "user:"), then="nothing has changed")
        self.assertEqual(hub.stop(), 0)
        for secret in (PASSWORD, WORKER[1], "guess-of-a-password", "body-of-a-message"):
            self.assertNotIn(secret, hub.log())


if __name__ == "__main__":
    unittest.main()
