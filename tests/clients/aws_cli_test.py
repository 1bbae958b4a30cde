#!/usr/bin/python3
"""The AWS CLI of Debian, as a developer's script calls it: what it prints, and its exit codes.

The program spends most of its second with loading itself. Here that is done once: a call is a fork that goes on as
/usr/bin/aws does. One test runs the program itself.

aws_cli_test.py --binary=PATH [unittest options]
"""
import json
import os
import subprocess
import sys
import tempfile
import time
import traceback
import unittest
import urllib.parse
import urllib.request
import warnings

import awscli.clidriver  # First: it brings a botocore of its own, which boto3 must not have loaded before.
import awscli.handlers  # noqa: F401, which each call would load.

import emulated
from emulated import ACCOUNT, REGION
from running import PATIENCE_S

# What the CLI exits with when the service refuses, and when the command line itself is wrong.
REFUSED = 254
MISUSED = 252


def queue_arn(name):
    return f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}"


def topic_arn(name):
    return f"arn:aws:sns:{REGION}:{ACCOUNT}:{name}"


class AwsCliTest(unittest.TestCase):
    def setUp(self):
        self.hub = emulated.start(self)

    def environment(self):
        """Nothing of this machine's own configuration, nor its user's."""
        return {"PATH": "/usr/bin:/bin", "HOME": self.hub.directory, "LC_ALL": "C.UTF-8", "AWS_ACCESS_KEY_ID": "test",
                "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": REGION, "AWS_PAGER": "",
                "AWS_DEFAULT_OUTPUT": "json", "AWS_EC2_METADATA_DISABLED": "true"}

    def arguments(self, *more):
        return ["aws", "--endpoint-url", self.hub.http, *more]

    def run_aws(self, *arguments):
        """(exit code, stdout, stderr)"""
        with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as errors:
            sys.stdout.flush()
            child = os.fork()
            if child == 0:
                self.become_aws(arguments, out.fileno(), errors.fileno())
            _, status = os.waitpid(child, 0)
            out.seek(0)
            errors.seek(0)
            return os.waitstatus_to_exitcode(status), out.read(), errors.read()

    def become_aws(self, arguments, out, errors):
        """Never returns: nothing of the test may run in the child."""
        status = 1
        try:
            os.dup2(out, 1)
            os.dup2(errors, 2)
            data = os.environ["AWS_DATA_PATH"]  # Which the program sets while it loads.
            os.environ.clear()
            os.environ.update(self.environment(), AWS_DATA_PATH=data)
            warnings.simplefilter("ignore")  # As in a program that is no unittest.
            sys.argv = self.arguments(*arguments)
            status = awscli.clidriver.main()
            sys.stdout.flush()
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(status)

    def text(self, *arguments):
        code, out, errors = self.run_aws(*arguments)
        self.assertEqual((code, errors), (0, ""), arguments)
        return out

    def aws(self, *arguments):
        """What the CLI prints, which is nothing when the answer is empty."""
        printed = self.text(*arguments)
        return json.loads(printed) if printed else {}

    def refused(self, code, operation, text, *arguments):
        status, out, errors = self.run_aws(*arguments)
        self.assertEqual((status, out), (REFUSED, ""), errors)
        self.assertIn(f"An error occurred ({code}) when calling the {operation} operation: {text}", errors)

    def create(self, name, **attributes):
        options = ["--attributes", json.dumps(attributes)] if attributes else []
        return self.aws("sqs", "create-queue", "--queue-name", name, *options)["QueueUrl"]

    def quickly(self, service, **query):
        """A call without the CLI, for what there must be much of."""
        credential = f"Credential=test/20260101/{REGION}/{service}/aws4_request, SignedHeaders=host, Signature=0"
        request = urllib.request.Request(f"{self.hub.http}/?{urllib.parse.urlencode(query)}",
                                         headers={"Authorization": "AWS4-HMAC-SHA256 " + credential})
        with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
            answer.read()

    def test_message_is_sent_received_hidden_shown_and_deleted(self):
        url = self.create("orders")
        self.assertEqual(url, f"{self.hub.http}/{ACCOUNT}/orders")
        sent = self.aws("sqs", "send-message", "--queue-url", url, "--message-body", "h\u00e9llo <&> \U0001f600",
                        "--message-attributes", '{"MyAttribute": {"DataType": "String", "StringValue": "foobar"}}')
        self.assertEqual(sent["MD5OfMessageAttributes"], "adb59cd4678ea5a855436b949cd07ab6")
        receive = ("sqs", "receive-message", "--queue-url", url, "--attribute-names", "All",
                   "--message-attribute-names", "All")
        [message] = self.aws(*receive)["Messages"]
        self.assertEqual((message["Body"], message["MessageId"]), ("h\u00e9llo <&> \U0001f600", sent["MessageId"]))
        self.assertEqual(message["MessageAttributes"]["MyAttribute"]["StringValue"], "foobar")
        self.assertEqual(message["Attributes"]["ApproximateReceiveCount"], "1")
        self.assertEqual(self.text(*receive), "")
        self.text("sqs", "change-message-visibility", "--queue-url", url, "--receipt-handle", message["ReceiptHandle"],
                  "--visibility-timeout", "0")
        [again] = self.aws(*receive)["Messages"]
        self.assertEqual(again["Attributes"]["ApproximateReceiveCount"], "2")
        self.text("sqs", "delete-message", "--queue-url", url, "--receipt-handle", again["ReceiptHandle"])
        counted = self.text("sqs", "get-queue-attributes", "--queue-url", url, "--attribute-names", "All", "--query",
                            "Attributes.[ApproximateNumberOfMessages,ApproximateNumberOfMessagesNotVisible]",
                            "--output", "text")
        self.assertEqual(counted.split(), ["0", "0"])

    def test_entries_of_batches_succeed_or_fail_alone(self):
        url = self.create("orders", MaximumMessageSize="1024")
        sent = self.aws("sqs", "send-message-batch", "--queue-url", url, "--entries", json.dumps(
            [{"Id": "a", "MessageBody": "a"}, {"Id": "b", "MessageBody": "x" * 1025}, {"Id": "c", "MessageBody": "c"}]))
        self.assertEqual([entry["Id"] for entry in sent["Successful"]], ["a", "c"])
        self.assertEqual([(entry["Id"], entry["Code"], entry["SenderFault"]) for entry in sent["Failed"]],
                         [("b", "InvalidParameterValue", True)])
        messages = self.aws("sqs", "receive-message", "--queue-url", url, "--max-number-of-messages", "10")["Messages"]
        self.assertEqual(sorted(m["Body"] for m in messages), ["a", "c"])
        entries = [{"Id": str(i), "ReceiptHandle": m["ReceiptHandle"]} for i, m in enumerate(messages)]
        hidden = self.aws("sqs", "change-message-visibility-batch", "--queue-url", url, "--entries", json.dumps(
            [{**entry, "VisibilityTimeout": 600} for entry in entries]))
        self.assertEqual(hidden, {"Successful": [{"Id": "0"}, {"Id": "1"}]})
        deleted = self.aws("sqs", "delete-message-batch", "--queue-url", url, "--entries", json.dumps(
            entries + [{"Id": "x", "ReceiptHandle": "garbage"}]))
        self.assertEqual(deleted["Successful"], [{"Id": "0"}, {"Id": "1"}])
        self.assertEqual([(entry["Id"], entry["Code"]) for entry in deleted["Failed"]],
                         [("x", "ReceiptHandleIsInvalid")])
        self.refused("AWS.SimpleQueueService.TooManyEntriesInBatchRequest", "SendMessageBatch",
                     "Maximum number of entries per request are 10. You have sent 11.",
                     "sqs", "send-message-batch", "--queue-url", url, "--entries",
                     json.dumps([{"Id": str(i), "MessageBody": "a"} for i in range(11)]))

    def test_long_poll_prints_what_was_sent_meanwhile(self):
        url = self.create("orders")
        poll = self.arguments("sqs", "receive-message", "--queue-url", url, "--wait-time-seconds", "20")
        with subprocess.Popen(["/usr/bin/" + poll[0], *poll[1:]], stdout=subprocess.PIPE, text=True,
                              env=self.environment()) as waiting:
            self.text("sqs", "send-message", "--queue-url", url, "--message-body", "at last")
            sent = time.monotonic()
            printed, _ = waiting.communicate(timeout=PATIENCE_S * 2)
        self.assertEqual(waiting.returncode, 0)
        self.assertEqual([m["Body"] for m in json.loads(printed)["Messages"]], ["at last"])
        self.assertLess(time.monotonic() - sent, 15)

    def test_fifo_queue_keeps_order_and_sends_once(self):
        url = self.create("orders.fifo", FifoQueue="true")
        send = ("sqs", "send-message", "--queue-url", url, "--message-group-id", "g", "--message-body")
        first = self.aws(*send, "a", "--message-deduplication-id", "1")
        again = self.aws(*send, "a", "--message-deduplication-id", "1")
        self.assertEqual(again["SequenceNumber"], first["SequenceNumber"])
        self.text(*send, "b", "--message-deduplication-id", "2")
        messages = self.aws("sqs", "receive-message", "--queue-url", url, "--max-number-of-messages", "10",
                            "--attribute-names", "MessageGroupId", "SequenceNumber")["Messages"]
        self.assertEqual([m["Body"] for m in messages], ["a", "b"])
        self.assertEqual(messages[0]["Attributes"], {"MessageGroupId": "g", "SequenceNumber": first["SequenceNumber"]})
        self.refused("InvalidParameterValue", "SendMessage", "The queue should either have ContentBasedDeduplication "
                     "enabled or MessageDeduplicationId provided explicitly", *send, "c")

    def test_message_that_nobody_deletes_ends_in_the_dead_letter_queue(self):
        dead = self.create("dead")
        redrive = json.dumps({"deadLetterTargetArn": queue_arn("dead"), "maxReceiveCount": "1"})
        url = self.create("orders", RedrivePolicy=redrive, VisibilityTimeout="0")
        self.assertEqual(self.aws("sqs", "list-dead-letter-source-queues", "--queue-url", dead), {"queueUrls": [url]})
        self.text("sqs", "send-message", "--queue-url", url, "--message-body", "poison")
        receive = ("sqs", "receive-message", "--attribute-names", "All", "--queue-url")
        self.assertEqual(len(self.aws(*receive, url)["Messages"]), 1)
        self.assertEqual(self.text(*receive, url), "")
        [letter] = self.aws(*receive, dead)["Messages"]
        self.assertEqual((letter["Body"], letter["Attributes"]["DeadLetterQueueSourceArn"]),
                         ("poison", queue_arn("orders")))

    def test_queue_is_tagged_changed_purged_and_deleted(self):
        url = self.aws("sqs", "create-queue", "--queue-name", "orders", "--tags", "team=shop,stage=test")["QueueUrl"]
        self.text("sqs", "tag-queue", "--queue-url", url, "--tags", "owner=me")
        self.text("sqs", "untag-queue", "--queue-url", url, "--tag-keys", "stage")
        self.assertEqual(self.aws("sqs", "list-queue-tags", "--queue-url", url),
                         {"Tags": {"team": "shop", "owner": "me"}})
        self.text("sqs", "set-queue-attributes", "--queue-url", url, "--attributes",
                  "VisibilityTimeout=60,DelaySeconds=0")
        self.text("sqs", "send-message", "--queue-url", url, "--message-body", "a")
        self.text("sqs", "purge-queue", "--queue-url", url)
        got = self.aws("sqs", "get-queue-attributes", "--queue-url", url, "--attribute-names", "VisibilityTimeout",
                       "ApproximateNumberOfMessages", "QueueArn")["Attributes"]
        self.assertEqual(got, {"VisibilityTimeout": "60", "ApproximateNumberOfMessages": "0",
                               "QueueArn": queue_arn("orders")})
        self.text("sqs", "delete-queue", "--queue-url", url)
        self.refused("AWS.SimpleQueueService.NonExistentQueue", "GetQueueUrl",
                     "The specified queue does not exist for this wsdl version.", "sqs", "get-queue-url",
                     "--queue-name", "orders")

    def test_lists_are_paged_as_the_caller_wants(self):
        # With a page size the hub pages; with a maximum the CLI cuts, and prints a token of its own to go on from.
        for i in range(5):
            self.quickly("sqs", Action="CreateQueue", QueueName=f"many-{i}")

        def names(page):
            return [url.rsplit("/", 1)[1] for url in page.get("QueueUrls", [])]

        every = self.aws("sqs", "list-queues", "--queue-name-prefix", "many-", "--page-size", "2")
        self.assertEqual(names(every), [f"many-{i}" for i in range(5)])
        first = self.aws("sqs", "list-queues", "--page-size", "2", "--max-items", "3")
        self.assertEqual(names(first), ["many-0", "many-1", "many-2"])
        rest = self.aws("sqs", "list-queues", "--page-size", "2", "--starting-token", first["NextToken"])
        self.assertEqual(names(rest), ["many-3", "many-4"])
        self.assertEqual(self.text("sqs", "list-queues", "--queue-name-prefix", "none"), "")
        for i in range(103):
            self.quickly("sns", Action="CreateTopic", Name=f"topic-{i:03}")
        topics = self.text("sns", "list-topics", "--query", "Topics[].TopicArn", "--output", "text").split()
        self.assertEqual(topics, [topic_arn(f"topic-{i:03}") for i in range(103)])
        some = self.aws("sns", "list-topics", "--max-items", "2")
        self.assertEqual([t["TopicArn"] for t in some["Topics"]], topics[:2])

    def test_errors_are_told_with_their_codes(self):
        url = self.create("orders")
        self.refused("ReceiptHandleIsInvalid", "DeleteMessage",
                     'The input receipt handle "garbage" is not a valid receipt handle.',
                     "sqs", "delete-message", "--queue-url", url, "--receipt-handle", "garbage")
        self.refused("InvalidParameterValue", "ReceiveMessage", "Value 11 for parameter MaxNumberOfMessages is "
                     "invalid. Reason: Must be between 1 and 10, if provided.",
                     "sqs", "receive-message", "--queue-url", url, "--max-number-of-messages", "11")
        self.refused("QueueAlreadyExists", "CreateQueue", "A queue already exists with the same name and a different "
                     "value for attribute DelaySeconds", "sqs", "create-queue", "--queue-name", "orders",
                     "--attributes", "DelaySeconds=7")
        self.refused("InvalidAttributeName", "GetQueueAttributes", "Unknown Attribute Foobar.", "sqs",
                     "get-queue-attributes", "--queue-url", url, "--attribute-names", "Foobar")
        self.refused("NotFound", "Publish", "Topic does not exist", "sns", "publish", "--topic-arn", topic_arn("none"),
                     "--message", "a")
        self.refused("InvalidParameter", "CreateTopic", "Invalid parameter: Topic Name", "sns", "create-topic",
                     "--name", "a b")
        self.assertEqual(self.run_aws("sqs", "send-message", "--queue-url", url)[0], MISUSED)

    def test_topic_fans_out_raw_and_filtered(self):
        topic = self.aws("sns", "create-topic", "--name", "news", "--attributes", "DisplayName=News",
                         "--tags", "Key=team,Value=shop")["TopicArn"]
        self.assertEqual(topic, topic_arn("news"))
        raw, wrapped = self.create("raw"), self.create("wrapped")
        subscribe = ("sns", "subscribe", "--topic-arn", topic, "--protocol", "sqs", "--notification-endpoint")
        filtered = self.aws(*subscribe, queue_arn("raw"), "--attributes", json.dumps({
            "RawMessageDelivery": "true", "FilterPolicy": json.dumps({"event": ["placed"]})}))["SubscriptionArn"]
        self.text(*subscribe, queue_arn("wrapped"), "--return-subscription-arn")
        publish = ("sns", "publish", "--topic-arn", topic)
        self.text(*publish, "--message", "of nobody")
        published = self.aws(*publish, "--message", "hello", "--subject", "greeting", "--message-attributes",
                             json.dumps({"event": {"DataType": "String", "StringValue": "placed"}}))
        receive = ("sqs", "receive-message", "--max-number-of-messages", "10", "--message-attribute-names", "All",
                   "--queue-url")
        [message] = self.aws(*receive, raw)["Messages"]
        self.assertEqual((message["Body"], message["MessageAttributes"]["event"]["StringValue"]), ("hello", "placed"))
        envelopes = {e["Message"]: e for e in (json.loads(m["Body"]) for m in self.aws(*receive, wrapped)["Messages"])}
        self.assertEqual(set(envelopes), {"of nobody", "hello"})
        self.assertEqual((envelopes["hello"]["Subject"], envelopes["hello"]["MessageId"]),
                         ("greeting", published["MessageId"]))
        self.text("sns", "set-subscription-attributes", "--subscription-arn", filtered, "--attribute-name",
                  "FilterPolicyScope", "--attribute-value", "MessageBody")
        self.assertEqual(self.aws("sns", "get-subscription-attributes", "--subscription-arn", filtered)["Attributes"]
                         ["FilterPolicyScope"], "MessageBody")
        batch = self.aws("sns", "publish-batch", "--topic-arn", topic, "--publish-batch-request-entries", json.dumps(
            [{"Id": "1", "Message": json.dumps({"event": "placed"})}, {"Id": "2", "Message": ""}]))
        self.assertEqual(([e["Id"] for e in batch["Successful"]], [e["Id"] for e in batch["Failed"]]), (["1"], ["2"]))
        [message] = self.aws(*receive, raw)["Messages"]
        self.assertEqual(message["Body"], '{"event": "placed"}')

    def test_topic_is_described_unsubscribed_and_deleted(self):
        topic = self.aws("sns", "create-topic", "--name", "news")["TopicArn"]
        self.create("readers")
        subscription = self.aws("sns", "subscribe", "--topic-arn", topic, "--protocol", "sqs",
                                "--notification-endpoint", queue_arn("readers"))["SubscriptionArn"]
        listed = self.aws("sns", "list-subscriptions-by-topic", "--topic-arn", topic)["Subscriptions"]
        self.assertEqual([(s["SubscriptionArn"], s["Endpoint"]) for s in listed],
                         [(subscription, queue_arn("readers"))])
        self.text("sns", "set-topic-attributes", "--topic-arn", topic, "--attribute-name", "DisplayName",
                  "--attribute-value", "News")
        got = self.aws("sns", "get-topic-attributes", "--topic-arn", topic)["Attributes"]
        self.assertEqual((got["DisplayName"], got["SubscriptionsConfirmed"]), ("News", "1"))
        self.text("sns", "unsubscribe", "--subscription-arn", subscription)
        self.assertEqual(self.aws("sns", "list-subscriptions")["Subscriptions"], [])
        self.text("sns", "delete-topic", "--topic-arn", topic)
        self.text("sns", "delete-topic", "--topic-arn", topic)

    def test_caller_is_told_who_they_are(self):
        self.assertEqual(self.aws("sts", "get-caller-identity")["Account"], ACCOUNT)


if __name__ == "__main__":
    unittest.main()
