#!/usr/bin/python3
"""Subscribers of SNS that are not queues: what they are sent, and what becomes of it when they do not take it.

push_test.py --binary=PATH [unittest options]
"""
import base64
import json
import unittest
import urllib.request

from botocore.exceptions import ClientError

import emulated
from emulated import ACCOUNT, REGION
from running import PATIENCE_S, within
from subscriber import Subscriber, is_signed, visit

# One second is the shortest that SNS allows.
AT_ONCE = json.dumps({"healthyRetryPolicy": {"numRetries": 2, "numNoDelayRetries": 2, "minDelayTarget": 1,
                                             "maxDelayTarget": 1}})
AFTER_A_SECOND = json.dumps({"healthyRetryPolicy": {"numRetries": 3, "numMinDelayRetries": 3, "minDelayTarget": 1,
                                                    "maxDelayTarget": 1}})


class PushTest(unittest.TestCase):
    def setUp(self):
        self.hub = emulated.start(self)
        self.connect()
        self.subscriber = Subscriber(self)

    def connect(self):
        self.sns = emulated.client(self.hub, "sns")
        self.sqs = emulated.client(self.hub, "sqs")

    def topic(self, name="news", **attributes):
        return self.sns.create_topic(Name=name, Attributes=attributes)["TopicArn"]

    def queue(self, name):
        """(URL, ARN)"""
        return self.sqs.create_queue(QueueName=name)["QueueUrl"], f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}"

    def subscribe(self, topic, **attributes):
        """The ARN of the subscriber's own, confirmed."""
        arn = self.sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=self.subscriber.url, Attributes=attributes,
                                 ReturnSubscriptionArn=True)["SubscriptionArn"]
        self.subscriber.confirm()
        return arn

    def receive(self, url, **arguments):
        return self.sqs.receive_message(QueueUrl=url, WaitTimeSeconds=20, MaxNumberOfMessages=10, **arguments)["Messages"]

    def test_a_subscriber_by_http_is_asked_and_delivers_nothing_before_it_agrees(self):
        topic = self.topic()
        answer = self.sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=self.subscriber.url)
        self.assertEqual(answer["SubscriptionArn"], "pending confirmation")
        self.sns.publish(TopicArn=topic, Message="too early")
        headers, message, confirmed = self.subscriber.confirm()
        self.assertEqual(headers["x-amz-sns-message-type"], "SubscriptionConfirmation")
        self.assertEqual(headers["x-amz-sns-topic-arn"], topic)
        self.assertNotIn("x-amz-sns-subscription-arn", headers)
        self.assertEqual(list(message), ["Type", "MessageId", "Token", "TopicArn", "Message", "SubscribeURL", "Timestamp",
                                         "SignatureVersion", "Signature", "SigningCertURL"])
        self.assertTrue(is_signed(message))
        arn = self.sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"][0]["SubscriptionArn"]
        self.assertIn(f"<SubscriptionArn>{arn}</SubscriptionArn>", confirmed)
        attributes = self.sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]
        self.assertEqual((attributes["PendingConfirmation"], attributes["Protocol"], attributes["Endpoint"],
                          attributes["ConfirmationWasAuthenticated"]), ("false", "http", self.subscriber.url, "false"))
        self.assertIn("healthyRetryPolicy", attributes["EffectiveDeliveryPolicy"])
        self.assertIn(arn, visit(message["SubscribeURL"]))  # Twice is fine.
        self.sns.publish(TopicArn=topic, Message="now")
        self.assertEqual(json.loads(self.subscriber.next()[1])["Message"], "now")

    # rule: aws 130 headers of a delivery by HTTP
    # rule: aws 131 what a signature signs
    def test_a_notification_has_the_headers_and_the_envelope_of_sns_and_a_signature_that_openssl_verifies(self):
        for version in ("1", "2"):
            topic = self.topic("signed" + version, SignatureVersion=version)
            arn = self.subscribe(topic)
            sent = self.sns.publish(TopicArn=topic, Message="snö \U0001f600", Subject="weather", MessageAttributes={
                "n": {"DataType": "Number", "StringValue": "1"}, "b": {"DataType": "Binary", "BinaryValue": b"\0\1"}})
            headers, body = self.subscriber.next()
            message = json.loads(body)
            self.assertEqual({name: headers[name] for name in headers if name.startswith("x-amz-sns-")}, {
                "x-amz-sns-message-type": "Notification", "x-amz-sns-message-id": sent["MessageId"],
                "x-amz-sns-topic-arn": topic, "x-amz-sns-subscription-arn": arn})
            self.assertEqual(headers["Content-Type"], "text/plain; charset=UTF-8")
            self.assertEqual(headers["User-Agent"], "Amazon Simple Notification Service Agent")
            self.assertEqual(list(message), ["Type", "MessageId", "TopicArn", "Subject", "Message", "Timestamp",
                                             "SignatureVersion", "Signature", "SigningCertURL", "UnsubscribeURL",
                                             "MessageAttributes"])
            self.assertEqual(message["SignatureVersion"], version)
            self.assertEqual(message["MessageAttributes"]["b"],
                             {"Type": "Binary", "Value": base64.b64encode(b"\0\1").decode()})
            self.assertTrue(is_signed(message))
            self.assertFalse(is_signed({**message, "Message": "another"}))

    def test_what_a_queue_gets_is_signed_too_unless_its_topic_is_fifo(self):
        topic = self.topic()
        url, arn = self.queue("signed")
        subscription = self.sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)["SubscriptionArn"]
        self.sns.publish(TopicArn=topic, Message="m")
        message = json.loads(self.receive(url)[0]["Body"])
        self.assertTrue(is_signed(message))
        self.assertTrue(message["UnsubscribeURL"].endswith("SubscriptionArn=" + subscription))
        with self.assertRaises(Exception):
            visit(message["UnsubscribeURL"])  # Its owner was known by name: so must be who ends it.
        fifo = self.topic("news.fifo", FifoTopic="true")
        self.sns.subscribe(TopicArn=fifo, Protocol="sqs", Endpoint=arn)
        self.sns.publish(TopicArn=fifo, Message="m", MessageGroupId="g", MessageDeduplicationId="1")
        self.assertEqual(list(json.loads(self.receive(url)[0]["Body"])),
                         ["Type", "MessageId", "SequenceNumber", "TopicArn", "Message", "Timestamp", "UnsubscribeURL"])

    def test_raw_delivery_is_the_message_alone(self):
        topic = self.topic()
        self.subscribe(topic, RawMessageDelivery="true")
        self.sns.publish(TopicArn=topic, Message="bare")
        headers, body = self.subscriber.next()
        self.assertEqual((headers["x-amz-sns-rawdelivery"], body), ("true", "bare"))

    def test_a_filter_holds_for_a_subscriber_by_http(self):
        topic = self.topic()
        self.subscribe(topic, FilterPolicy='{"kind": ["wanted"]}')
        for kind in ("other", "wanted"):
            self.sns.publish(TopicArn=topic, Message=kind,
                             MessageAttributes={"kind": {"DataType": "String", "StringValue": kind}})
        self.assertEqual(json.loads(self.subscriber.next()[1])["Message"], "wanted")

    def test_what_fails_is_tried_again_as_the_delivery_policy_says(self):
        topic = self.topic()
        self.subscribe(topic, DeliveryPolicy=AT_ONCE)
        for status in (500, 503):
            self.subscriber.answers.put(status)
        sent = self.sns.publish(TopicArn=topic, Message="again")["MessageId"]
        seen = [self.subscriber.next()[0]["x-amz-sns-message-id"] for _ in range(3)]
        self.assertEqual(seen, [sent] * 3)

    def test_what_fails_to_the_end_and_what_is_refused_goes_to_the_dead_letter_queue_as_it_was(self):
        topic = self.topic()
        url, dead = self.queue("dead")
        self.subscribe(topic, DeliveryPolicy=AT_ONCE, RedrivePolicy=json.dumps({"deadLetterTargetArn": dead}))
        for status in (500, 500, 500, 404):
            self.subscriber.answers.put(status)
        self.sns.publish(TopicArn=topic, Message="unlucky")
        first = [self.subscriber.next() for _ in range(3)]
        message = self.receive(url, AttributeNames=["All"])[0]
        self.assertEqual(json.loads(message["Body"]), json.loads(first[0][1]))
        self.assertNotIn("DeadLetterQueueSourceArn", message["Attributes"])
        self.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        self.sns.publish(TopicArn=topic, Message="refused")
        self.assertEqual(json.loads(self.receive(url)[0]["Body"])["Message"], "refused")
        self.hub.logs("It answered with status 404. It is in " + dead)

    def test_a_restart_loses_nothing_that_waits_to_be_tried_again(self):
        topic = self.topic()
        self.subscribe(topic, DeliveryPolicy=AFTER_A_SECOND)
        self.subscriber.answers.put(500)
        self.sns.publish(TopicArn=topic, Message="lasting")
        first = self.subscriber.next()
        self.hub.kill()
        self.hub.start()
        # It may still count as on its way, which it is for a minute.
        request = urllib.request.Request(self.hub.http + "/_penstock/clock", b'{"advance": 61}', method="POST")
        urllib.request.urlopen(request, timeout=PATIENCE_S).close()
        again = self.subscriber.next()
        self.assertEqual(json.loads(again[1])["MessageId"], json.loads(first[1])["MessageId"])

    def test_a_dead_endpoint_slows_nobody(self):
        topic = self.topic()
        self.sns.subscribe(TopicArn=topic, Protocol="http", Endpoint="http://127.0.0.1:1/nobody")
        self.subscribe(topic)
        for i in range(200):
            self.sns.publish(TopicArn=topic, Message=str(i))
        seen = {json.loads(self.subscriber.next()[1])["Message"] for _ in range(200)}
        self.assertEqual(seen, {str(i) for i in range(200)})

    def test_nothing_that_a_publisher_writes_makes_a_message_one_of_the_hub(self):
        topic = self.topic()
        self.subscribe(topic)
        for group in ("SubscriptionConfirmation", "UnsubscribeConfirmation"):
            self.sns.publish(TopicArn=topic, Message="forged", MessageGroupId=group)
            headers, body = self.subscriber.next()
            self.assertEqual((headers["x-amz-sns-message-type"], json.loads(body)["Type"]), ("Notification",) * 2)
        self.sns.publish(TopicArn=topic, Message="next")
        self.assertEqual(json.loads(self.subscriber.next()[1])["Message"], "next")

    def test_the_status_counts_whatever_comes_after_it(self):
        topic = self.topic()
        url, dead = self.queue("dead")
        self.subscriber.body = b"x" * 200_000  # More than the hub reads.
        self.subscribe(topic, DeliveryPolicy=AT_ONCE, RedrivePolicy=json.dumps({"deadLetterTargetArn": dead}))
        for i in range(3):
            self.sns.publish(TopicArn=topic, Message=str(i))
        seen = [json.loads(self.subscriber.next()[1])["Message"] for _ in range(3)]
        self.assertEqual(sorted(seen), ["0", "1", "2"])
        self.assertNotIn("Messages", self.sqs.receive_message(QueueUrl=url))

    def test_a_connection_that_was_closed_meanwhile_costs_no_try(self):
        topic = self.topic()
        self.subscriber.closes = True
        self.subscribe(topic, DeliveryPolicy=AFTER_A_SECOND)
        for i in range(5):
            self.sns.publish(TopicArn=topic, Message=str(i))
            self.assertEqual(json.loads(self.subscriber.next()[1])["Message"], str(i))
        self.assertTrue(self.subscriber.requests.empty())

    def test_the_link_in_a_message_ends_the_subscription_and_the_endpoint_is_told(self):
        topic = self.topic()
        arn = self.subscribe(topic)
        self.sns.publish(TopicArn=topic, Message="m")
        visit(json.loads(self.subscriber.next()[1])["UnsubscribeURL"])
        headers, body = self.subscriber.next()
        self.assertEqual(headers["x-amz-sns-message-type"], "UnsubscribeConfirmation")
        self.assertTrue(is_signed(json.loads(body)))
        with self.assertRaises(ClientError):
            self.sns.get_subscription_attributes(SubscriptionArn=arn)
        self.assertEqual(self.sns.list_subscriptions()["Subscriptions"], [])

    def test_who_confirmed_by_name_must_end_it_by_name(self):
        topic = self.topic()
        self.sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=self.subscriber.url)
        token = json.loads(self.subscriber.next()[1])["Token"]
        arn = self.sns.confirm_subscription(TopicArn=topic, Token=token, AuthenticateOnUnsubscribe="true")[
            "SubscriptionArn"]
        self.sns.publish(TopicArn=topic, Message="m")
        link = json.loads(self.subscriber.next()[1])["UnsubscribeURL"]
        with self.assertRaises(Exception):
            visit(link)
        self.assertEqual(self.sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"][
            "ConfirmationWasAuthenticated"], "true")
        self.sns.unsubscribe(SubscriptionArn=arn)

    # rule: aws 123 a text for each protocol
    def test_each_protocol_gets_its_own_entry_of_a_structured_message(self):
        topic = self.topic()
        self.subscribe(topic, RawMessageDelivery="true")
        url, arn = self.queue("structured")
        self.sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"})
        for bodies, by_http, by_sqs in (({"default": "d", "http": "h", "sqs": "q"}, "h", "q"),
                                        ({"default": "d", "sqs": "q"}, "d", "q"),
                                        ({"default": "d", "http": "h"}, "h", "d")):
            self.sns.publish(TopicArn=topic, MessageStructure="json", Message=json.dumps(bodies))
            self.assertEqual(self.subscriber.next()[1], by_http)
            message = self.receive(url)[0]
            self.assertEqual(message["Body"], by_sqs)
            self.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])

    def test_endpoints_that_do_not_fit_their_protocol_are_refused(self):
        topic = self.topic()
        for protocol, endpoint, text in (("http", "https://x/", "Endpoint must match the specified protocol"),
                                         ("https", "http://x/", "Endpoint must match the specified protocol"),
                                         ("lambda", "http://x/", "Lambda endpoint ARN"),
                                         ("email", "nobody", "Email address"),
                                         ("firehose", "x", "Firehose endpoint ARN"),
                                         ("gopher", "x", "Amazon SNS does not support this protocol string: gopher")):
            with self.assertRaises(ClientError) as caught:
                self.sns.subscribe(TopicArn=topic, Protocol=protocol, Endpoint=endpoint)
            self.assertEqual(caught.exception.response["Error"]["Message"], "Invalid parameter: " + text)
        fifo = self.topic("x.fifo", FifoTopic="true")
        with self.assertRaises(ClientError):
            self.sns.subscribe(TopicArn=fifo, Protocol="http", Endpoint=self.subscriber.url)


