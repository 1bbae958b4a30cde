#!/usr/bin/python3
"""What is beside the endpoint for clients of SQS and SNS, for those who run the hub and those who test with it.

ops_test.py --binary=PATH [unittest options]
"""
import http.client
import json
import time
import unittest
import urllib.parse

import boto3
from botocore.exceptions import ClientError

import emulated
from running import ADMIN_USER, PATIENCE_S, run, within


def ask(address, method, path, body=None, headers=None):
    """(status, fields, body as text)"""
    connection = http.client.HTTPConnection(address.removeprefix("http://"), timeout=PATIENCE_S)
    try:
        connection.request(method, path, body, headers or {})
        response = connection.getresponse()
        return response.status, response.headers, response.read().decode()
    finally:
        connection.close()


class HealthTest(unittest.TestCase):
    def page(self, hub, path, status=200):
        done, fields, body = ask(hub.http, "GET", path)
        self.assertEqual((done, fields["Content-Type"], fields["Cache-Control"]),
                         (status, "application/json", "no-store"), body)
        return json.loads(body)

    def test_hub_that_serves_lives_and_is_ready(self):
        hub = emulated.start(self)
        self.assertEqual(self.page(hub, "/health"), {"live": True, "ready": True})
        self.assertEqual(self.page(hub, "/health/live"), {"live": True})
        self.assertEqual(self.page(hub, "/health/ready?verbose=1"), {"ready": True})
        local_stack = self.page(hub, "/_localstack/health")
        self.assertRegex(local_stack.pop("version"), r"^\d+\.\d+\.\d+$")
        self.assertEqual(local_stack, {"services": {"sqs": "running", "sns": "running"}, "edition": "penstock"})
        status, fields, body = ask(hub.http, "HEAD", "/health")
        self.assertEqual((status, body), (200, ""))
        self.assertGreater(int(fields["Content-Length"]), 0)

    def test_it_is_told_in_strict_mode_without_credentials(self):
        hub = emulated.start(self, emulated.CONFIG.replace("hub: {", "hub: {mode: strict, "))
        self.assertEqual(self.page(hub, "/health/ready"), {"ready": True})

    def test_hub_without_space_is_not_ready_and_lives(self):
        hub = emulated.start(self, emulated.CONFIG.replace("1MiB", "1048576GiB"))
        self.assertEqual(self.page(hub, "/health/ready", 503), {"ready": False, "reason": "no space"})
        self.assertEqual(self.page(hub, "/health", 503), {"live": True, "ready": False, "reason": "no space"})
        self.assertEqual(self.page(hub, "/health/live"), {"live": True})
        self.assertEqual(self.page(hub, "/_localstack/health")["services"], {"sqs": "error", "sns": "error"})

    def test_web_pages_cannot_reach_it(self):
        hub = emulated.start(self)
        self.assertEqual(ask(hub.http, "GET", "/health", headers={"Host": "evil.example"})[0], 421)
        for fields in ({"Origin": "http://localhost:3000"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}):
            status, answered, _ = ask(hub.http, "GET", "/health", headers=fields)
            self.assertEqual((status, answered["Access-Control-Allow-Origin"]), (403, None), fields)
        self.assertEqual(ask(hub.http, "GET", "/health", headers={"Sec-Fetch-Site": "none"})[0], 200)  # By hand.
        status, fields, _ = ask(hub.http, "POST", "/health", "{}")
        self.assertEqual((status, fields["Allow"]), (405, "GET, HEAD"))


METRICS = """hub: {free_space_min: 1MiB}
listen:
  zmq: {address: "tcp://127.0.0.1:0", security: plain}
  http: {address: "http://127.0.0.1:0"}
  metrics: {address: "http://127.0.0.1:0"}
"""


