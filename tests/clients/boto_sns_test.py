#!/usr/bin/python3
"""SNS as boto3 from Debian speaks it, with queues behind the topics.

boto_sns_test.py --binary=PATH [unittest options]
"""
import json
import unittest

from botocore.exceptions import ClientError

import emulated
from emulated import ACCOUNT, REGION


class SnsTest(unittest.TestCase):
    def setUp(self):
        self.hub = emulated.start(self)
        self.sns = emulated.client(self.hub, "sns")
        self.sqs = emulated.client(self.hub, "sqs")

    def topic(self, name="news", **attributes):
        return self.sns.create_topic(Name=name, Attributes=attributes)["TopicArn"]

    def queue(self, name, **attributes):
        """(URL, ARN)"""
        url = self.sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
        return url, f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}"

    def subscribe(self, topic, queue_arn, **attributes):
        return self.sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue_arn, Attributes=attributes)[
            "SubscriptionArn"]

    def refused(self, code, text, status, call, **arguments):
        with self.assertRaises(ClientError) as caught:
            call(**arguments)
        error = caught.exception.response["Error"]
        self.assertEqual((error["Code"], caught.exception.response["ResponseMetadata"]["HTTPStatusCode"]), (code, status))
        self.assertIn(text, error["Message"])

    def receive(self, url, **arguments):
        return self.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, AttributeNames=["All"],
                                        MessageAttributeNames=["All"], **arguments).get("Messages", [])

    def test_published_message_is_in_every_subscribed_queue_when_publish_returns(self):
        topic = self.topic()
        (raw_url, raw), (url, wrapped) = self.queue("raw"), self.queue("wrapped")
        self.subscribe(topic, raw, RawMessageDelivery="true")
        self.subscribe(topic, wrapped)
        published = self.sns.publish(TopicArn=topic, Message="hello", Subject="greeting", MessageAttributes={
            "event": {"DataType": "String", "StringValue": "placed"}})
        [message] = self.receive(raw_url)
        self.assertEqual(message["Body"], "hello")
        self.assertEqual(message["MessageAttributes"]["event"]["StringValue"], "placed")
        [message] = self.receive(url)
        self.assertNotIn("MessageAttributes", message)
        envelope = json.loads(message["Body"])
        self.assertEqual((envelope["Type"], envelope["MessageId"], envelope["TopicArn"]),
                         ("Notification", published["MessageId"], topic))
        self.assertEqual((envelope["Message"], envelope["Subject"]), ("hello", "greeting"))
        self.assertEqual(envelope["MessageAttributes"], {"event": {"Type": "String", "Value": "placed"}})
        self.assertNotEqual(message["MessageId"], published["MessageId"])  # [aws 128]

    def test_filters_let_through_what_they_say(self):
        topic = self.topic()
        url, arn = self.queue("eu")
        subscription = self.subscribe(topic, arn, RawMessageDelivery="true",
                                      FilterPolicy=json.dumps({"region": [{"prefix": "eu-"}]}))
        for region in ("eu-west", "us-east"):
            self.sns.publish(TopicArn=topic, Message=region, MessageAttributes={
                "region": {"DataType": "String", "StringValue": region}})
        self.assertEqual([m["Body"] for m in self.receive(url)], ["eu-west"])
        self.sns.set_subscription_attributes(SubscriptionArn=subscription, AttributeName="FilterPolicy",
                                             AttributeValue="{}")
        self.sns.publish(TopicArn=topic, Message="anything")
        self.assertEqual([m["Body"] for m in self.receive(url)], ["anything"])

    def test_filter_policies_are_refused_in_the_words_of_sns(self):
        topic = self.topic()
        _, arn = self.queue("q")
        def subscribe(**attributes):
            return {"TopicArn": topic, "Protocol": "sqs", "Endpoint": arn, "Attributes": attributes}
        self.refused("InvalidParameter", "Invalid parameter: Attributes Reason: FilterPolicy: Unrecognized match type x",
                     400, self.sns.subscribe, **subscribe(FilterPolicy='{"a": [{"x": 1}]}'))
        self.refused("InvalidParameter", "Invalid parameter: Attributes Reason: FilterPolicy: Filter policy can not have "
                     "more than 5 keys", 400, self.sns.subscribe,
                     **subscribe(FilterPolicy=json.dumps({str(i): ["a"] for i in range(6)})))
        self.refused("InvalidParameter", "RawMessageDelivery: Invalid value [x]. Must be true or false.", 400,
                     self.sns.subscribe, **subscribe(RawMessageDelivery="x"))
        subscription = self.subscribe(topic, arn)
        self.refused("InvalidParameter", "Invalid parameter: FilterPolicyScope: Invalid value [x]. Please use either "
                     "MessageBody or MessageAttributes", 400, self.sns.set_subscription_attributes,
                     SubscriptionArn=subscription, AttributeName="FilterPolicyScope", AttributeValue="x")

    def test_subscription_is_described_listed_and_ended(self):
        topic = self.topic()
        _, arn = self.queue("q")
        subscription = self.subscribe(topic, arn)
        self.assertTrue(subscription.startswith(topic + ":"))
        self.assertEqual(self.subscribe(topic, arn), subscription)
        got = self.sns.get_subscription_attributes(SubscriptionArn=subscription)["Attributes"]
        self.assertEqual({name: got[name] for name in ("Endpoint", "Owner", "PendingConfirmation", "Protocol",
                                                       "RawMessageDelivery", "SubscriptionArn", "TopicArn",
                                                       "ConfirmationWasAuthenticated")},
                         {"Endpoint": arn, "Owner": ACCOUNT, "PendingConfirmation": "false", "Protocol": "sqs",
                          "RawMessageDelivery": "false", "SubscriptionArn": subscription, "TopicArn": topic,
                          "ConfirmationWasAuthenticated": "true"})
        listed = {"SubscriptionArn": subscription, "Owner": ACCOUNT, "Protocol": "sqs", "Endpoint": arn, "TopicArn": topic}
        self.assertEqual(self.sns.list_subscriptions()["Subscriptions"], [listed])
        self.assertEqual(self.sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"], [listed])
        self.assertEqual(self.sns.get_topic_attributes(TopicArn=topic)["Attributes"]["SubscriptionsConfirmed"], "1")
        self.sns.unsubscribe(SubscriptionArn=subscription)
        self.sns.unsubscribe(SubscriptionArn=subscription)  # [aws 109]
        self.assertEqual(self.sns.list_subscriptions()["Subscriptions"], [])
        self.refused("NotFound", "Subscription does not exist", 404, self.sns.get_subscription_attributes,
                     SubscriptionArn=subscription)

    def test_topics_are_created_once_listed_in_pages_and_deleted(self):
        topic = self.topic(DisplayName="News")
        self.assertEqual(topic, f"arn:aws:sns:{REGION}:{ACCOUNT}:news")
        self.assertEqual(self.topic(), topic)
        self.refused("InvalidParameter", "Invalid parameter: Attributes Reason: Topic already exists with different "
                     "attributes", 400, self.sns.create_topic, Name="news", Attributes={"DisplayName": "Other"})
        for i in range(101):
            self.topic(f"many-{i:03}")
        first = self.sns.list_topics()
        second = self.sns.list_topics(NextToken=first["NextToken"])
        self.assertEqual((len(first["Topics"]), len(second["Topics"])), (100, 2))
        self.assertNotIn("NextToken", second)
        got = self.sns.get_topic_attributes(TopicArn=topic)["Attributes"]
        self.assertEqual((got["DisplayName"], got["Owner"], got["TopicArn"]), ("News", ACCOUNT, topic))
        self.assertEqual(json.loads(got["Policy"])["Id"], "__default_policy_ID")
        self.assertNotIn("FifoTopic", got)
        self.assertEqual(json.loads(got["EffectiveDeliveryPolicy"])["http"]["defaultHealthyRetryPolicy"]["numRetries"], 3)
        self.sns.delete_topic(TopicArn=topic)
        self.sns.delete_topic(TopicArn=topic)  # [aws 109]
        self.refused("NotFound", "Topic does not exist", 404, self.sns.publish, TopicArn=topic, Message="a")

    def test_errors_are_those_of_sns(self):
        topic = self.topic()
        self.refused("InvalidParameter", "Invalid parameter: Topic Name", 400, self.sns.create_topic, Name="a b")
        self.refused("InvalidParameter", "Invalid parameter: TopicArn Reason: An ARN must have at least 6 elements, not 1",
                     400, self.sns.publish, TopicArn="x", Message="a")
        self.refused("InvalidParameter", "Invalid parameter: Empty message", 400, self.sns.publish, TopicArn=topic,
                     Message="")
        self.refused("InvalidParameter", "Invalid parameter: Message too long", 400, self.sns.publish, TopicArn=topic,
                     Message="x" * 262_145)
        self.refused("InvalidParameter", "Invalid parameter: Subject", 400, self.sns.publish, TopicArn=topic, Message="a",
                     Subject="two\nlines")
        self.refused("InvalidParameter", "Invalid parameter: Message Structure - No default entry in JSON message body",
                     400, self.sns.publish, TopicArn=topic, Message="{}", MessageStructure="json")
        self.refused("InvalidParameter", "Invalid parameter: Amazon SNS does not support this protocol string: x", 400,
                     self.sns.subscribe, TopicArn=topic, Protocol="x", Endpoint="y")
        self.refused("InvalidParameter", "Invalid parameter: SQS endpoint ARN", 400, self.sns.subscribe, TopicArn=topic,
                     Protocol="sqs", Endpoint="http://localhost/0/q")
        self.refused("InvalidParameter", "The request includes MessageDeduplicationId parameter that is not valid for this "
                     "topic type", 400, self.sns.publish, TopicArn=topic, Message="a", MessageDeduplicationId="d")

    def test_errors_of_messages_name_what_sns_would(self):
        topic = self.topic()
        self.refused("InvalidParameter", "Invalid parameter: Subject", 400, self.sns.publish, TopicArn=topic, Message="a",
                     Subject="s" * 100)
        self.sns.publish(TopicArn=topic, Message="a", Subject="\u00e9" * 99)  # [aws 120] Characters are counted.
        for text in ('{"default":""}', '{"default":"x","sqs":""}'):
            self.refused("InvalidParameter", "Invalid parameter: Empty message", 400, self.sns.publish, TopicArn=topic,
                         Message=text, MessageStructure="json")
        for attribute in ({"a b": {"DataType": "String", "StringValue": "x"}},  # [aws 122]
                          {"aws.x": {"DataType": "String", "StringValue": "x"}},
                          {"a": {"DataType": "String." + "x" * 300, "StringValue": "x"}}):
            self.refused("ParameterValueInvalid", "", 400, self.sns.publish, TopicArn=topic, Message="a",
                         MessageAttributes=attribute)
        self.refused("BatchRequestTooLong", "The length of all the messages put together is more than the limit.", 400,
                     self.sns.publish_batch, TopicArn=topic, PublishBatchRequestEntries=[
                         {"Id": "a", "Message": "m" * 262_145}, {"Id": "b", "Message": "x"}])

    def test_errors_of_topics_and_subscriptions_name_what_sns_would(self):
        topic = self.topic()
        for call in (self.sns.add_permission, self.sns.remove_permission):
            more = {"AWSAccountId": ["111122223333"], "ActionName": ["Publish"]} if call == self.sns.add_permission else {}
            for arn, text in (("foo", "Invalid parameter: TopicArn Reason: An ARN must have at least 6 elements, not 1"),
                              (topic.replace(REGION, "ap-east-1"), "Invalid parameter: TopicArn")):
                self.refused("InvalidParameter", text, 400, call, TopicArn=arn, Label="l", **more)
        self.refused("InvalidParameter", "FifoTopic: Invalid value [banana].", 400, self.sns.create_topic, Name="y",
                     Attributes={"FifoTopic": "banana"})
        missing = f"arn:aws:sns:{REGION}:{ACCOUNT}:none:7d5ae5b7-0e1b-4c1e-9d1f-0d9d2f2f7b11"
        self.refused("NotFound", "Subscription does not exist", 404, self.sns.get_subscription_attributes,
                     SubscriptionArn=missing)
        fifo = self.sns.create_topic(Name="t.fifo", Attributes={"FifoTopic": "true"})["TopicArn"]
        self.refused("InvalidParameter", "Invalid parameter: Invalid parameter: Endpoint Reason: Please use FIFO SQS queue",
                     400, self.sns.subscribe, TopicArn=fifo, Protocol="http", Endpoint="http://127.0.0.1:9/")

    def test_subscribing_again_gives_what_is_there_unless_something_else_is_asked_for(self):
        topic = self.topic()
        _, queue = self.queue("q")

        arn = self.subscribe(topic, queue, RawMessageDelivery="true", FilterPolicy="")
        self.assertEqual({self.subscribe(topic, queue), self.subscribe(topic, queue, RawMessageDelivery="true"),
                          self.subscribe(topic, queue, FilterPolicyScope="MessageAttributes")}, {arn})
        self.refused("InvalidParameter", "Subscription already exists with different attributes", 400, self.sns.subscribe,
                     TopicArn=topic, Protocol="sqs", Endpoint=queue, Attributes={"RawMessageDelivery": "false"})
        self.sns.set_subscription_attributes(SubscriptionArn=arn, AttributeName="RawMessageDelivery", AttributeValue="false")
        self.assertEqual(self.subscribe(topic, queue), arn)

    def test_notification_stays_signed_in_a_dead_letter_queue(self):
        topic = self.topic()
        dead_url, dead = self.queue("dead")
        url, arn = self.queue("q", RedrivePolicy=json.dumps({"deadLetterTargetArn": dead, "maxReceiveCount": 1}))
        self.subscribe(topic, arn)
        self.sns.publish(TopicArn=topic, Message="a", Subject="s")
        [first] = self.receive(url, VisibilityTimeout=0)
        self.assertEqual(self.receive(url), [])
        [given_up] = self.receive(dead_url)
        self.assertEqual(given_up["Body"], first["Body"])
        self.assertLessEqual({"Signature", "SigningCertURL", "UnsubscribeURL"}, set(json.loads(given_up["Body"])))

    def test_batch_publishes_each_entry_alone(self):
        topic = self.topic()
        url, arn = self.queue("q")
        self.subscribe(topic, arn, RawMessageDelivery="true")
        done = self.sns.publish_batch(TopicArn=topic, PublishBatchRequestEntries=[
            {"Id": "a", "Message": "a"}, {"Id": "b", "Message": ""},
            {"Id": "c", "Message": json.dumps({"default": "d", "sqs": "for queues"}), "MessageStructure": "json"}])
        self.assertEqual([entry["Id"] for entry in done["Successful"]], ["a", "c"])
        self.assertEqual([(entry["Id"], entry["Code"]) for entry in done["Failed"]], [("b", "InvalidParameter")])
        self.assertEqual(sorted(m["Body"] for m in self.receive(url)), ["a", "for queues"])
        self.refused("TooManyEntriesInBatchRequest", "The batch request contains more entries than permissible.", 400,
                     self.sns.publish_batch, TopicArn=topic,
                     PublishBatchRequestEntries=[{"Id": str(i), "Message": "a"} for i in range(11)])

    # rule: aws 121 what is wrong with the attributes or the order of one entry refuses them all
    def test_batch_is_refused_whole_for_attributes_order_or_structure(self):
        topic = self.topic()
        url, arn = self.queue("q")
        self.subscribe(topic, arn)
        fifo = self.topic("t.fifo", FifoTopic="True", ContentBasedDeduplication="False")
        number = {"DataType": "Number", "StringValue": "x"}
        reserved = {"AWS.x": {"DataType": "String", "StringValue": "x"}}
        for to, bad, code, text in (
                (topic, {"MessageAttributes": {"a": number}}, "ParameterValueInvalid", "to a number"),
                (topic, {"MessageAttributes": reserved}, "ParameterValueInvalid", "AWS.x"),
                (topic, {"MessageStructure": "json"}, "InvalidParameter", "Message Structure"),
                (fifo, {}, "InvalidParameter", "The MessageGroupId parameter is required for FIFO topics"),
                (fifo, {"MessageGroupId": "g"}, "InvalidParameter", "The topic should either have ContentBased")):
            self.refused(code, text, 400, self.sns.publish_batch, TopicArn=to, PublishBatchRequestEntries=[
                {"Id": "1", "Message": "{}", **bad},
                {"Id": "2", "Message": "m", **({"MessageGroupId": "g", "MessageDeduplicationId": "d"} if to == fifo else {})}])
        self.assertEqual(self.receive(url), [])

    # rule: aws 123 a key that comes twice: the last one counts
    def test_structure_may_have_keys_twice(self):
        topic = self.topic()
        url, arn = self.queue("q")
        self.subscribe(topic, arn, RawMessageDelivery="TrUe")
        self.sns.publish(TopicArn=topic, Message='{"default": "a", "default": "b"}', MessageStructure="json")
        self.assertEqual([m["Body"] for m in self.receive(url)], ["b"])

    # rule: aws 112 a queue may be subscribed before it is there
    def test_queue_that_is_subscribed_may_come_later(self):
        topic = self.topic()
        arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:later"
        self.assertTrue(self.subscribe(topic, arn).startswith(topic))
        self.sns.publish(TopicArn=topic, Message="lost")
        url, _ = self.queue("later")
        self.sns.publish(TopicArn=topic, Message="kept")
        self.assertEqual([json.loads(m["Body"])["Message"] for m in self.receive(url)], ["kept"])

    # rule: aws 124 a standard queue is not told how a FIFO topic grouped its messages
    def test_standard_queue_knows_nothing_of_the_groups_of_a_fifo_topic(self):
        topic = self.topic("t.fifo", FifoTopic="true", ContentBasedDeduplication="true")
        url, arn = self.queue("q")
        self.subscribe(topic, arn)
        self.sns.publish(TopicArn=topic, Message="m", MessageGroupId="g")
        [message] = self.receive(url)
        self.assertEqual(set(message["Attributes"]), {"SenderId", "SentTimestamp", "ApproximateReceiveCount",
                                                      "ApproximateFirstReceiveTimestamp"})

    # rule: aws 118 policies are shown with the parts that nobody has set
    def test_delivery_policies_are_shown_whole(self):
        topic = self.topic()
        self.sns.set_topic_attributes(TopicArn=topic, AttributeName="DeliveryPolicy", AttributeValue=json.dumps(
            {"http": {"defaultRequestPolicy": {"headerContentType": "application/json"}}}))
        shown = self.sns.get_topic_attributes(TopicArn=topic)["Attributes"]["DeliveryPolicy"]
        self.assertEqual(json.loads(shown), {"http": {
            "disableSubscriptionOverrides": False, "defaultRequestPolicy": {"headerContentType": "application/json"}}})
        self.assertEqual(self.topic(DeliveryPolicy=shown), topic)
        self.refused("InvalidParameter", "Invalid parameter: AttributeName", 400, self.sns.set_topic_attributes,
                     TopicArn=topic, AttributeName="FifoTopic", AttributeValue="false")
        arn = self.sns.subscribe(TopicArn=topic, Protocol="lambda", ReturnSubscriptionArn=True,
                                 Endpoint=f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:f")["SubscriptionArn"]
        self.assertNotIn("EffectiveDeliveryPolicy",
                         self.sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"])
        arn = self.sns.subscribe(TopicArn=topic, Protocol="http", Endpoint="http://127.0.0.1:9/", ReturnSubscriptionArn=True,
                                 Attributes={"DeliveryPolicy": '{"healthyRetryPolicy": {"numRetries": 1}}'})["SubscriptionArn"]
        attributes = self.sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]
        self.assertEqual(json.loads(attributes["DeliveryPolicy"]), {
            "healthyRetryPolicy": {"numRetries": 1}, "sicklyRetryPolicy": None, "throttlePolicy": None,
            "requestPolicy": None, "guaranteed": False})
        self.assertIsNone(json.loads(attributes["EffectiveDeliveryPolicy"])["throttlePolicy"])
        self.assertEqual(arn, self.sns.subscribe(
            TopicArn=topic, Protocol="http", Endpoint="http://127.0.0.1:9/", ReturnSubscriptionArn=True,
            Attributes={"DeliveryPolicy": attributes["DeliveryPolicy"]})["SubscriptionArn"])

    # rule: aws 122 the words of SNS
    def test_message_attributes_are_refused_in_the_words_of_sns(self):
        topic = self.topic()
        text = {"DataType": "String", "StringValue": "x"}
        character = ("Invalid non-alphanumeric character '#x5E' was found in the message attribute name. Can only include "
                     "alphanumeric characters, hyphens, underscores, or dots.")
        for name, attribute, why in (
                ("a", {"DataType": "String", "StringValue": ""}, "The message attribute 'a' must contain non-empty message "
                 "attribute value for message attribute type 'String'."),
                ("a", {"DataType": "Number", "BinaryValue": b"1"},
                 "The message attribute 'a' with type 'Number' must use field 'String'."),
                ("a", {"DataType": "Binary", "StringValue": "1"},
                 "The message attribute 'a' with type 'Binary' must use field 'Binary'."),
                ("a", {"DataType": "String.", "StringValue": "1"}, "The message attribute 'a' has an invalid message "
                 "attribute type, the set of supported type prefixes is Binary, Number, and String."),
                ("a" * 257, text, "Length of message attribute name must be less than 256 bytes."),
                ("a^*?", text, character),
                (".a", text, "Invalid message attribute name starting with character '.' was found."),
                ("a.", text, "Invalid message attribute name ending with character '.' was found."),
                ("a..b", text, "Message attribute name can not have successive '.' character.")):
            with self.subTest(name=name[:10], attribute=attribute):
                self.refused("ParameterValueInvalid", why, 400, self.sns.publish, TopicArn=topic, Message="m",
                             MessageAttributes={name: attribute})

    # rule: aws 110 ARNs that are none
    def test_arns_that_are_none_are_named_as_sns_names_them(self):
        self.refused("InvalidParameter", "Invalid parameter: TopicArn Reason: An ARN must have at least 6 elements, not 1",
                     400, self.sns.publish, TopicArn="", Message="m")
        self.refused("InvalidParameter", "Invalid parameter: SubscriptionId", 400, self.sns.unsubscribe,
                     SubscriptionArn=f"arn:aws:sns:{REGION}:{ACCOUNT}:random")
        self.refused("InvalidParameter", "Invalid parameter: Topic", 400, self.sns.confirm_subscription,
                     TopicArn="not-an-arn", Token="x")

    # rule: aws 115 who has not confirmed cannot be unsubscribed
    def test_endpoint_that_has_not_confirmed_stays(self):
        topic = self.topic()
        arn = self.sns.subscribe(TopicArn=topic, Protocol="http", Endpoint="http://127.0.0.1:9/",
                                 ReturnSubscriptionArn=True)["SubscriptionArn"]
        self.refused("InvalidParameter", "Cannot unsubscribe a subscription that is pending confirmation", 400, self.sns.unsubscribe, SubscriptionArn=arn)
        self.assertEqual(len(self.sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]), 1)

    # rule: aws 116 what a protocol cannot have
    def test_attributes_that_do_not_go_with_the_protocol_are_refused(self):
        topic = self.topic()
        self.refused("InvalidParameter", "Invalid parameter: Attributes Reason: Delivery protocol [email] does not support "
                     "raw message delivery.", 400, self.sns.subscribe, TopicArn=topic, Protocol="email",
                     Endpoint="a@example.com", Attributes={"RawMessageDelivery": "true"})
        _, queue = self.queue("q")
        self.refused("InvalidParameter", "DeliveryPolicy", 400, self.sns.set_subscription_attributes,
                     SubscriptionArn=self.subscribe(topic, queue), AttributeName="DeliveryPolicy",
                     AttributeValue='{"healthyRetryPolicy": {"numRetries": 1}}')

    # rule: aws 149 the archive must go first
    def test_topic_with_an_archive_is_not_deleted(self):
        topic = self.topic("z.fifo", FifoTopic="true", ArchivePolicy='{"MessageRetentionPeriod": "30"}')
        self.refused("InvalidState", "Invalid state: Cannot delete a topic with an ArchivePolicy", 400,
                     self.sns.delete_topic, TopicArn=topic)
        self.sns.set_topic_attributes(TopicArn=topic, AttributeName="ArchivePolicy", AttributeValue="{}")
        self.sns.delete_topic(TopicArn=topic)

    # rule: aws 106 what SNS makes of permissions
    def test_permissions_of_topics(self):
        topic = self.topic()
        self.sns.add_permission(TopicArn=topic, Label="l", AWSAccountId=[ACCOUNT],
                                ActionName=["GetDataProtectionPolicy", "PutDataProtectionPolicy"])
        self.refused("InvalidParameter", "Invalid parameter: A provided account ID is not valid", 400,
                     self.sns.add_permission, TopicArn=topic, Label="m", AWSAccountId=["1"], ActionName=["Publish"])
        self.sns.remove_permission(TopicArn=topic, Label="nobody's")

    # rule: aws 108 tags that it has already are no other tags
    def test_topic_is_created_again_with_some_of_its_tags(self):
        tags = [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}]
        arn = self.sns.create_topic(Name="tagged", Tags=tags)["TopicArn"]
        self.assertEqual(self.sns.create_topic(Name="tagged", Tags=tags[:1])["TopicArn"], arn)
        self.refused("InvalidParameter", "Tags Reason: Topic already exists with different tags", 400, self.sns.create_topic,
                     Name="tagged", Tags=tags + [{"Key": "c", "Value": "3"}])

    def test_fifo_topic_keeps_order_in_fifo_queues(self):
        topic = self.topic("orders.fifo", FifoTopic="true", ContentBasedDeduplication="true")
        url, arn = self.queue("orders.fifo", FifoQueue="true")
        self.subscribe(topic, arn, RawMessageDelivery="true")
        for body in ("1", "2", "2", "3"):
            self.sns.publish(TopicArn=topic, Message=body, MessageGroupId="g")
        self.assertEqual([m["Body"] for m in self.receive(url)], ["1", "2", "3"])
        self.refused("InvalidParameter", "The MessageGroupId parameter is required for FIFO topics", 400, self.sns.publish,
                     TopicArn=topic, Message="a")
        plain = self.topic("plain")
        self.refused("InvalidParameter", "FIFO SQS Queues can not be subscribed to standard SNS topics", 400,
                     self.sns.subscribe, TopicArn=plain, Protocol="sqs", Endpoint=arn)

    # rule: aws 122 error codes of attributes
    def test_attributes_that_are_none_are_refused_as_sns_refuses_them(self):
        topic = self.topic()
        for attribute, code, text in (
                ({"DataType": "Foo", "StringValue": "x"}, "ParameterValueInvalid", "invalid message attribute type"),
                ({"DataType": "Number", "StringValue": "x"}, "ParameterValueInvalid", "to a number")):
            self.refused(code, text, 400, self.sns.publish, TopicArn=topic, Message="m",
                         MessageAttributes={"a": attribute})
        for number in ("1", "-2.5", "+3", "1e9", "0.00001"):
            self.sns.publish(TopicArn=topic, Message="m",
                             MessageAttributes={"a": {"DataType": "Number", "StringValue": number}})

    def test_what_needs_phones_is_refused_with_an_error_that_the_model_has(self):
        self.refused("AuthorizationError", "sends no SMS", 403, self.sns.list_platform_applications)
        self.refused("AuthorizationError", "sends no SMS", 403, self.sns.get_sms_sandbox_account_status)
        with self.assertRaises(self.sns.exceptions.AuthorizationErrorException):
            self.sns.create_platform_application(Name="app", Platform="GCM", Attributes={})

    def test_a_queue_replays_the_archive_of_a_fifo_topic(self):
        topic = self.topic("log.fifo", FifoTopic="true", ArchivePolicy='{"MessageRetentionPeriod": "30"}')
        self.assertIn("BeginningArchiveTime", self.sns.get_topic_attributes(TopicArn=topic)["Attributes"])
        sent = [self.sns.publish(TopicArn=topic, Message=str(i), MessageGroupId="g", MessageDeduplicationId=str(i))
                for i in range(30)]
        url, arn = self.queue("late")
        policy = {"PointType": "Timestamp", "StartingPoint": "2026-01-01T00:00:00.000Z"}
        subscription = self.subscribe(topic, arn, ReplayPolicy=json.dumps(policy))
        bodies = []
        while len(bodies) < 30:
            for message in self.receive(url):
                bodies.append(json.loads(message["Body"]))
                self.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        self.assertEqual([body["MessageId"] for body in bodies], [one["MessageId"] for one in sent])
        self.assertTrue(all(body["Replayed"] for body in bodies))
        attributes = self.sns.get_subscription_attributes(SubscriptionArn=subscription)["Attributes"]
        self.assertEqual(attributes["ReplayStatus"], "Completed")
        self.assertEqual(json.loads(attributes["ReplayPolicy"]), policy)

    def test_tags_and_the_data_protection_policy_are_kept(self):
        topic = self.sns.create_topic(Name="tagged", Tags=[{"Key": "team", "Value": "shop"}])["TopicArn"]
        self.sns.tag_resource(ResourceArn=topic, Tags=[{"Key": "a", "Value": "b"}])
        self.sns.untag_resource(ResourceArn=topic, TagKeys=["team"])
        self.assertEqual(self.sns.list_tags_for_resource(ResourceArn=topic)["Tags"], [{"Key": "a", "Value": "b"}])
        self.refused("ResourceNotFound", "Resource does not exist", 404, self.sns.list_tags_for_resource,
                     ResourceArn=topic + "-none")
        policy = {"Name": "p", "Version": "2021-06-01", "Statement": []}
        self.sns.put_data_protection_policy(ResourceArn=topic, DataProtectionPolicy=json.dumps(policy))
        kept = self.sns.get_data_protection_policy(ResourceArn=topic)["DataProtectionPolicy"]
        self.assertEqual(json.loads(kept), policy)
        self.sns.add_permission(TopicArn=topic, Label="share", AWSAccountId=["111122223333"], ActionName=["Publish"])
        attributes = self.sns.get_topic_attributes(TopicArn=topic)["Attributes"]
        self.assertIn("share", [s["Sid"] for s in json.loads(attributes["Policy"])["Statement"]])
        self.refused("InvalidParameter", "Invalid parameter: Statement already exists", 400, self.sns.add_permission,
                     TopicArn=topic, Label="share", AWSAccountId=["111122223333"], ActionName=["Publish"])
        self.sns.remove_permission(TopicArn=topic, Label="share")


if __name__ == "__main__":
    unittest.main()
