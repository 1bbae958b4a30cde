#!/usr/bin/python3
"""The calls that Terraform's AWS provider makes for queues, topics, policies, subscriptions and tags, in its order.

The provider sets attributes, then reads all of them until they have been as it set them six times in a row, and takes a
difference that never goes away for a failure; what it deletes it reads until that is not found. Old providers speak the
Query protocol to SQS, newer ones JSON: every sequence for queues is run with both.

terraform_test.py --binary=PATH [unittest options]
"""
import json
import unittest
import urllib.error
import urllib.request

from botocore import xform_name
from botocore.exceptions import ClientError

import emulated
from emulated import ACCOUNT, OTHER, REGION
from running import PATIENCE_S

READS = 6  # So often the provider wants to read what it has set.
MISSING_QUEUE = "AWS.SimpleQueueService.NonExistentQueue"

# The attributes that hold JSON, which the provider compares by what it means.
DOCUMENTS = ("Policy", "RedrivePolicy", "RedriveAllowPolicy", "DeliveryPolicy", "FilterPolicy")


class Refused(Exception):
    def __init__(self, code, status, message):
        super().__init__(f"{status} {code}: {message}")
        self.code, self.status = code, status


def policy(resource, actions, service="sns.amazonaws.com", source=None):
    """As jsonencode() and aws_iam_policy_document write one."""
    statement = {"Sid": "AllowPublish", "Effect": "Allow", "Principal": {"Service": service}, "Action": actions,
                 "Resource": resource}
    if source:
        statement["Condition"] = {"ArnEquals": {"aws:SourceArn": source}}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def queue_arn(name):
    return f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}"


class Boto:
    """A service over the Query protocol: what the provider's Go SDK speaks to SNS, and spoke to SQS."""

    def __init__(self, hub, service):
        self.client = emulated.client(hub, service)

    def ask(self, action, **members):
        try:
            return getattr(self.client, xform_name(action))(**members)
        except ClientError as caught:
            error, answer = caught.response["Error"], caught.response["ResponseMetadata"]
            raise Refused(error["Code"], answer["HTTPStatusCode"], error["Message"]) from None


class Json:
    """SQS over the JSON protocol, asked as the Go SDK asks: always at the root."""

    def __init__(self, hub):
        self.url = hub.http + "/"

    def ask(self, action, **members):
        request = urllib.request.Request(self.url, json.dumps(members).encode(), {
            "X-Amz-Target": "AmazonSQS." + action, "Content-Type": "application/x-amz-json-1.0",
            "X-Amzn-Query-Mode": "true", "User-Agent": "APN/1.0 HashiCorp/1.0 Terraform/1.9.0",
            "Authorization": f"AWS4-HMAC-SHA256 Credential=test/20260101/{REGION}/sqs/aws4_request, "
                             "SignedHeaders=host, Signature=0"})
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE_S) as response:
                return json.load(response)
        except urllib.error.HTTPError as caught:
            with caught:
                error = json.load(caught)
            code, fault = caught.headers["x-amzn-query-error"].split(";")
            assert fault == ("Sender" if caught.code < 500 else "Receiver"), fault
            raise Refused(code, caught.code, error["message"]) from None