class OutboxTest(unittest.TestCase):
    def test_what_mail_and_streams_would_have_been_sent_is_read_back(self):
        hub = emulated.start(self)
        sns = emulated.client(hub, "sns")
        topic = sns.create_topic(Name="news")["TopicArn"]

        def outbox(arn, after=""):
            return json.loads(visit(f"{hub.http}/_penstock/outbox/{arn}{after}"))

        for protocol, endpoint in (("email", "ann@example.com"), ("email-json", "ann@example.com")):
            arn = sns.subscribe(TopicArn=topic, Protocol=protocol, Endpoint=endpoint, ReturnSubscriptionArn=True)[
                "SubscriptionArn"]
            asked = outbox(arn)["Messages"]
            self.assertEqual([m["Type"] for m in asked], ["SubscriptionConfirmation"])
            self.assertEqual(json.loads(asked[0]["Body"])["Token"], asked[0]["Token"])
            sns.confirm_subscription(TopicArn=topic, Token=asked[0]["Token"])
        role = f"arn:aws:iam::{ACCOUNT}:role/stream"
        stream = sns.subscribe(TopicArn=topic, Protocol="firehose",
                               Endpoint=f"arn:aws:firehose:{REGION}:{ACCOUNT}:deliverystream/d",
                               Attributes={"SubscriptionRoleArn": role, "RawMessageDelivery": "true"})["SubscriptionArn"]
        for i in range(150):
            sns.publish(TopicArn=topic, Message=f"m{i}", Subject="s")
        kept = outbox(arn)["Messages"]
        self.assertEqual((kept[1]["Message"], kept[1]["Subject"]), ("m0", "s"))
        self.assertTrue(is_signed(json.loads(kept[1]["Body"])))
        page = outbox(stream)
        bodies = [m["Body"] for m in page["Messages"]]
        while "Next" in page:
            page = outbox(stream, "?after=" + page["Next"])
            bodies += [m["Body"] for m in page["Messages"]]
        self.assertEqual(bodies, [f"m{i}" for i in range(150)])
        with self.assertRaises(Exception):
            outbox(topic + ":none")


