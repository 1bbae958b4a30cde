#!/usr/bin/python3
"""What the page for those who come from other emulators says: its configurations start and do what it claims.

migration_test.py --binary=PATH [unittest options]
"""
import http.client
import json
import pathlib
import re
import tempfile
import unittest

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from running import PATIENCE_S, Hub, run

PAGE = (pathlib.Path(__file__).resolve().parents[2] / "adapters/aws/MIGRATING.md").read_text("utf-8")


def configurations():
    """{heading: the YAML below it}"""
    found, heading = {}, ""
    for part in re.split(r"^(## .*)$", PAGE, flags=re.MULTILINE):
        if part.startswith("## "):
            heading = part.removeprefix("## ")
        for block in re.findall(r"^```yaml\n(.*?)^```$", part, re.MULTILINE | re.DOTALL):
            assert heading not in found, "one configuration below each heading"
            found[heading] = block
    return found


CONFIGURATIONS = configurations()


class PageTest(unittest.TestCase):
    def test_every_configuration_is_fine_and_says_its_emulators_port(self):
        self.assertEqual(list(CONFIGURATIONS), ["LocalStack", "ElasticMQ", "GoAws", "moto"])
        for (name, text), port in zip(CONFIGURATIONS.items(), (4566, 9324, 4100, 5000)):
            with self.subTest(name), tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
                file.write(text)
                file.flush()
                self.assertEqual((run("check", "--config", file.name)[0::2]), (0, ""))
                self.assertIn(f'"http://127.0.0.1:{port}"', text)

    def test_links_lead_somewhere(self):
        root = pathlib.Path(__file__).resolve().parents[2]
        for path in re.findall(r"`((?:config|examples|adapters)/[\w./-]+)`", PAGE):
            self.assertTrue((root / path).exists(), path)
        for path in re.findall(r"\]\(([\w./-]+)\)", PAGE):
            self.assertTrue((root / "adapters/aws" / path).exists(), path)
        for page in ("README.md", "adapters/aws/README.md"):
            self.assertIn("MIGRATING.md", (root / page).read_text("utf-8"))


class HubOfThePage(unittest.TestCase):
    def start(self, name, replaced=("", "")):
        text = re.sub(r'(http://127\.0\.0\.1):\d+"', r'\1:0"', CONFIGURATIONS[name])
        self.hub = Hub(text.replace(*replaced))
        self.addCleanup(self.hub.__exit__)
        self.hub.start()

    def client(self, service, account, region="us-east-1"):
        client = boto3.client(service, endpoint_url=self.hub.http, region_name=region, aws_access_key_id=account,
                              aws_secret_access_key="test", config=Config(retries={"max_attempts": 0}))
        self.addCleanup(client.close)
        return client

    def names(self, sqs):
        return sorted(url.split("/")[-1] for url in sqs.list_queues().get("QueueUrls", []))

    def bodies(self, sqs, url):
        return [m["Body"] for m in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])]

    def status(self, host):
        """Of a call by that name."""
        connection = http.client.HTTPConnection(self.hub.http.removeprefix("http://"), timeout=PATIENCE_S)
        self.addCleanup(connection.close)
        connection.request("POST", "/", "Action=ListQueues&Version=2012-11-05",
                           {"Host": host, "Content-Type": "application/x-www-form-urlencoded"})
        return connection.getresponse().status