class MetricsTest(unittest.TestCase):
    def read(self, address):
        """{series: value}; every line is one that Prometheus reads."""
        status, fields, body = ask(address, "GET", "/metrics")
        self.assertEqual((status, fields["Content-Type"]), (200, "text/plain; version=0.0.4; charset=utf-8"), body)
        series = {}
        for line in body.splitlines():
            if line.startswith("#"):
                self.assertRegex(line, r"^# (HELP|TYPE) [a-z_]+ .+$")
                continue
            self.assertRegex(line, r"^[a-z_]+(\{[a-z]+=\"[^\"]*\"(,[a-z]+=\"[^\"]*\")*\})? [0-9.e+-]+$")
            name, value = line.rsplit(" ", 1)
            self.assertNotIn(name, series)
            series[name] = float(value)
        return series

    def test_what_clients_do_is_counted(self):
        hub = emulated.start(self, METRICS)
        sqs, sns = emulated.client(hub, "sqs"), emulated.client(hub, "sns")
        url = sqs.create_queue(QueueName="orders")["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        topic = sns.create_topic(Name="events")["TopicArn"]
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
        sns.publish(TopicArn=topic, Message="a")
        for body in "bc":
            sqs.send_message(QueueUrl=url, MessageBody=body)
        sqs.send_message(QueueUrl=url, MessageBody="later", DelaySeconds=600)
        for message in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=2)["Messages"][:1]:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        now = self.read(hub.metrics)
        expected = {'penstock_messages{state="visible"}': 1, 'penstock_messages{state="in_flight"}': 1,
                    'penstock_messages{state="delayed"}': 1, "penstock_messages_sent_total": 4,
                    "penstock_messages_received_total": 2, "penstock_messages_deleted_total": 1,
                    "penstock_publishes_total": 1, 'penstock_deliveries_total{result="delivered"}': 1,
                    "penstock_queues": 1, "penstock_topics": 1, "penstock_subscriptions": 1,
                    'penstock_http_request_seconds_count{operation="send"}': 3,
                    'penstock_connections{endpoint="metrics"}': 1}
        self.assertEqual({name: now.get(name) for name in expected}, expected)
        self.assertGreater(now["penstock_flush_seconds_count"], 4)
        self.assertEqual(now["penstock_flush_seconds_count"], now['penstock_flush_seconds_bucket{le="+Inf"}'])
        self.assertGreater(now["process_resident_memory_bytes"], 1e6)
        self.assertGreater(now['penstock_policy_decisions_total{decision="allowed"}'], 5)
        self.assertFalse([name for name in now if name.startswith("penstock_queue_")])
        # They are on the endpoint's port, too, and a scrape counts as nobody's request.
        again = self.read(hub.http)
        self.assertEqual({name: again.get(name) for name in expected if "connections" not in name},
                         {name: value for name, value in expected.items() if "connections" not in name})

    def test_queues_have_series_of_their_own_where_the_configuration_says_so(self):
        config = METRICS + "metrics: {per_queue: true}\n"
        hub = emulated.start(self, config)
        sqs = emulated.client(hub, "sqs")
        sqs.send_message(QueueUrl=sqs.create_queue(QueueName="orders")["QueueUrl"], MessageBody="a")
        labels = f'account="{emulated.ACCOUNT}",region="{emulated.REGION}",queue="orders"'
        self.assertEqual(self.read(hub.metrics)[f'penstock_queue_messages{{{labels},state="visible"}}'], 1)
        hub.reload(METRICS)
        self.assertFalse([name for name in self.read(hub.metrics) if name.startswith("penstock_queue_")])

    def test_parked_polls_are_seen(self):
        hub = emulated.start(self, METRICS)
        url = emulated.client(hub, "sqs").create_queue(QueueName="orders")["QueueUrl"]
        waiting = http.client.HTTPConnection(hub.http.removeprefix("http://"), timeout=PATIENCE_S)
        self.addCleanup(waiting.close)
        waiting.request("POST", "/", f"Action=ReceiveMessage&WaitTimeSeconds=20&QueueUrl={url}",
                        {"Authorization": "AWS4-HMAC-SHA256 Credential=test/20260101/eu-west-1/sqs/aws4_request"})
        within(PATIENCE_S, lambda: self.read(hub.metrics)["penstock_waiting_receives"] == 1, "one waits")

    def test_strict_hub_tells_them_only_where_it_was_told_to(self):
        hub = emulated.start(self, METRICS.replace("hub: {", "hub: {mode: strict, "))
        status, _, body = ask(hub.http, "GET", "/metrics")
        self.assertEqual(status, 403)
        self.assertIn("listen.metrics", body)
        self.assertIn("penstock_queues", self.read(hub.metrics))

    def test_port_of_metrics_has_nothing_else(self):
        hub = emulated.start(self, METRICS)
        self.assertEqual(ask(hub.metrics, "GET", "/health/ready")[0], 200)
        for path in ("/", "/?Action=ListQueues", "/000000000000/orders", "/metrics/x"):
            self.assertEqual(ask(hub.metrics, "GET", path)[0], 404, path)
        self.assertEqual(ask(hub.metrics, "POST", "/metrics", "")[0], 405)
        self.assertEqual(ask(hub.metrics, "GET", "/metrics", headers={"Host": "evil.example"})[0], 421)
        self.assertEqual(ask(hub.metrics, "GET", "/metrics", headers={"Origin": "http://evil.example"})[0], 403)


