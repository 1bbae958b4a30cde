#!/usr/bin/python3
"""SQS as boto3 from Debian speaks it, which is the Query protocol.

boto_sqs_test.py --binary=PATH [unittest options]
"""
import base64
import hashlib
import json
import threading
import time
import unittest
import uuid

from botocore.exceptions import ClientError

import emulated
from emulated import ACCOUNT, OTHER, REGION


class SqsTest(unittest.TestCase):
    def setUp(self):
        self.hub = emulated.start(self)
        self.sqs = emulated.client(self.hub, "sqs")

    def queue(self, name="orders", **attributes):
        return self.sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]

    def fifo(self, name="orders.fifo", **attributes):
        return self.queue(name, FifoQueue="true", **attributes)

    def refused(self, code, text, status, call, **arguments):
        with self.assertRaises(ClientError) as caught:
            call(**arguments)
        error = caught.exception.response["Error"]
        self.assertEqual(error["Code"], code)
        self.assertIn(text, error["Message"])
        self.assertEqual(caught.exception.response["ResponseMetadata"]["HTTPStatusCode"], status)
        self.assertTrue(caught.exception.response["ResponseMetadata"]["RequestId"])

    def receive(self, url, **arguments):
        return self.sqs.receive_message(QueueUrl=url, **arguments).get("Messages", [])

    def test_message_goes_in_and_out_with_its_checksums_and_attributes(self):
        url = self.queue()
        self.assertEqual(url, f"{self.hub.http}/{ACCOUNT}/orders")
        sent = self.sqs.send_message(QueueUrl=url, MessageBody="hello <&> \U0001f600\r\n", MessageAttributes={
            "MyAttribute": {"DataType": "String", "StringValue": "foobar"}})
        self.assertEqual(sent["MD5OfMessageAttributes"], "adb59cd4678ea5a855436b949cd07ab6")
        [message] = self.receive(url, AttributeNames=["All"], MessageAttributeNames=["All"])
        self.assertEqual(message["MessageId"], sent["MessageId"])
        self.assertEqual(message["Body"], "hello <&> \U0001f600\r\n")
        self.assertEqual(message["MD5OfBody"], hashlib.md5(message["Body"].encode()).hexdigest())
        self.assertEqual(message["MessageAttributes"], {"MyAttribute": {"DataType": "String", "StringValue": "foobar"}})
        self.assertEqual(message["Attributes"]["ApproximateReceiveCount"], "1")
        self.assertEqual(message["Attributes"]["SenderId"], ACCOUNT)
        self.assertLess(abs(int(message["Attributes"]["SentTimestamp"]) / 1000 - time.time()), 3600)
        self.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        self.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])  # [aws 65] Twice is fine.
        self.assertEqual(self.receive(url), [])

    def test_only_what_was_asked_for_comes_with_a_message(self):
        url = self.queue()
        self.sqs.send_message(QueueUrl=url, MessageBody="a", MessageAttributes={
            "Hello": {"DataType": "String", "StringValue": "There"},
            "General": {"DataType": "Binary.jpg", "BinaryValue": b"\x00\xffKenobi"}})
        [bare] = self.receive(url, VisibilityTimeout=0)
        self.assertEqual(set(bare), {"MessageId", "ReceiptHandle", "MD5OfBody", "Body"})
        for names in (["Hello"], ["Hel.*"], ["Hello.*", "none"]):
            [some] = self.receive(url, VisibilityTimeout=0, MessageAttributeNames=names, AttributeNames=["SentTimestamp"])
            self.assertEqual(some["MD5OfMessageAttributes"], "a311262e065454b75da111d535b8dacd", names)  # [aws 57]
            self.assertEqual(set(some["Attributes"]), {"SentTimestamp"})
        for names in (["All"], ["*"], [".*"]):
            [every] = self.receive(url, VisibilityTimeout=0, MessageAttributeNames=names)
            self.assertEqual(set(every["MessageAttributes"]), {"Hello", "General"}, names)
        [bare] = self.receive(url, VisibilityTimeout=0, AttributeNames=["SequenceNumber"])
        self.assertNotIn("Attributes", bare)  # [aws 17] It has none.
        [other] = self.receive(url, VisibilityTimeout=0, MessageAttributeNames=["General"])
        self.assertEqual(other["MessageAttributes"]["General"]["BinaryValue"], b"\x00\xffKenobi")

    def test_trace_header_has_a_checksum_of_its_own(self):
        url = self.queue()
        trace = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"
        sent = self.sqs.send_message(QueueUrl=url, MessageBody="a", MessageSystemAttributes={
            "AWSTraceHeader": {"DataType": "String", "StringValue": trace}})
        self.assertEqual(sent["MD5OfMessageSystemAttributes"], "5ae4d5d7636402d80f4eb6d213245a88")
        self.assertNotIn("MD5OfMessageAttributes", sent)
        [message] = self.receive(url, AttributeNames=["AWSTraceHeader"])
        self.assertEqual(message["Attributes"], {"AWSTraceHeader": trace})

    def test_entries_of_a_batch_succeed_or_fail_alone(self):
        url = self.queue(MaximumMessageSize="1024")
        sent = self.sqs.send_message_batch(QueueUrl=url, Entries=[
            {"Id": "a", "MessageBody": "a"}, {"Id": "b", "MessageBody": "x" * 1025}, {"Id": "c", "MessageBody": "\x01"},
            {"Id": "d", "MessageBody": "d", "DelaySeconds": 901}, {"Id": "e", "MessageBody": "e"}])
        self.assertEqual([entry["Id"] for entry in sent["Successful"]], ["a", "e"])
        self.assertEqual([(entry["Id"], entry["Code"]) for entry in sent["Failed"]],
                         [("b", "InvalidParameterValue"), ("c", "InvalidMessageContents"), ("d", "InvalidParameterValue")])
        self.assertTrue(all(entry["SenderFault"] for entry in sent["Failed"]))
        self.assertEqual(sent["Failed"][0]["Message"],
                         "One or more parameters cannot be validated. Reason: Message must be shorter than 1024 bytes.")
        messages = self.receive(url, MaxNumberOfMessages=10)
        self.assertEqual(sorted(m["Body"] for m in messages), ["a", "e"])
        hidden = self.sqs.change_message_visibility_batch(QueueUrl=url, Entries=[
            {"Id": "1", "ReceiptHandle": messages[0]["ReceiptHandle"], "VisibilityTimeout": 0},
            {"Id": "2", "ReceiptHandle": "garbage", "VisibilityTimeout": 0}])
        self.assertEqual(hidden["Successful"], [{"Id": "1"}])
        self.assertEqual(hidden["Failed"][0]["Code"], "ReceiptHandleIsInvalid")
        [again] = self.receive(url, MaxNumberOfMessages=10)
        deleted = self.sqs.delete_message_batch(QueueUrl=url, Entries=[
            {"Id": "1", "ReceiptHandle": again["ReceiptHandle"]},
            {"Id": "2", "ReceiptHandle": messages[1]["ReceiptHandle"]}])
        self.assertEqual(deleted["Successful"], [{"Id": "1"}, {"Id": "2"}])
        self.assertNotIn("Failed", deleted)

    def test_batches_are_refused_as_sqs_refuses_them(self):
        url = self.queue()
        def send(*entries):
            return {"QueueUrl": url, "Entries": list(entries)}
        a = {"Id": "1", "MessageBody": "a"}
        space = "AWS.SimpleQueueService."
        self.refused(space + "EmptyBatchRequest", "at least one", 400, self.sqs.send_message_batch, **send())
        self.refused(space + "TooManyEntriesInBatchRequest",
                     "Maximum number of entries per request are 10. You have sent 20.", 400,
                     self.sqs.send_message_batch, **send(*[{**a, "Id": str(i)} for i in range(20)]))
        self.refused(space + "BatchEntryIdsNotDistinct", "Id 1 repeated.", 400,
                     self.sqs.send_message_batch, **send(a, a))
        self.refused(space + "InvalidBatchEntryId", "", 400, self.sqs.send_message_batch, **send({**a, "Id": "a b"}))
        big = "x" * 700_000
        self.refused(space + "BatchRequestTooLong", "1048576 bytes. You have sent 1400000 bytes.", 400,
                     self.sqs.send_message_batch, **send({**a, "MessageBody": big}, {"Id": "2", "MessageBody": big}))
        self.assertEqual(self.receive(url), [])

    def test_errors_are_those_of_sqs(self):
        url = self.queue()
        missing = url + "-missing"
        self.refused("AWS.SimpleQueueService.NonExistentQueue", "The specified queue does not exist for this wsdl version.",
                     400, self.sqs.send_message, QueueUrl=missing, MessageBody="a")
        with self.assertRaises(self.sqs.exceptions.QueueDoesNotExist):
            self.sqs.get_queue_url(QueueName="missing")
        self.refused("InvalidParameterValue", "Value 11 for parameter MaxNumberOfMessages is invalid. Reason: Must be "
                     "between 1 and 10, if provided.", 400, self.sqs.receive_message, QueueUrl=url,
                     MaxNumberOfMessages=11)
        self.refused("InvalidParameterValue", "Value 21 for parameter WaitTimeSeconds is invalid. Reason: Must be >= 0 "
                     "and <= 20, if provided.", 400, self.sqs.receive_message, QueueUrl=url, WaitTimeSeconds=21)
        self.refused("InvalidAttributeName", "Unknown Attribute Foobar.", 400, self.sqs.get_queue_attributes,
                     QueueUrl=url, AttributeNames=["Foobar"])
        self.refused("InvalidAttributeValue", "VisibilityTimeout", 400, self.sqs.set_queue_attributes, QueueUrl=url,
                     Attributes={"VisibilityTimeout": "43201"})
        self.refused("ReceiptHandleIsInvalid", 'The input receipt handle "garbage" is not a valid receipt handle.', 404,
                     self.sqs.delete_message, QueueUrl=url, ReceiptHandle="garbage")
        self.refused("MissingParameter", "The request must contain the parameter MessageBody.", 400,
                     self.sqs.send_message, QueueUrl=url, MessageBody="")
        self.refused("InvalidMessageContents", "", 400, self.sqs.send_message, QueueUrl=url, MessageBody="\x01")
        self.refused("InvalidParameterValue", "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 "
                     "in length", 400, self.sqs.create_queue, QueueName="a b")
        self.refused("InvalidParameterValue", "Can only include", 400, self.sqs.create_queue, QueueName="a.fifo")
        self.refused("InvalidAttributeName", "Unknown Attribute FifoQueue.", 400, self.sqs.create_queue, QueueName="a",
                     Attributes={"FifoQueue": "false"})

    def test_creating_a_queue_again_succeeds_only_with_what_it_has(self):
        url = self.queue(VisibilityTimeout="60")
        self.assertEqual(self.queue(), url)
        self.assertEqual(self.queue(VisibilityTimeout="60"), url)
        self.refused("QueueAlreadyExists", "A queue already exists with the same name and a different value for attribute "
                     "VisibilityTimeout", 400, self.sqs.create_queue, QueueName="orders",
                     Attributes={"VisibilityTimeout": "61"})
        with self.assertRaises(ClientError) as caught:
            self.queue(VisibilityTimeout="61")
        self.assertTrue(caught.exception.response["Error"]["Message"].endswith("VisibilityTimeout"))  # No full stop.
        fast = {"DeduplicationScope": "messageGroup", "FifoThroughputLimit": "perMessageGroupId"}
        url = self.fifo(**fast)
        self.assertEqual(self.fifo(FifoThroughputLimit="perMessageGroupId"), url)  # What is left out is as it is.
        self.refused("InvalidAttributeValue", "Invalid value for the parameter FifoQueue. Reason: Modifying queue type is "
                     "not supported.", 400, self.sqs.set_queue_attributes, QueueUrl=url, Attributes={"FifoQueue": "false"})

    def test_what_is_wrong_is_named_as_sqs_names_it(self):
        url = self.queue()
        self.refused("AWS.SimpleQueueService.BatchRequestTooLong", "You have sent 1200000 bytes.", 400,  # [aws 45]
                     self.sqs.send_message_batch, QueueUrl=url, Entries=[
                         {"Id": "1", "MessageBody": "a" * 600_000, "DelaySeconds": 1000},
                         {"Id": "2", "MessageBody": "b" * 600_000}])
        self.refused("InvalidParameterValue", "Value a b for parameter ReceiveRequestAttemptId is invalid.", 400,
                     self.sqs.receive_message, QueueUrl=self.fifo(), ReceiveRequestAttemptId="a b")

    def test_dead_letter_queue_must_be_one_that_is_there(self):
        url, start = self.queue(), "Value "
        for policy, reason in (
                ({"deadLetterTargetArn": "dummy", "maxReceiveCount": 3}, "Invalid value for deadLetterTargetArn."),
                ({"deadLetterTargetArn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:none", "maxReceiveCount": 3},
                 "Dead letter target does not exist."),
                ({"deadLetterTargetArn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:none"},
                 "Redrive policy does not contain mandatory attribute: maxReceiveCount.")):
            text = json.dumps(policy)
            self.refused("InvalidParameterValue", f"{start}{text} for parameter RedrivePolicy is invalid. Reason: {reason}",
                         400, self.sqs.set_queue_attributes, QueueUrl=url, Attributes={"RedrivePolicy": text})

    def test_attributes_are_echoed_and_defaults_are_those_of_sqs(self):
        dead = self.queue("dead")
        arn = self.sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        self.assertEqual(arn, f"arn:aws:sqs:{REGION}:{ACCOUNT}:dead")
        url = self.queue(RedrivePolicy=json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": "3"}))
        got = self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        self.assertEqual(json.loads(got["RedrivePolicy"])["maxReceiveCount"], 3)
        for name, value in {"DelaySeconds": "0", "MaximumMessageSize": "1048576", "MessageRetentionPeriod": "345600",
                            "ReceiveMessageWaitTimeSeconds": "0", "VisibilityTimeout": "30",
                            "SqsManagedSseEnabled": "true", "ApproximateNumberOfMessages": "0"}.items():
            self.assertEqual(got[name], value, name)
        self.assertNotIn("Policy", got)
        self.assertNotIn("FifoQueue", got)
        for _ in range(6):
            self.assertEqual(self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"], got)
        self.sqs.set_queue_attributes(QueueUrl=url, Attributes={"RedrivePolicy": "", "DelaySeconds": "5"})
        changed = self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        self.assertNotIn("RedrivePolicy", changed)
        self.assertEqual(changed["DelaySeconds"], "5")
        self.assertEqual(self.sqs.list_dead_letter_source_queues(QueueUrl=dead).get("queueUrls", []), [])

    def test_lists_come_in_pages(self):
        for i in range(5):
            self.queue(f"many-{i}")
        self.queue("other")
        emulated.client(self.hub, "sqs", region="us-east-1").create_queue(QueueName="many-elsewhere")
        emulated.client(self.hub, "sqs", account=OTHER).create_queue(QueueName="many-others")
        names, token = [], {}
        while True:
            page = self.sqs.list_queues(QueueNamePrefix="many-", MaxResults=2, **token)
            names += [url.rsplit("/", 1)[1] for url in page["QueueUrls"]]
            if "NextToken" not in page:
                break
            token = {"NextToken": page["NextToken"]}
        self.assertEqual(names, [f"many-{i}" for i in range(5)])
        self.assertNotIn("NextToken", self.sqs.list_queues())  # [aws 36]
        self.assertNotIn("QueueUrls", self.sqs.list_queues(QueueNamePrefix="none"))

    def test_long_poll_is_answered_by_the_send_that_it_waits_for(self):
        url = self.queue()
        got = []
        waiting = threading.Thread(target=lambda: got.extend(self.receive(url, WaitTimeSeconds=20)))
        began = time.monotonic()
        waiting.start()
        emulated.client(self.hub, "sqs").send_message(QueueUrl=url, MessageBody="at last")
        waiting.join()
        self.assertEqual([m["Body"] for m in got], ["at last"])
        self.assertLess(time.monotonic() - began, 15)

    def test_client_that_leaves_takes_no_message_with_it(self):
        url = self.queue()
        import http.client
        host = self.hub.http.removeprefix("http://")
        gone = http.client.HTTPConnection(host, timeout=10)
        gone.request("POST", f"/{ACCOUNT}/orders", "Action=ReceiveMessage&WaitTimeSeconds=20",
                     {"Authorization": f"AWS4-HMAC-SHA256 Credential=test/20260101/{REGION}/sqs/aws4_request, x=y",
                      "Content-Type": "application/x-www-form-urlencoded"})
        self.sqs.get_queue_url(QueueName="orders")  # By then it is parked.
        gone.close()
        self.sqs.get_queue_url(QueueName="orders")
        self.sqs.send_message(QueueUrl=url, MessageBody="mine")
        self.assertEqual([m["Body"] for m in self.receive(url, WaitTimeSeconds=5)], ["mine"])

    def test_fifo_queue_keeps_order_and_knows_what_it_had(self):
        url = self.fifo(ContentBasedDeduplication="true")
        first = self.sqs.send_message(QueueUrl=url, MessageBody="a", MessageGroupId="g")
        again = self.sqs.send_message(QueueUrl=url, MessageBody="a", MessageGroupId="g")
        self.assertEqual((first["MessageId"], first["SequenceNumber"]), (again["MessageId"], again["SequenceNumber"]))
        self.sqs.send_message(QueueUrl=url, MessageBody="b", MessageGroupId="g")
        messages = self.receive(url, MaxNumberOfMessages=10, AttributeNames=["All"])
        self.assertEqual([m["Body"] for m in messages], ["a", "b"])
        self.assertEqual(messages[0]["Attributes"]["MessageGroupId"], "g")
        self.assertEqual(messages[0]["Attributes"]["MessageDeduplicationId"], hashlib.sha256(b"a").hexdigest())
        self.assertEqual(messages[0]["Attributes"]["SequenceNumber"], first["SequenceNumber"])
        self.assertEqual(self.receive(url), [])  # The group is locked.
        number = int(first["SequenceNumber"])
        self.assertEqual((len(first["SequenceNumber"]), number > 2 ** 64), (20, True))  # [aws 59]
        self.refused("InvalidParameterValue", "The queue should either have ContentBasedDeduplication enabled or "
                     "MessageDeduplicationId provided explicitly", 400, self.sqs.send_message_batch,
                     QueueUrl=self.fifo("other.fifo"), Entries=[
                         {"Id": "1", "MessageBody": "a", "MessageGroupId": "g", "MessageDeduplicationId": "d"},
                         {"Id": "2", "MessageBody": "b", "MessageGroupId": "g"}])
        self.refused("InvalidParameterValue", "The request must contain the parameter MessageGroupId.", 400,
                     self.sqs.send_message_batch, QueueUrl=url, Entries=[
                         {"Id": "1", "MessageBody": "a", "MessageGroupId": "g"},
                         {"Id": "2", "MessageBody": "b", "DelaySeconds": 5}])
        self.refused("InvalidParameterValue", "Value -1 for parameter DelaySeconds is invalid.", 400, self.sqs.send_message,
                     QueueUrl=url, MessageBody="c", MessageGroupId="g", DelaySeconds=-1)
        self.refused("MissingParameter", "The request must contain the parameter MessageGroupId.", 400,
                     self.sqs.send_message, QueueUrl=url, MessageBody="c")
        self.refused("InvalidParameterValue", "Value 2 for parameter DelaySeconds is invalid. Reason: The request include "
                     "parameter that is not valid for this queue type.", 400, self.sqs.send_message, QueueUrl=url,
                     MessageBody="c", MessageGroupId="g", DelaySeconds=2)
        plain = self.fifo("plain.fifo")
        self.refused("InvalidParameterValue", "The queue should either have ContentBasedDeduplication enabled or "
                     "MessageDeduplicationId provided explicitly", 400, self.sqs.send_message, QueueUrl=plain,
                     MessageBody="c", MessageGroupId="g")

    def test_dead_letters_are_moved_and_redriven(self):
        dead = self.queue("dead")
        dead_arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:dead"
        url = self.queue(RedrivePolicy=json.dumps({"deadLetterTargetArn": dead_arn, "maxReceiveCount": 1}))
        self.sqs.send_message(QueueUrl=url, MessageBody="poison")
        self.assertEqual(len(self.receive(url, VisibilityTimeout=0)), 1)
        self.assertEqual(self.receive(url), [])  # [aws 87]
        [message] = self.receive(dead, VisibilityTimeout=0, AttributeNames=["All"])
        self.assertEqual(message["Attributes"]["DeadLetterQueueSourceArn"], f"arn:aws:sqs:{REGION}:{ACCOUNT}:orders")
        self.assertEqual(self.sqs.list_dead_letter_source_queues(QueueUrl=dead)["queueUrls"], [url])

    # rule: aws 67 a standard queue's message may be made visible by any of its handles
    def test_older_handle_makes_a_message_visible(self):
        url = self.queue()
        self.sqs.send_message(QueueUrl=url, MessageBody="a")
        [first] = self.receive(url, VisibilityTimeout=0)
        self.assertEqual(len(self.receive(url)), 1)
        self.sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=first["ReceiptHandle"], VisibilityTimeout=0)
        self.assertEqual(len(self.receive(url)), 1)

    # rule: aws 21 attributes with two values are read whatever their case
    def test_true_and_false_may_be_written_in_any_case(self):
        url = self.sqs.create_queue(QueueName="a.fifo", Attributes={
            "FifoQueue": "True", "ContentBasedDeduplication": "FALSE", "SqsManagedSseEnabled": "False"})["QueueUrl"]
        attributes = self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        self.assertEqual((attributes["FifoQueue"], attributes["ContentBasedDeduplication"]), ("true", "false"))

    def test_queue_may_be_its_own_dead_letter_queue(self):
        url = self.queue()
        redrive = json.dumps({"deadLetterTargetArn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:orders", "maxReceiveCount": 1})
        self.sqs.set_queue_attributes(QueueUrl=url, Attributes={"RedrivePolicy": redrive})
        self.sqs.send_message(QueueUrl=url, MessageBody="a")
        for _ in range(3):
            self.assertEqual(len(self.receive(url, VisibilityTimeout=0)), 1)

    # What was in flight must be read from the disk again, while other groups are at hand.
    def test_fifo_receive_has_all_groups_after_their_visibility_ended(self):
        url = self.fifo(ContentBasedDeduplication="true")
        for group in ("g1", "g2"):
            for body in ("1", "2"):
                self.sqs.send_message(QueueUrl=url, MessageBody=f"{group}-m{body}", MessageGroupId=group)
        first = self.receive(url, MaxNumberOfMessages=2)
        self.assertEqual([m["Body"] for m in first], ["g1-m1", "g1-m2"])
        for message in first:
            self.sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0)
        self.assertEqual(sorted(m["Body"] for m in self.receive(url, MaxNumberOfMessages=10)),
                         ["g1-m1", "g1-m2", "g2-m1", "g2-m2"])

    # rule: aws 53 SQS's words for what a message attribute cannot be
    def test_message_attributes_are_refused_in_the_words_of_sqs(self):
        url = self.queue()
        text = {"DataType": "String", "StringValue": "x"}
        for attributes, why in (
                ({str(i): text for i in range(11)}, "Number of message attributes [11] exceeds the allowed maximum [10]."),
                ({"a": {"DataType": "InvalidType", "StringValue": "x"}}, "The type of message (user) attribute 'a' is "
                 "invalid. You must use only the following supported type prefixes: Binary, Number, String."),
                ({"a\u00a7": text}, "Invalid attribute name parameter. Reason: The message attribute name 'a\u00a7' is "
                 "invalid."),
                ({"\u65e5": text}, "is invalid"), ({"\u00d7": text}, "is invalid"), ({"a b": text}, "attribute")):
            self.refused("InvalidParameterValue", why, 400, self.sqs.send_message, QueueUrl=url, MessageBody="b",
                         MessageAttributes=attributes)
        self.sqs.send_message(QueueUrl=url, MessageBody="b", MessageAttributes={"attr.1\u00f8\u00df\u00e4": text})

    # rule: aws 34 what does not go together is no wrong value by itself
    def test_dead_letter_queue_that_does_not_fit_is_a_wrong_parameter(self):
        url = self.queue()
        self.fifo("dead.fifo")
        redrive = json.dumps({"deadLetterTargetArn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:dead.fifo", "maxReceiveCount": 1})
        for attributes in ({"RedrivePolicy": redrive}, {"RedriveAllowPolicy": '{"redrivePermission": "byQueue"}'}):
            self.refused("InvalidParameterValue", "", 400, self.sqs.set_queue_attributes, QueueUrl=url,
                         Attributes=attributes)
        self.sqs.receive_message(QueueUrl=url, ReceiveRequestAttemptId="a")  # Of no use in a standard queue.

    # rule: aws 94 handles of tasks have the form that SQS gives them
    def test_move_task_has_the_handle_of_sqs(self):
        if not hasattr(self.sqs, "start_message_move_task"):
            self.skipTest("this boto3 knows no move tasks")
        dead = f"arn:aws:sqs:{REGION}:{ACCOUNT}:dead"
        self.queue("dead")
        self.queue(RedrivePolicy=json.dumps({"deadLetterTargetArn": dead, "maxReceiveCount": 1}))
        handle = self.sqs.start_message_move_task(SourceArn=dead)["TaskHandle"]
        task = json.loads(base64.b64decode(handle))
        self.assertEqual(task["sourceArn"], dead)
        uuid.UUID(task["taskId"])

    def test_tags_permissions_and_purge(self):
        url = self.sqs.create_queue(QueueName="tagged", tags={"team": "shop"})["QueueUrl"]
        self.sqs.tag_queue(QueueUrl=url, Tags={"Cost": "", "a": "b"})
        self.sqs.untag_queue(QueueUrl=url, TagKeys=["a", "unknown"])
        self.assertEqual(self.sqs.list_queue_tags(QueueUrl=url)["Tags"], {"team": "shop", "Cost": ""})
        self.sqs.add_permission(QueueUrl=url, Label="share", AWSAccountIds=[OTHER], Actions=["SendMessage"])
        policy = self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"])["Attributes"]["Policy"]
        arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:tagged"
        self.assertEqual(json.loads(policy), {"Version": "2008-10-17", "Id": f"{arn}/SQSDefaultPolicy", "Statement": [
            {"Sid": "share", "Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{OTHER}:root"},
             "Action": "SQS:SendMessage", "Resource": arn}]})
        self.refused("InvalidParameterValue", "Value share for parameter Label is invalid. Reason: Already exists.", 400,
                     self.sqs.add_permission, QueueUrl=url, Label="share", AWSAccountIds=[OTHER], Actions=["SendMessage"])
        self.sqs.remove_permission(QueueUrl=url, Label="share")
        self.refused("InvalidParameterValue", "Value share for parameter Label is invalid. Reason: can't find label.", 400,
                     self.sqs.remove_permission, QueueUrl=url, Label="share")
        self.assertNotIn("Attributes", self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"]))
        self.sqs.send_message(QueueUrl=url, MessageBody="a")
        self.sqs.purge_queue(QueueUrl=url)
        self.sqs.purge_queue(QueueUrl=url)  # Local mode has no minute to wait.
        self.assertEqual(self.receive(url), [])
        self.sqs.delete_queue(QueueUrl=url)
        with self.assertRaises(self.sqs.exceptions.QueueDoesNotExist):
            self.receive(url)
        self.queue("tagged")

    def test_accounts_are_apart_until_a_policy_joins_them(self):
        hub = emulated.start(self, emulated.CONFIG.replace("hub: {", "hub: {policies: enforce, "))
        mine, other = emulated.client(hub, "sqs"), emulated.client(hub, "sqs", account=OTHER)
        url = mine.create_queue(QueueName="shared")["QueueUrl"]
        with self.assertRaises(ClientError) as caught:
            other.send_message(QueueUrl=url, MessageBody="a")
        self.assertEqual(caught.exception.response["Error"]["Code"], "AccessDenied")
        self.assertEqual(caught.exception.response["ResponseMetadata"]["HTTPStatusCode"], 403)
        mine.add_permission(QueueUrl=url, Label="share", AWSAccountIds=[OTHER], Actions=["SendMessage"])
        other.send_message(QueueUrl=url, MessageBody="a")
        [message] = mine.receive_message(QueueUrl=url, AttributeNames=["SenderId"])["Messages"]
        self.assertEqual(message["Attributes"]["SenderId"], OTHER)
        with self.assertRaises(ClientError):
            other.receive_message(QueueUrl=url)

    def test_whoever_asks_is_who_the_access_key_names(self):
        self.assertEqual(emulated.client(self.hub, "sts").get_caller_identity()["Account"], ACCOUNT)
        identity = emulated.client(self.hub, "sts", account=OTHER).get_caller_identity()
        self.assertEqual((identity["Account"], identity["Arn"]), (OTHER, f"arn:aws:iam::{OTHER}:root"))

    def test_everything_is_there_after_a_kill(self):
        url = self.queue()
        for i in range(20):
            self.sqs.send_message(QueueUrl=url, MessageBody=str(i))
        self.hub.kill()
        self.hub.start()
        self.sqs = emulated.client(self.hub, "sqs")
        url = self.sqs.get_queue_url(QueueName="orders")["QueueUrl"]
        bodies = set()
        while messages := self.receive(url, MaxNumberOfMessages=10):
            bodies |= {m["Body"] for m in messages}
        self.assertEqual(bodies, {str(i) for i in range(20)})


if __name__ == "__main__":
    unittest.main()