class LocalStackTest(HubOfThePage):
    def setUp(self):
        self.start("LocalStack")
        self.sqs = self.client("sqs", "test")

    def test_declared_queues_are_there_and_may_be_changed_and_deleted(self):
        self.assertEqual(self.names(self.sqs), ["orders", "orders-dead"])
        url = self.sqs.create_queue(QueueName="orders-dead")["QueueUrl"]
        self.sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "7"})
        self.sqs.purge_queue(QueueUrl=url)
        self.sqs.purge_queue(QueueUrl=url)
        self.sqs.delete_queue(QueueUrl=url)
        self.sqs.create_queue(QueueName="orders-dead", Attributes={"VisibilityTimeout": "9"})

    def test_topic_delivers_what_the_filter_admits(self):
        sns = self.client("sns", "test")
        for kind in ("placed", "cancelled"):
            sns.publish(TopicArn="arn:aws:sns:us-east-1:000000000000:events", Message=kind, MessageAttributes={
                "kind": {"DataType": "String", "StringValue": kind}})
        url = self.sqs.get_queue_url(QueueName="orders")["QueueUrl"]
        self.assertEqual([json.loads(body)["Message"] for body in self.bodies(self.sqs, url)], ["placed"])

    def test_queue_urls_of_all_strategies_are_understood(self):
        for url in ("http://sqs.us-east-1.localhost.localstack.cloud:4566/000000000000/orders",
                    "http://us-east-1.queue.localhost.localstack.cloud:4566/000000000000/orders",
                    "http://localhost:4566/queue/us-east-1/000000000000/orders",
                    "http://localhost:4566/000000000000/orders", "orders"):
            with self.subTest(url):
                self.send(url)

    def send(self, url):
        """With the URL in the request, which goes to the hub: botocore would call the URL's own host."""
        connection = http.client.HTTPConnection(self.hub.http.removeprefix("http://"), timeout=PATIENCE_S)
        self.addCleanup(connection.close)
        connection.request("POST", "/", json.dumps({"QueueUrl": url, "MessageBody": "a"}), {
            "Authorization": "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/sqs/aws4_request, "
                             "SignedHeaders=host, Signature=0",
            "X-Amz-Target": "AmazonSQS.SendMessage", "Content-Type": "application/x-amz-json-1.0"})
        response = connection.getresponse()
        answer = response.read().decode()
        self.assertEqual(response.status, 200, answer)

    def test_url_without_an_account_means_the_callers(self):
        self.send("http://localhost:9324/queue/orders")

    def test_pages_of_localstack_are_there(self):
        address = self.hub.http.removeprefix("http://")
        self.send("orders")
        for path, piece in (("/_localstack/health", '"sqs": "running"'),
                            (f"/_aws/sqs/messages?QueueUrl={self.hub.http}/000000000000/orders", "<Body>a</Body>")):
            connection = http.client.HTTPConnection(address, timeout=PATIENCE_S)
            self.addCleanup(connection.close)
            connection.request("GET", path)
            self.assertIn(piece, connection.getresponse().read().decode())

    def test_names_of_localstack_are_answered(self):
        for host in ("localhost:4566", "localhost.localstack.cloud:4566",
                     "sqs.us-east-1.localhost.localstack.cloud:4566", "penstock:4566", "10.1.2.3:4566"):
            self.assertEqual((host, self.status(host)), (host, 200))
        self.assertEqual(self.status("us-east-1.goaws:4100"), 421)

    def test_another_region_has_queues_of_its_own(self):
        self.assertEqual(self.names(self.client("sqs", "test", "eu-west-1")), [])


class ElasticMqTest(HubOfThePage):
    def test_queues_have_the_attributes_that_the_other_file_gave_them(self):
        self.start("ElasticMQ")
        sqs = self.client("sqs", "x", "eu-west-1")
        self.assertEqual(self.names(sqs), ["invoices.fifo", "orders", "orders-dead"])
        def attributes(name):
            return sqs.get_queue_attributes(QueueUrl=f"{self.hub.http}/000000000000/{name}", AttributeNames=["All"])[
                "Attributes"]
        orders = attributes("orders")
        self.assertEqual({name: orders[name] for name in (
            "VisibilityTimeout", "DelaySeconds", "ReceiveMessageWaitTimeSeconds", "MaximumMessageSize")},
            {"VisibilityTimeout": "10", "DelaySeconds": "5", "ReceiveMessageWaitTimeSeconds": "20",
             "MaximumMessageSize": "262144"})
        self.assertEqual(json.loads(orders["RedrivePolicy"])["deadLetterTargetArn"],
                         "arn:aws:sqs:eu-west-1:000000000000:orders-dead")
        self.assertEqual(attributes("invoices.fifo")["ContentBasedDeduplication"], "true")
        tags = sqs.list_queue_tags(QueueUrl=f"{self.hub.http}/000000000000/orders")["Tags"]
        self.assertEqual(tags, {"team": "billing"})

    def test_declared_queues_are_not_changed_by_clients(self):
        self.start("ElasticMQ")
        sqs = self.client("sqs", "x", "eu-west-1")
        sqs.create_queue(QueueName="orders-dead")
        with self.assertRaises(ClientError) as caught:
            sqs.set_queue_attributes(QueueUrl=f"{self.hub.http}/000000000000/orders",
                                     Attributes={"VisibilityTimeout": "1"})
        self.assertIn("drift: allow", str(caught.exception))


class GoAwsTest(HubOfThePage):
    def test_topic_delivers_raw_and_filtered_and_in_envelopes(self):
        self.start("GoAws")
        sqs, sns = self.client("sqs", "100010001000"), self.client("sns", "100010001000")
        self.assertEqual(self.names(sqs), ["archive", "audit", "orders"])
        self.assertEqual(len(sns.list_topics()["Topics"]), 2)
        for kind in ("placed", "cancelled"):
            sns.publish(TopicArn="arn:aws:sns:us-east-1:100010001000:events", Message=kind, MessageAttributes={
                "kind": {"DataType": "String", "StringValue": kind}})
        self.assertEqual(self.bodies(sqs, f"{self.hub.http}/100010001000/orders"), ["placed"])
        archived = [json.loads(body)["Message"] for body in self.bodies(sqs, f"{self.hub.http}/100010001000/archive")]
        self.assertEqual(sorted(archived), ["cancelled", "placed"])
        self.assertEqual(self.status("us-east-1.goaws:4100"), 200)

    def test_any_other_access_key_is_somebody_else(self):
        self.start("GoAws")
        self.assertEqual(self.names(self.client("sqs", "test")), [])

    def test_grants_matter_once_policies_are_enforced(self):
        self.start("GoAws", ("hub:\n", "hub:\n  policies: enforce\n"))
        sqs, sns = self.client("sqs", "100010001000"), self.client("sns", "100010001000")
        sns.publish(TopicArn="arn:aws:sns:us-east-1:100010001000:events", Message="granted")
        self.assertEqual(len(self.bodies(sqs, f"{self.hub.http}/100010001000/archive")), 1)