WITH_USERS = f"""hub: {{free_space_min: 1MiB}}
listen:
  zmq: {{address: "tcp://127.0.0.1:0", security: plain}}
  http: {{address: "http://127.0.0.1:0"}}
accounts:
  shop:
    id: "111111111111"
    users:
      {ADMIN_USER}
    queues: {{orders: {{visibility: 10m}}}}
"""
PEEK = "/_aws/sqs/messages"
JSON = {"Accept": "application/json"}


class PeekTest(unittest.TestCase):
    def setUp(self):
        self.hub = emulated.start(self)
        self.sqs = emulated.client(self.hub, "sqs")
        self.url = self.sqs.create_queue(QueueName="orders")["QueueUrl"]

    def peek(self, path="", status=200, headers=JSON, method="GET", body=None, **parameters):
        query = "?" + urllib.parse.urlencode(parameters) if parameters else ""
        done, fields, text = ask(self.hub.http, method, PEEK + path + query, body, headers)
        self.assertEqual((done, fields["Content-Type"]), (status, "application/json"), text)
        return json.loads(text)

    def messages(self, path=f"/{emulated.REGION}/{emulated.ACCOUNT}/orders", **parameters):
        """As LocalStack has them: one alone is no list."""
        result = self.peek(path, **parameters)["ReceiveMessageResponse"]["ReceiveMessageResult"]
        found = (result or {}).get("Message", [])
        return found if isinstance(found, list) else [found]

    @staticmethod
    def attributes(message):
        return {attribute["Name"]: attribute["Value"] for attribute in message["Attribute"]}

    def test_look_has_no_effect(self):
        self.assertIsNone(self.peek(f"/{emulated.REGION}/{emulated.ACCOUNT}/orders")
                          ["ReceiveMessageResponse"]["ReceiveMessageResult"])
        self.sqs.send_message(QueueUrl=self.url, MessageBody="one", MessageAttributes={
            "colour": {"DataType": "String", "StringValue": "red"}})
        self.sqs.send_message(QueueUrl=self.url, MessageBody="two")
        for _ in range(3):
            seen = self.messages()
            self.assertEqual([message["Body"] for message in seen], ["one", "two"])
            self.assertEqual(self.attributes(seen[0])["ApproximateReceiveCount"], "0")
            self.assertEqual(self.attributes(seen[0])["SenderId"], emulated.ACCOUNT)
        self.assertEqual(seen[0]["MessageAttribute"],
                         {"Name": "colour", "Value": {"DataType": "String", "StringValue": "red"}})
        received = self.sqs.receive_message(QueueUrl=self.url, MaxNumberOfMessages=10, AttributeNames=["All"],
                                            MessageAttributeNames=["All"])["Messages"]
        self.assertEqual([m["Attributes"]["ApproximateReceiveCount"] for m in received], ["1", "1"])
        for member in ("MessageId", "MD5OfBody", "MD5OfMessageAttributes"):
            self.assertEqual(seen[0][member], received[0][member])

    def test_what_is_in_flight_or_delayed_is_shown_on_request(self):
        for body, delay in (("flying", 0), ("there", 0), ("later", 600)):
            self.sqs.send_message(QueueUrl=self.url, MessageBody=body, DelaySeconds=delay)
        self.sqs.receive_message(QueueUrl=self.url)
        only = self.peek(f"/{emulated.REGION}/{emulated.ACCOUNT}/orders")["ReceiveMessageResponse"]["ReceiveMessageResult"]
        self.assertEqual(only["Message"]["Body"], "there")
        seen = self.messages(ShowInvisible="true", ShowDelayed="True")
        self.assertEqual([(message["Body"], self.attributes(message)["IsVisible"], self.attributes(message)["IsDelayed"])
                          for message in seen],
                         [("flying", "false", "false"), ("there", "true", "false"), ("later", "true", "true")])
        self.assertEqual([message["Body"] for message in self.messages(ShowDelayed="1")], ["there", "later"])

    def test_queue_is_named_by_url_in_any_region(self):
        self.sqs.send_message(QueueUrl=self.url, MessageBody="here")
        far = emulated.client(self.hub, "sqs", account=emulated.OTHER, region="us-west-2")
        far.send_message(QueueUrl=far.create_queue(QueueName="orders")["QueueUrl"], MessageBody="far")
        signed = {"Authorization": "AWS4-HMAC-SHA256 Credential=test/20260101/eu-west-1/sqs/aws4_request"}
        self.assertEqual(self.messages("", QueueUrl=self.url, headers={**JSON, **signed})[0]["Body"], "here")
        self.assertEqual(self.messages(f"/us-west-2/{emulated.OTHER}/orders")[0]["Body"], "far")
        url = f"http://sqs.us-west-2.localhost:4566/{emulated.OTHER}/orders"
        self.assertEqual(self.messages("", QueueUrl=url)[0]["Body"], "far")
        form = {"Content-Type": "application/x-www-form-urlencoded", **JSON}
        body = urllib.parse.urlencode({"QueueUrl": url, "Action": "ReceiveMessage"})
        self.assertEqual(self.messages("", method="POST", body=body, headers=form)[0]["Body"], "far")

    def test_answer_is_xml_unless_json_is_asked_for(self):
        self.sqs.send_message(QueueUrl=self.url, MessageBody="a & b")
        status, fields, text = ask(self.hub.http, "GET", f"{PEEK}/{emulated.REGION}/{emulated.ACCOUNT}/orders")
        self.assertEqual((status, fields["Content-Type"]), (200, "text/xml"))
        self.assertIn("<ReceiveMessageResult><Message><MessageId>", text)
        self.assertIn("<Body>a &amp; b</Body>", text)
        self.assertIn("<Attribute><Name>ApproximateReceiveCount</Name><Value>0</Value></Attribute>", text)

    def test_sdk_looks_by_its_endpoint_url(self):
        for body in ("one", "two"):
            self.sqs.send_message(QueueUrl=self.url, MessageBody=body)
        looking = boto3.client("sqs", endpoint_url=self.hub.http + PEEK, region_name=emulated.REGION,
                               aws_access_key_id="test", aws_secret_access_key="test")
        seen = looking.receive_message(QueueUrl=self.url, MaxNumberOfMessages=1)["Messages"]
        self.assertEqual([(message["Body"], message["Attributes"]["ApproximateReceiveCount"]) for message in seen],
                         [("one", "0"), ("two", "0")])
        with self.assertRaises(ClientError) as refused:
            looking.send_message(QueueUrl=self.url, MessageBody="x")
        self.assertEqual(refused.exception.response["Error"]["Message"], "This endpoint only accepts ReceiveMessage calls")

    def test_group_behind_a_message_in_flight_is_invisible(self):
        url = self.sqs.create_queue(QueueName="q.fifo", Attributes={
            "FifoQueue": "true", "ContentBasedDeduplication": "true"})["QueueUrl"]
        for body, group in (("a1", "a"), ("a2", "a"), ("b1", "b")):
            self.sqs.send_message(QueueUrl=url, MessageBody=body, MessageGroupId=group)
        self.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=1)
        path = f"/{emulated.REGION}/{emulated.ACCOUNT}/q.fifo"
        self.assertEqual([message["Body"] for message in self.messages(path)], ["b1"])
        seen = self.messages(path, ShowInvisible="true")
        self.assertEqual([message["Body"] for message in seen], ["a1", "a2", "b1"])
        self.assertEqual(self.attributes(seen[0])["MessageGroupId"], "a")

    def test_more_than_a_page_is_shown_by_pages(self):
        for first in range(0, 130, 10):
            self.sqs.send_message_batch(QueueUrl=self.url, Entries=[
                {"Id": str(i), "MessageBody": str(i)} for i in range(first, first + 10)])
        path = f"/{emulated.REGION}/{emulated.ACCOUNT}/orders"
        page = self.peek(path)["ReceiveMessageResponse"]["ReceiveMessageResult"]
        rest = self.peek(path, NextToken=page["NextToken"])["ReceiveMessageResponse"]["ReceiveMessageResult"]
        self.assertNotIn("NextToken", rest)
        self.assertEqual([message["Body"] for message in page["Message"] + rest["Message"]], [str(i) for i in range(130)])

    def test_what_there_is_not_is_refused(self):
        for path, parameters in ((f"/{emulated.REGION}/{emulated.ACCOUNT}/none", {}), ("", {}),
                                 ("", {"QueueUrl": "http://localhost/000000000000/none"})):
            error = self.peek(path, status=400, **parameters)["ErrorResponse"]["Error"]
            self.assertEqual(error["Code"], "AWS.SimpleQueueService.NonExistentQueue", path)
        for path in ("/eu-west-1", "/eu-west-1/000000000000", "/a/b/c/d"):
            self.assertEqual(self.peek(path, status=404)["ErrorResponse"]["Error"]["Code"], "InvalidAddress", path)

    def test_web_pages_cannot_look(self):
        path = f"{PEEK}/{emulated.REGION}/{emulated.ACCOUNT}/orders"
        for fields, status in (({"Origin": "http://evil.example"}, 403), ({"Sec-Fetch-Site": "same-site"}, 403),
                               ({"Host": "evil.example"}, 421)):
            self.assertEqual(ask(self.hub.http, "GET", path, headers=fields)[0], status)

    def test_strict_hub_shows_nobody_anything(self):
        hub = emulated.start(self, emulated.CONFIG.replace("hub: {", "hub: {mode: strict, "))
        self.assertEqual(ask(hub.http, "GET", f"{PEEK}/{emulated.REGION}/{emulated.ACCOUNT}/orders")[0], 403)

    def test_command_line_looks_too(self):
        hub = emulated.start(self, WITH_USERS)
        self.assertEqual(run("send", "orders", "hello", environment=hub.environment())[0], 0)
        self.assertEqual(run("receive", "orders", environment=hub.environment())[0], 0)
        self.assertEqual(run("send", "orders", "more", "--delay", "10m", environment=hub.environment())[0], 0)
        status, out, err = run("peek", "orders", "--json", environment=hub.environment())
        self.assertEqual((status, err), (0, ""))
        seen = [json.loads(line) for line in out.splitlines()]
        self.assertEqual([(m["body"], m["state"], m["receive_count"]) for m in seen],
                         [("hello", "in_flight", 1), ("more", "delayed", 0)])
        self.assertNotIn("handle", seen[0])
        self.assertIn(", in flight until 20", run("peek", "orders", environment=hub.environment())[1])
        self.assertEqual(len(run("peek", "orders", "--max", "1", "--json", environment=hub.environment())[1].splitlines()), 1)