class Resources(unittest.TestCase):
    def setUp(self):
        self.hub = emulated.start(self)
        self.sqs = self.sqs_of(self.hub)
        self.sns = Boto(self.hub, "sns")

    @staticmethod
    def sqs_of(hub):
        return Boto(hub, "sqs")

    def refused(self, code, status, service, action, **members):
        with self.assertRaises(Refused) as caught:
            service.ask(action, **members)
        self.assertEqual((caught.exception.code, caught.exception.status), (code, status), caught.exception)

    def assertHas(self, got, expected):
        """`got` has all of `expected`; what is expected to be empty may be missing."""
        for name, value in expected.items():
            if value in ("", "{}"):
                self.assertIn(got.get(name, ""), ("", "{}"), name)
            elif name in DOCUMENTS:
                self.assertEqual(json.loads(got[name]), json.loads(value), name)
            else:
                self.assertEqual(got.get(name), value, name)

    # --- Queues

    def create_queue(self, name, attributes=None, tags=None):
        members = {"tags": tags} if tags else {}
        url = self.sqs.ask("CreateQueue", QueueName=name, Attributes=attributes or {}, **members)["QueueUrl"]
        self.read_queue(url, attributes or {})
        return url

    def read_queue(self, url, expected):
        """Until it is as expected six times in a row: here at once."""
        for _ in range(READS):
            got = self.sqs.ask("GetQueueAttributes", QueueUrl=url, AttributeNames=["All"])["Attributes"]
            self.assertHas(got, expected)
        return got

    def set_queue(self, url, **attributes):
        self.sqs.ask("SetQueueAttributes", QueueUrl=url, Attributes=attributes)
        return self.read_queue(url, attributes)

    def delete_queue(self, url):
        self.sqs.ask("DeleteQueue", QueueUrl=url)
        self.refused(MISSING_QUEUE, 400, self.sqs, "GetQueueAttributes", QueueUrl=url, AttributeNames=["All"])
        self.refused(MISSING_QUEUE, 400, self.sqs, "DeleteQueue", QueueUrl=url)  # Which the provider forgives.


