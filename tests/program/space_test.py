#!/usr/bin/python3
"""A hub that has less free disk than it wants: it takes nothing new and gives everything away.

space_test.py --binary=PATH [unittest options]
"""
import unittest

import running
from running import Hub, Refused

CONFIG = """hub: {free_space_min: %s}
listen: {zmq: {address: "tcp://127.0.0.1:0", security: plain}}
accounts:
  shop:
    id: "111111111111"
    users:
      """ + running.ADMIN_USER + """
    topics: {orders: {}}
    queues: {invoices: {}}
subscriptions:
  - {from: topic/orders, to: queue/invoices, raw: true}
grants:
  - {from: topic/orders, to: queue/invoices}
"""
PLENTY, MORE_THAN_ANY_DISK = "1MiB", "1000000GiB"


class SpaceTest(unittest.TestCase):
    # rule: hardening R5 without space sends are refused with a clear error, receives and deletes go on, service resumes
    def test_without_space_nothing_new_is_taken_and_the_rest_goes_on(self):
        hub = Hub(CONFIG % PLENTY)
        self.addCleanup(hub.__exit__)
        bodies = [f"message {i}".encode() for i in range(10)]
        with hub.start().client() as client:
            client.ask("send", "invoices", bodies)
        self.assertEqual(hub.stop(), 0)

        hub.write_config(CONFIG % MORE_THAN_ANY_DISK)
        with hub.start().client() as client:
            for request in (("send", "invoices", ["new"]), ("publish", "orders", ["new"])):
                with self.assertRaises(Refused) as refused:
                    client.ask(*request)
                self.assertEqual(refused.exception.code, "NoSpace")
                self.assertIn("disk", refused.exception.message)
            received = client.ask("receive", "invoices", 6, None, 0)
            self.assertEqual([m[2] for m in received], bodies[:6])
            client.ask("change_visibility", "invoices", [[received[5][1], 0]])
            self.assertEqual(client.ask("delete", "invoices", [m[1] for m in received[:5]]), [5, None])
        status, _, err = running.run("send", "invoices", "new", environment=hub.environment())
        self.assertEqual(status, 1)
        self.assertIn("NoSpace", err)
        self.assertEqual(hub.stop(), 0)

        hub.write_config(CONFIG % PLENTY)
        with hub.start().client() as client:
            self.assertEqual([m[2] for m in client.ask("receive", "invoices", 10, None, 0)], bodies[5:])
            client.ask("publish", "orders", ["new"])
            self.assertEqual([m[2] for m in client.ask("receive", "invoices", 10, None, 5_000)], [b"new"])


if __name__ == "__main__":
    unittest.main()