class TestHelpTest(unittest.TestCase):
    def setUp(self):
        self.hub = emulated.start(self)
        self.sqs = emulated.client(self.hub, "sqs")
        self.url = self.sqs.create_queue(QueueName="orders")["QueueUrl"]

    def help(self, method, path, body=None, status=200, hub=None, headers=None):
        done, fields, text = ask((hub or self.hub).http, method, "/_penstock" + path,
                                 None if body is None else json.dumps(body), headers)
        self.assertEqual((done, fields["Content-Type"]), (status, "application/json"), text)
        return json.loads(text)

    def misbehave(self, status=200, name="orders", **how):
        return self.help("PUT", f"/queues/{emulated.ACCOUNT}/{emulated.REGION}/{name}/misbehaviour", how, status)

    def receive(self, **options):
        return self.sqs.receive_message(QueueUrl=self.url, MaxNumberOfMessages=10, **options).get("Messages", [])

    def counts(self):
        names = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible", "ApproximateNumberOfMessagesDelayed")
        got = self.sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=["All"])["Attributes"]
        return [int(got[name]) for name in names]

    def test_clock_is_turned_on_and_stays_so(self):
        hub = emulated.start(self)
        sqs = emulated.client(hub, "sqs")
        url = sqs.create_queue(QueueName="orders", Attributes={"VisibilityTimeout": "300"})["QueueUrl"]
        sqs.send_message(QueueUrl=url, MessageBody="a")
        sqs.receive_message(QueueUrl=url)
        self.assertNotIn("Messages", sqs.receive_message(QueueUrl=url))
        self.assertEqual(self.help("POST", "/clock", {"advance": "PT5M"}, hub=hub)["advanced_seconds"], 300)
        self.assertEqual(sqs.receive_message(QueueUrl=url)["Messages"][0]["Body"], "a")
        self.help("POST", "/clock", {"advance": 3600}, hub=hub)
        before = self.help("GET", "/clock", hub=hub)
        self.assertEqual(before["advanced_seconds"], 3900)
        hub.kill()
        hub.start()
        after = self.help("GET", "/clock", hub=hub)
        self.assertEqual(after["advanced_seconds"], 3900)
        self.assertGreaterEqual(after["now"], before["now"])
        sqs = emulated.client(hub, "sqs")
        sqs.send_message(QueueUrl="orders", MessageBody="b", DelaySeconds=900)
        self.help("POST", "/clock", {"advance": "PT15M"}, hub=hub)
        self.assertIn("b", [m["Body"] for m in sqs.receive_message(QueueUrl="orders", MaxNumberOfMessages=10)["Messages"]])
        self.help("POST", "/clock", {"advance": "P5D"}, hub=hub)
        self.assertNotIn("Messages", sqs.receive_message(QueueUrl="orders"))
        self.assertIn("never goes back", self.help("POST", "/clock", {"advance": -1}, 400, hub=hub)["error"])

    def test_long_poll_ends_when_the_clock_is_turned_on(self):
        waiting = http.client.HTTPConnection(self.hub.http.removeprefix("http://"), timeout=PATIENCE_S)
        self.addCleanup(waiting.close)
        waiting.request("POST", "/", f"Action=ReceiveMessage&WaitTimeSeconds=20&QueueUrl={self.url}",
                        {"Authorization": "AWS4-HMAC-SHA256 Credential=test/20260101/eu-west-1/sqs/aws4_request"})
        within(PATIENCE_S, lambda: "penstock_waiting_receives 1\n" in ask(self.hub.http, "GET", "/metrics")[2], "it waits")
        self.help("POST", "/clock", {"advance": 20})
        self.assertEqual(waiting.getresponse().status, 200)

    def test_reset_leaves_what_is_declared(self):
        hub = emulated.start(self, WITH_USERS)
        sqs = emulated.client(hub, "sqs", account="111111111111", region="us-east-1")
        sns = emulated.client(hub, "sns", account="111111111111", region="us-east-1")
        for url in (sqs.get_queue_url(QueueName="orders")["QueueUrl"], sqs.create_queue(QueueName="more")["QueueUrl"]):
            sqs.send_message(QueueUrl=url, MessageBody="a")
        sns.create_topic(Name="events")
        self.assertEqual(self.help("POST", "/reset", hub=hub)["notes"], ["2 queues and 1 topics are deleted."])
        self.assertEqual([url.rsplit("/", 1)[1] for url in sqs.list_queues()["QueueUrls"]], ["orders"])
        self.assertEqual(sns.list_topics()["Topics"], [])
        self.assertNotIn("Messages", sqs.receive_message(QueueUrl="orders"))
        got = sqs.get_queue_attributes(QueueUrl="orders", AttributeNames=["VisibilityTimeout"])["Attributes"]
        self.assertEqual(got, {"VisibilityTimeout": "600"})

    def test_forgotten_deletes_bring_messages_once_more(self):
        self.misbehave(duplicates=1)
        for body in "abc":
            self.sqs.send_message(QueueUrl=self.url, MessageBody=body)
        for count in "12":
            got = self.receive(AttributeNames=["All"])
            self.assertEqual([(m["Body"], m["Attributes"]["ApproximateReceiveCount"]) for m in got],
                             [("a", count), ("b", count), ("c", count)])
            for message in got:
                self.sqs.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])
        self.assertEqual(self.counts(), [0, 0, 0])

    def test_reordered_queue_loses_nothing(self):
        self.misbehave(reorder=True, seed=1)
        sent = [f"{i:02}" for i in range(30)]
        for first in range(0, 30, 10):
            self.sqs.send_message_batch(QueueUrl=self.url, Entries=[
                {"Id": body, "MessageBody": body} for body in sent[first:first + 10]])
        got = []
        while page := self.receive():
            got += [message["Body"] for message in page]
        self.assertEqual(sorted(got), sent)
        self.assertNotEqual(got, sent)

    def test_requests_are_slow_refused_and_failed_as_told(self):
        told = self.misbehave(latency_ms=300)
        self.assertEqual((told["latency_ms"], told["throttle"]), (300, 0))
        begin = time.monotonic()
        self.sqs.send_message(QueueUrl=self.url, MessageBody="a")
        self.assertGreaterEqual(time.monotonic() - begin, 0.3)
        self.misbehave(throttle=1)
        with self.assertRaises(ClientError) as refused:
            self.sqs.send_message(QueueUrl=self.url, MessageBody="b")
        self.assertIn("RequestThrottled", refused.exception.response["Error"]["Code"])
        self.misbehave(errors_5xx=1)
        statuses = set()
        for _ in range(40):
            with self.assertRaises(ClientError) as failed:
                self.sqs.receive_message(QueueUrl=self.url)
            statuses.add(failed.exception.response["ResponseMetadata"]["HTTPStatusCode"])
        self.assertEqual(statuses, {500, 503})
        path = f"/queues/{emulated.ACCOUNT}/{emulated.REGION}/orders/misbehaviour"
        self.assertEqual(self.help("GET", path)["errors_5xx"], 1)
        self.assertEqual(self.help("DELETE", path)["errors_5xx"], 0)
        self.assertEqual([message["Body"] for message in self.receive()], ["a"])

    def test_what_a_queue_cannot_do_is_refused(self):
        self.sqs.create_queue(QueueName="q.fifo", Attributes={"FifoQueue": "true"})
        self.assertIn("FIFO", self.misbehave(400, "q.fifo", duplicates=0.5)["error"])
        self.assertIn("FIFO", self.misbehave(400, "q.fifo", reorder=True)["error"])
        self.misbehave(200, "q.fifo", throttle=0.5)
        self.assertIn("0 to 1", self.misbehave(400, throttle=2)["error"])
        self.assertIn("Known: duplicates", self.misbehave(400, chaos=True)["error"])
        self.misbehave(404, "none")

    def test_strict_hub_and_web_pages_are_refused(self):
        strict = emulated.start(self, METRICS.replace("hub: {", "hub: {mode: strict, "))
        path = f"/queues/{emulated.ACCOUNT}/{emulated.REGION}/orders/misbehaviour"
        for method, where, body in (("POST", "/clock", {"advance": 1}), ("POST", "/reset", None), ("PUT", path, {}),
                                    ("GET", "/clock", None)):
            self.assertIn("mode: local only", self.help(method, where, body, 403, hub=strict)["error"])
            for fields in ({"Origin": "http://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"},
                           {"Sec-Fetch-Site": "same-site"}):
                self.assertEqual(ask(self.hub.http, method, "/_penstock" + where, json.dumps(body), fields)[0], 403)
            self.assertEqual(ask(self.hub.http, method, "/_penstock" + where, json.dumps(body),
                                 {"Host": "evil.example"})[0], 421)
            self.assertEqual(ask(strict.metrics, method, "/_penstock" + where, json.dumps(body))[0], 404)
        self.assertEqual(len(self.sqs.list_queues()["QueueUrls"]), 1)


if __name__ == "__main__":
    unittest.main()