class QueueResources:
    """aws_sqs_queue and what belongs to it, over whichever protocol."""

    def test_queue_is_created_read_changed_and_deleted(self):
        url = self.create_queue("orders", {
            "DelaySeconds": "90", "MaximumMessageSize": "2048", "MessageRetentionPeriod": "86400",
            "ReceiveMessageWaitTimeSeconds": "10", "VisibilityTimeout": "120"}, tags={"Environment": "production"})
        self.assertEqual(url.rsplit("/", 2)[1:], [ACCOUNT, "orders"])  # The provider takes the name from there.
        got = self.read_queue(url, {"QueueArn": queue_arn("orders"), "SqsManagedSseEnabled": "true"})
        for absent in ("Policy", "RedrivePolicy", "RedriveAllowPolicy", "FifoQueue", "KmsMasterKeyId"):
            self.assertNotIn(absent, got)
        self.set_queue(url, DelaySeconds="0", MaximumMessageSize="262144", MessageRetentionPeriod="1209600",
                       ReceiveMessageWaitTimeSeconds="0", VisibilityTimeout="0")
        self.delete_queue(url)
        again = self.create_queue("orders")
        self.assertEqual(again, url)
        self.read_queue(again, {"DelaySeconds": "0", "MaximumMessageSize": "1048576", "VisibilityTimeout": "30",
                                "MessageRetentionPeriod": "345600", "ReceiveMessageWaitTimeSeconds": "0"})
        self.delete_queue(again)

    def test_fifo_queue_is_created_and_changed(self):
        url = self.create_queue("orders.fifo", {
            "FifoQueue": "true", "ContentBasedDeduplication": "true", "DeduplicationScope": "messageGroup",
            "FifoThroughputLimit": "perMessageGroupId"})
        self.set_queue(url, FifoThroughputLimit="perQueue", DeduplicationScope="queue",
                       ContentBasedDeduplication="false")
        self.delete_queue(url)

    def test_encryption_is_switched_over_and_back(self):
        url = self.create_queue("orders", {"KmsMasterKeyId": "alias/aws/sqs", "KmsDataKeyReusePeriodSeconds": "60"})
        self.read_queue(url, {"SqsManagedSseEnabled": "false"})
        self.set_queue(url, KmsMasterKeyId="", SqsManagedSseEnabled="true")
        self.set_queue(url, KmsMasterKeyId="alias/aws/sqs", KmsDataKeyReusePeriodSeconds="300")
        self.delete_queue(url)
        self.delete_queue(self.create_queue("plain", {"SqsManagedSseEnabled": "false"}))

    def test_tags_are_replaced(self):
        url = self.create_queue("orders", tags={"Name": "orders", "Team": "shop"})

        def tags():
            return self.sqs.ask("ListQueueTags", QueueUrl=url).get("Tags", {})

        self.assertEqual(tags(), {"Name": "orders", "Team": "shop"})
        self.sqs.ask("UntagQueue", QueueUrl=url, TagKeys=["Team"])
        self.sqs.ask("TagQueue", QueueUrl=url, Tags={"Name": "all orders", "Empty": ""})
        self.assertEqual(tags(), {"Name": "all orders", "Empty": ""})
        self.sqs.ask("UntagQueue", QueueUrl=url, TagKeys=["Name", "Empty"])
        self.assertEqual(tags(), {})
        self.delete_queue(url)
        self.refused(MISSING_QUEUE, 400, self.sqs, "ListQueueTags", QueueUrl=url)

    def test_policies_in_the_queue_itself_are_set_when_it_is_created(self):
        self.create_queue("dead", {"RedriveAllowPolicy": json.dumps(
            {"redrivePermission": "byQueue", "sourceQueueArns": [queue_arn("orders")]})})
        url = self.create_queue("orders", {
            "Policy": policy(queue_arn("orders"), "sqs:SendMessage"),
            "RedrivePolicy": json.dumps({"deadLetterTargetArn": queue_arn("dead"), "maxReceiveCount": 4})})
        self.set_queue(url, Policy="", RedrivePolicy="")
        self.assertNotIn("RedrivePolicy", self.read_queue(url, {}))

    def test_queue_policy_is_put_changed_and_taken_away(self):
        url = self.create_queue("orders")
        arn, topic = queue_arn("orders"), f"arn:aws:sns:{REGION}:{ACCOUNT}:news"
        self.set_queue(url, Policy=policy(arn, "sqs:SendMessage", source=topic))
        self.set_queue(url, Policy=policy(arn, ["sqs:SendMessage", "sqs:GetQueueUrl"], source=topic))
        self.set_queue(url, Policy=json.dumps({"Version": "2012-10-17", "Id": "both", "Statement": [
            {"Sid": "1", "Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{OTHER}:root"},
             "Action": "sqs:*", "Resource": arn},
            {"Sid": "2", "Effect": "Deny", "Principal": "*", "Action": "sqs:*", "Resource": arn,
             "Condition": {"Bool": {"aws:SecureTransport": "false"},
                           "StringNotEquals": {"aws:PrincipalAccount": ACCOUNT}}},
        ]}))
        self.set_queue(url, Policy="")
        self.assertNotIn("Policy", self.read_queue(url, {}))
        self.set_queue(url, Policy="")  # Deleting what is gone.
        self.delete_queue(url)
        self.refused(MISSING_QUEUE, 400, self.sqs, "SetQueueAttributes", QueueUrl=url, Attributes={"Policy": ""})

    def test_redrive_policies_are_put_changed_and_taken_away(self):
        dead, url = self.create_queue("dead"), self.create_queue("orders")
        self.set_queue(dead, RedriveAllowPolicy=json.dumps({"redrivePermission": "byQueue",
                                                            "sourceQueueArns": [queue_arn("orders")]}))
        self.set_queue(url, RedrivePolicy=json.dumps({"deadLetterTargetArn": queue_arn("dead"), "maxReceiveCount": 4}))
        self.set_queue(url, RedrivePolicy=json.dumps({"maxReceiveCount": 10, "deadLetterTargetArn": queue_arn("dead")}))
        self.set_queue(url, RedrivePolicy="")
        self.set_queue(dead, RedriveAllowPolicy=json.dumps({"redrivePermission": "denyAll"}))
        self.set_queue(dead, RedriveAllowPolicy="")

    def test_queue_is_looked_up_by_its_name(self):
        url = self.create_queue("orders")
        self.assertEqual(self.sqs.ask("GetQueueUrl", QueueName="orders")["QueueUrl"], url)
        self.assertEqual(self.sqs.ask("ListQueues", QueueNamePrefix="ord")["QueueUrls"], [url])
        self.refused(MISSING_QUEUE, 400, self.sqs, "GetQueueUrl", QueueName="none")