class LambdaTest(unittest.TestCase):
    # rule: aws 127 the event that a Lambda function gets
    def test_a_function_is_invoked_with_an_event_of_sns(self):
        subscriber = Subscriber(self)
        port = subscriber.server.server_port
        hub = emulated.start(self, emulated.CONFIG + f"push: {{function_url: \"http://127.0.0.1:{port}/2015-03-31/"
                                                     "functions/{function}/invocations\"}\n")
        sns = emulated.client(hub, "sns")
        topic = sns.create_topic(Name="news")["TopicArn"]
        arn = sns.subscribe(TopicArn=topic, Protocol="lambda",
                            Endpoint=f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:thumbnails")["SubscriptionArn"]
        sns.publish(TopicArn=topic, Message="m", MessageAttributes={"a": {"DataType": "String", "StringValue": "b"}})
        path, _, body = subscriber.requests.get(timeout=PATIENCE_S)
        self.assertEqual(path, "/2015-03-31/functions/thumbnails/invocations")
        record = json.loads(body)["Records"][0]
        self.assertEqual((record["EventSource"], record["EventSubscriptionArn"]), ("aws:sns", arn))
        self.assertEqual(list(record["Sns"]), ["Type", "MessageId", "TopicArn", "Subject", "Message", "Timestamp",
                                               "SignatureVersion", "Signature", "SigningCertUrl", "UnsubscribeUrl",
                                               "MessageAttributes"])
        event = record["Sns"]
        event["SigningCertURL"] = event.pop("SigningCertUrl")
        self.assertIsNone(event.pop("Subject"))
        self.assertTrue(is_signed(event))
        self.assertEqual(event["MessageAttributes"], {"a": {"Type": "String", "Value": "b"}})

    def test_in_an_open_hub_nobody_outside_is_delivered_to(self):
        hub = emulated.start(self, emulated.CONFIG.replace("free_space_min", "local_open: true, free_space_min"))
        sns = emulated.client(hub, "sns")
        topic = sns.create_topic(Name="news")["TopicArn"]
        sns.subscribe(TopicArn=topic, Protocol="http", Endpoint="http://192.0.2.1/x",
                      Attributes={"DeliveryPolicy": AT_ONCE})
        hub.logs("Its address may not be delivered to.")


if __name__ == "__main__":
    unittest.main()