class MotoTest(HubOfThePage):
    def test_reset_takes_what_tests_have_made(self):
        self.start("moto")
        sqs = self.client("sqs", "123456789012")
        sqs.create_queue(QueueName="orders")
        connection = http.client.HTTPConnection(self.hub.http.removeprefix("http://"), timeout=PATIENCE_S)
        self.addCleanup(connection.close)
        connection.request("POST", "/_penstock/reset")
        self.assertEqual(connection.getresponse().status, 200)
        self.assertEqual(self.names(sqs), [])

    def test_account_is_that_of_moto(self):
        self.start("moto")
        sqs = self.client("sqs", "123456789012")
        url = sqs.create_queue(QueueName="orders")["QueueUrl"]
        self.assertEqual(url, f"{self.hub.http}/123456789012/orders")
        self.assertEqual(self.client("sts", "123456789012").get_caller_identity()["Account"], "123456789012")
        self.assertEqual(self.client("sts", "test").get_caller_identity()["Account"], "000000000000")


class PolicyTest(HubOfThePage):
    """What the page tells of `policies: log`, on a topic and a queue that clients made as for an emulator."""

    def setUp(self):
        self.start("LocalStack")
        self.sqs, self.sns = self.client("sqs", "test"), self.client("sns", "test")
        self.url = self.sqs.create_queue(QueueName="mail")["QueueUrl"]
        self.topic = self.sns.create_topic(Name="news")["TopicArn"]
        self.sns.subscribe(TopicArn=self.topic, Protocol="sqs", Endpoint="arn:aws:sqs:us-east-1:000000000000:mail",
                           Attributes={"RawMessageDelivery": "true"})

    def publish(self, message):
        self.sns.publish(TopicArn=self.topic, Message=message)

    def test_delivery_is_done_and_logged_once_in_the_words_of_the_page(self):
        self.publish("first")
        self.publish("second")
        self.assertEqual(sorted(self.bodies(self.sqs, self.url)), ["first", "second"])
        [line] = re.findall(r"WOULD DENY: .*", self.hub.log())
        quoted = re.search(r"^```\n(WOULD DENY: .*?)\n```$", PAGE, re.MULTILINE | re.DOTALL).group(1)
        self.assertEqual(quoted.split(), re.sub(r',("Principal|"Resource|"Condition)', r",\n\1", line).split())

    def test_statement_of_the_log_is_what_was_missing(self):
        self.publish("first")
        self.hub.logs("WOULD DENY")
        statement = re.search(r'(\{"Effect".*\}) \(from', self.hub.log()).group(1)
        self.sqs.set_queue_attributes(QueueUrl=self.url, Attributes={"Policy": json.dumps(
            {"Version": "2012-10-17", "Statement": json.loads(statement)})})
        self.publish("second")
        self.hub.reload(self.enforced())
        self.publish("third")
        self.assertEqual(sorted(self.bodies(self.sqs, self.url)), ["first", "second", "third"])
        self.assertEqual(self.hub.log().count("WOULD DENY"), 1)

    def test_enforced_is_refused_in_the_same_words(self):
        self.publish("first")
        self.hub.logs("WOULD DENY")
        self.hub.reload(self.enforced())
        self.publish("second")
        self.assertEqual(self.bodies(self.sqs, self.url), ["first"])
        log = self.hub.log()
        self.assertEqual(re.search(r"WOULD (DENY: .*)", log).group(1).replace("DENY", "DENIED"),
                         re.search(r" (DENIED: .*)", log).group(1))

    def test_another_accounts_queue_is_refused_once_enforced(self):
        stranger = self.client("sqs", "222222222222")
        stranger.send_message(QueueUrl=self.url, MessageBody="mine")
        self.hub.logs("WOULD DENY: User: arn:aws:iam::222222222222:root is not authorized to perform: sqs:SendMessage")
        self.hub.reload(self.enforced())
        with self.assertRaises(ClientError) as caught:
            stranger.send_message(QueueUrl=self.url, MessageBody="mine")
        self.assertEqual(caught.exception.response["Error"]["Code"], "AccessDenied")

    def enforced(self):
        with open(self.hub.config, encoding="utf-8") as file:
            return file.read().replace("hub:\n", "hub:\n  policies: enforce\n", 1)


if __name__ == "__main__":
    unittest.main()