class QueuesOverQuery(QueueResources, Resources):
    pass


class QueuesOverJson(QueueResources, Resources):
    @staticmethod
    def sqs_of(hub):
        return Json(hub)


class TopicResources(Resources):
    """aws_sns_topic, aws_sns_topic_policy and aws_sns_topic_subscription."""

    def create_topic(self, name, create=None, tags=None, **attributes):
        """Only what makes a FIFO topic goes with the creation; the rest is set one by one."""
        members = {"Attributes": create} if create else {}
        arn = self.sns.ask("CreateTopic", Name=name, **members,
                           Tags=[{"Key": key, "Value": value} for key, value in (tags or {}).items()])["TopicArn"]
        self.set_topic(arn, **attributes)
        return arn

    def set_topic(self, arn, **attributes):
        for name, value in attributes.items():
            self.sns.ask("SetTopicAttributes", TopicArn=arn, AttributeName=name, AttributeValue=value)
        return self.read_topic(arn, attributes)

    def read_topic(self, arn, expected):
        got = self.sns.ask("GetTopicAttributes", TopicArn=arn)["Attributes"]
        self.assertHas(got, expected)
        return got

    def delete_topic(self, arn):
        self.sns.ask("DeleteTopic", TopicArn=arn)
        self.sns.ask("DeleteTopic", TopicArn=arn)
        self.refused("NotFound", 404, self.sns, "GetTopicAttributes", TopicArn=arn)

    def test_topic_is_created_read_changed_and_deleted(self):
        delivery = {"http": {"defaultHealthyRetryPolicy": {
            "minDelayTarget": 20, "maxDelayTarget": 20, "numRetries": 3, "numMaxDelayRetries": 0,
            "numNoDelayRetries": 0, "numMinDelayRetries": 0, "backoffFunction": "linear"},
            "disableSubscriptionOverrides": False}}
        arn = self.create_topic("news", tags={"Environment": "production"}, DisplayName="News",
                                DeliveryPolicy=json.dumps(delivery), KmsMasterKeyId="alias/aws/sns",
                                SignatureVersion="2", TracingConfig="Active")
        got = self.read_topic(arn, {"TopicArn": arn, "Owner": ACCOUNT})
        self.assertNotIn("FifoTopic", got)
        self.assertEqual(json.loads(got["Policy"])["Id"], "__default_policy_ID")
        self.set_topic(arn, DisplayName="", DeliveryPolicy="", KmsMasterKeyId="", SignatureVersion="1",
                       TracingConfig="PassThrough")
        self.delete_topic(arn)
        self.assertEqual(self.read_topic(self.create_topic("news"), {})["DisplayName"], "")

    def test_feedback_of_deliveries_is_kept(self):
        role = f"arn:aws:iam::{ACCOUNT}:role/feedback"
        names = [protocol + kind for protocol in ("HTTP", "SQS", "Lambda", "Firehose", "Application")
                 for kind in ("SuccessFeedbackRoleArn", "FailureFeedbackRoleArn")]
        arn = self.create_topic("news", **{name: role for name in names}, SQSSuccessFeedbackSampleRate="100")
        self.read_topic(arn, {**{name: role for name in names}, "SQSSuccessFeedbackSampleRate": "100"})
        self.set_topic(arn, SQSSuccessFeedbackRoleArn="", SQSSuccessFeedbackSampleRate="0")

    def test_fifo_topic_is_created_and_changed(self):
        arn = self.create_topic("orders.fifo", create={"FifoTopic": "true", "FifoThroughputScope": "Topic"},
                                ContentBasedDeduplication="true")
        self.read_topic(arn, {"FifoTopic": "true", "ContentBasedDeduplication": "true", "FifoThroughputScope": "Topic"})
        self.set_topic(arn, ContentBasedDeduplication="false", FifoThroughputScope="MessageGroup")
        self.delete_topic(arn)

    def test_tags_of_a_topic_are_replaced(self):
        arn = self.create_topic("news", tags={"Name": "news", "Team": "shop"})

        def tags():
            return {tag["Key"]: tag["Value"] for tag in self.sns.ask("ListTagsForResource", ResourceArn=arn)["Tags"]}

        self.assertEqual(tags(), {"Name": "news", "Team": "shop"})
        self.sns.ask("UntagResource", ResourceArn=arn, TagKeys=["Team"])
        self.sns.ask("TagResource", ResourceArn=arn, Tags=[{"Key": "Name", "Value": "all news"}])
        self.assertEqual(tags(), {"Name": "all news"})
        self.sns.ask("DeleteTopic", TopicArn=arn)
        self.refused("ResourceNotFound", 404, self.sns, "ListTagsForResource", ResourceArn=arn)

    def test_topic_policy_is_put_and_set_back_to_the_default(self):
        arn = self.create_topic("news")
        default = json.loads(self.read_topic(arn, {})["Policy"])
        self.set_topic(arn, Policy=policy(arn, "SNS:Publish", "events.amazonaws.com"))
        self.set_topic(arn, Policy=json.dumps({"Version": "2012-10-17", "Id": "both", "Statement": [
            {"Sid": "share", "Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{OTHER}:root"},
             "Action": ["SNS:Subscribe", "SNS:Publish"], "Resource": arn},
            {"Sid": "s3", "Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "SNS:Publish",
             "Resource": arn, "Condition": {"ArnLike": {"aws:SourceArn": "arn:aws:s3:::bucket"}}}]}))
        # What the provider takes for the default has one action more than what SNS gives.
        default["Statement"][0]["Action"].append("SNS:Receive")
        self.set_topic(arn, Policy=json.dumps(default))
        self.sns.ask("DeleteTopic", TopicArn=arn)
        self.refused("NotFound", 404, self.sns, "SetTopicAttributes", TopicArn=arn, AttributeName="Policy",
                     AttributeValue=json.dumps(default))

    # --- Subscriptions

    def subscribe(self, topic, name, **attributes):
        url = self.create_queue(name)
        self.set_queue(url, Policy=policy(queue_arn(name), "sqs:SendMessage", source=topic))
        arn = self.sns.ask("Subscribe", TopicArn=topic, Protocol="sqs", Endpoint=queue_arn(name), Attributes=attributes,
                           ReturnSubscriptionArn=True)["SubscriptionArn"]
        self.read_subscription(arn, {**attributes, "PendingConfirmation": "false", "Protocol": "sqs",
                                     "Endpoint": queue_arn(name), "TopicArn": topic, "Owner": ACCOUNT,
                                     "SubscriptionArn": arn, "ConfirmationWasAuthenticated": "true"})
        return url, arn

    def read_subscription(self, arn, expected):
        got = self.sns.ask("GetSubscriptionAttributes", SubscriptionArn=arn)["Attributes"]
        self.assertHas(got, expected)
        return got

    def set_subscription(self, arn, name, value):
        self.sns.ask("SetSubscriptionAttributes", SubscriptionArn=arn, AttributeName=name, AttributeValue=value)
        return self.read_subscription(arn, {name: value})

    def delete_subscription(self, arn):
        self.sns.ask("Unsubscribe", SubscriptionArn=arn)
        self.refused("NotFound", 404, self.sns, "GetSubscriptionAttributes", SubscriptionArn=arn)
        self.sns.ask("Unsubscribe", SubscriptionArn=arn)

    def test_subscription_is_created_read_changed_and_deleted(self):
        topic = self.create_topic("news")
        url, arn = self.subscribe(topic, "readers")
        self.assertEqual(self.read_subscription(arn, {"RawMessageDelivery": "false"}).get("FilterPolicy", ""), "")
        self.create_queue("dead")
        self.set_subscription(arn, "RawMessageDelivery", "true")
        self.set_subscription(arn, "FilterPolicy", json.dumps({"event": ["placed", {"prefix": "can"}]}))
        self.read_subscription(arn, {"FilterPolicyScope": "MessageAttributes"})
        redrive = json.dumps({"deadLetterTargetArn": queue_arn("dead")})
        self.set_subscription(arn, "RedrivePolicy", redrive)
        self.sns.ask("Publish", TopicArn=topic, Message="hello", MessageAttributes={
            "event": {"DataType": "String", "StringValue": "cancelled"}})
        [message] = self.sqs.ask("ReceiveMessage", QueueUrl=url)["Messages"]
        self.assertEqual(message["Body"], "hello")
        self.set_subscription(arn, "FilterPolicy", "{}")
        self.assertNotIn("FilterPolicyScope", self.read_subscription(arn, {}))
        self.sns.ask("SetSubscriptionAttributes", SubscriptionArn=arn, AttributeName="RedrivePolicy")
        self.assertNotIn("RedrivePolicy", self.read_subscription(arn, {}))
        self.set_subscription(arn, "RawMessageDelivery", "false")
        self.delete_subscription(arn)

    def test_all_of_a_subscription_is_set_when_it_is_created(self):
        self.create_queue("dead")
        self.subscribe(self.create_topic("news"), "readers", RawMessageDelivery="true", FilterPolicyScope="MessageBody",
                       FilterPolicy=json.dumps({"order": {"total": [{"numeric": [">", 100]}]}}),
                       RedrivePolicy=json.dumps({"deadLetterTargetArn": queue_arn("dead")}))

    def test_scope_of_a_filter_is_changed_in_the_order_that_keeps_each_step_valid(self):
        _, arn = self.subscribe(self.create_topic("news"), "readers", FilterPolicy=json.dumps({"event": ["placed"]}))
        nested = json.dumps({"order": {"event": ["placed"]}})
        self.refused("InvalidParameter", 400, self.sns, "SetSubscriptionAttributes", SubscriptionArn=arn,
                     AttributeName="FilterPolicy", AttributeValue=nested)
        self.set_subscription(arn, "FilterPolicyScope", "MessageBody")  # To the body first, then what only it allows,
        self.set_subscription(arn, "FilterPolicy", nested)
        self.set_subscription(arn, "FilterPolicy", json.dumps({"event": ["placed"]}))
        self.set_subscription(arn, "FilterPolicyScope", "MessageAttributes")  # and back the other way round.

    def test_scope_may_come_before_the_first_filter(self):
        _, arn = self.subscribe(self.create_topic("news"), "readers")
        self.sns.ask("SetSubscriptionAttributes", SubscriptionArn=arn, AttributeName="FilterPolicyScope",
                     AttributeValue="MessageBody")
        self.set_subscription(arn, "FilterPolicy", json.dumps({"order": {"event": ["placed"]}}))
        self.read_subscription(arn, {"FilterPolicyScope": "MessageBody"})

    def test_subscription_that_went_with_its_topic_or_queue_can_be_deleted(self):
        topic = self.create_topic("news")
        _, arn = self.subscribe(topic, "readers")
        self.delete_topic(topic)
        self.sns.ask("Unsubscribe", SubscriptionArn=arn)
        other = self.create_topic("others")
        url, arn = self.subscribe(other, "viewers")
        self.delete_queue(url)
        self.delete_subscription(arn)

    def test_provider_learns_whose_credentials_it_has(self):
        identity = Boto(self.hub, "sts").ask("GetCallerIdentity")
        self.assertEqual(identity["Account"], ACCOUNT)
        self.assertTrue(identity["Arn"].startswith(f"arn:aws:iam::{ACCOUNT}:"), identity["Arn"])
        self.assertTrue(identity["UserId"])


if __name__ == "__main__":
    unittest.main()
