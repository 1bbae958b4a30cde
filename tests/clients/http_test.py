#!/usr/bin/python3
"""The HTTP endpoint byte by byte: the JSON protocol, what tells the protocols apart, and what rude peers send.

http_test.py --binary=PATH [unittest options]
"""
import http.client
import json
import re
import socket
import unittest

import emulated
from emulated import ACCOUNT, REGION
from running import PATIENCE_S, within

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def signed(service, key="test", region=REGION):
    return {"Authorization": f"AWS4-HMAC-SHA256 Credential={key}/20260101/{region}/{service}/aws4_request, "
                             "SignedHeaders=host, Signature=0"}


class HttpTest(unittest.TestCase):
    def setUp(self):
        self.hub = emulated.start(self)
        self.host = self.hub.http.removeprefix("http://")

    def ask(self, method, path, body=None, headers=None):
        """(status, fields, body as text)"""
        connection = http.client.HTTPConnection(self.host, timeout=PATIENCE_S)
        try:
            connection.request(method, path, body, {**signed("sqs"), **(headers or {})})
            response = connection.getresponse()
            return response.status, response.headers, response.read().decode()
        finally:
            connection.close()

    def json(self, action, status=200, path="/", headers=None, **members):
        done, fields, body = self.ask("POST", path, json.dumps(members), {
            "X-Amz-Target": "AmazonSQS." + action, "Content-Type": "application/x-amz-json-1.0", **(headers or {})})
        self.assertEqual((done, fields["Content-Type"]), (status, "application/x-amz-json-1.0"), body)
        self.assertRegex(fields["x-amzn-RequestId"], "^[0-9a-f-]{36}$")
        return json.loads(body) if status == 200 else (json.loads(body), fields["x-amzn-query-error"])

    def raw(self, data, end=True):
        """Everything that comes back for these bytes until the hub closes, or stops answering."""
        host, port = self.host.split(":")
        with socket.create_connection((host, int(port)), timeout=PATIENCE_S) as peer:
            peer.sendall(data)
            if end:
                peer.shutdown(socket.SHUT_WR)
            got = b""
            while part := peer.recv(65536):
                got += part
            return got

    def test_json_protocol_sends_and_receives(self):
        url = self.json("CreateQueue", QueueName="orders", Attributes={"VisibilityTimeout": "60"}, tags={"a": "b"})["QueueUrl"]
        self.assertEqual(url, f"http://{self.host}/{ACCOUNT}/orders")
        self.assertEqual(self.json("ListQueueTags", QueueUrl=url), {"Tags": {"a": "b"}})
        sent = self.json("SendMessage", QueueUrl="orders", MessageBody="\u00e9\U0001f600", DelaySeconds=None)
        self.assertEqual(set(sent), {"MessageId", "MD5OfMessageBody"})
        received = self.json("ReceiveMessage", QueueUrl=url, MessageSystemAttributeNames=["All"], path=f"/{ACCOUNT}/orders")
        self.assertEqual(received["Messages"][0]["Body"], "\u00e9\U0001f600")
        self.assertEqual(self.json("ReceiveMessage", QueueUrl=url), {})
        handle = received["Messages"][0]["ReceiptHandle"]
        self.assertEqual(self.json("DeleteMessage", QueueUrl=url, ReceiptHandle=handle), {})
        self.assertEqual(self.json("ListQueues"), {"QueueUrls": [url]})

    def test_json_errors_carry_both_names(self):
        error, legacy = self.json("GetQueueUrl", status=400, QueueName="none")
        self.assertEqual(error, {"__type": "com.amazonaws.sqs#QueueDoesNotExist",
                                 "message": "The specified queue does not exist."})
        self.assertEqual(legacy, "AWS.SimpleQueueService.NonExistentQueue;Sender")
        error, legacy = self.json("SendMessage", status=400, QueueUrl="none")
        self.assertEqual((error["__type"], legacy),
                         ("com.amazonaws.sqs#MissingRequiredParameterException", "MissingParameter;Sender"))
        _, legacy = self.json("SendMessage", status=400, QueueUrl="none", MessageBody="a", DelaySeconds=2**63 - 1)
        self.assertEqual(legacy, "InvalidParameterValue;Sender")
        error, _ = self.json("ReceiveMessage", status=400, QueueUrl="none", MaxNumberOfMessages="ten")
        self.assertEqual((error["__type"], error["message"]), ("com.amazonaws.sqs#SerializationException",
                                                               "STRING_VALUE can not be converted to an Integer"))
        for body in ("{", "[]", '"x"'):
            status, fields, _ = self.ask("POST", "/", body, {"X-Amz-Target": "AmazonSQS.ListQueues"})
            self.assertEqual((status, fields["x-amzn-query-error"]), (400, "MalformedInput;Sender"))
        status, fields, body = self.ask("POST", "/", "{}", {"X-Amz-Target": "AmazonSQS.FooBar"})
        self.assertEqual((status, fields["x-amzn-query-error"], json.loads(body)["__type"]),
                         (404, "UnknownOperationException;Sender", "com.amazonaws.sqs#UnknownOperationException"))
        for action, members, legacy in (
                ("SendMessage", {"MessageBody": "a"}, "AWS.SimpleQueueService.NonExistentQueue;Sender"),
                ("GetQueueUrl", {}, "InvalidParameterValue;Sender"),
                ("ChangeMessageVisibility", {"QueueUrl": "none", "ReceiptHandle": "garbage"}, "MissingParameter;Sender"),
                ("SendMessage", {"QueueUrl": "none", "MessageBody": "a", "MessageAttributes": {
                    "a": {"DataType": "String", "StringListValues": ["b"]}}},
                 "AWS.SimpleQueueService.UnsupportedOperation;Sender")):
            with self.subTest(action=action, members=members):
                self.assertEqual(self.json(action, status=400, **members)[1], legacy)

    def test_query_is_told_apart_and_refused_as_sqs_does(self):
        status, _, body = self.ask("GET", "/?Action=CreateQueue&QueueName=orders")
        self.assertEqual(status, 200)
        self.assertIn('<CreateQueueResponse xmlns="http://queue.amazonaws.com/doc/2012-11-05/"><CreateQueueResult>'
                      f"<QueueUrl>http://{self.host}/{ACCOUNT}/orders</QueueUrl></CreateQueueResult>", body)
        path = f"/{ACCOUNT}/orders"
        status, _, body = self.ask("POST", path, "Action=SendMessage&MessageBody=a+b%26", FORM)
        self.assertEqual(status, 200, body)
        status, _, body = self.ask("GET", path + "?Action=ReceiveMessage")
        self.assertIn("<Body>a b&amp;</Body>", body)
        status, _, body = self.ask("POST", path, "Action=ReceiveMessage", FORM)
        self.assertIn("<ReceiveMessageResult/>", body)  # [aws 17]
        status, fields, body = self.ask("POST", "/", "Action=ListQueues", {**FORM, "Accept": "application/json"})
        self.assertEqual(fields["Content-Type"], "application/json")
        self.assertEqual(json.loads(body)["ListQueuesResponse"]["ListQueuesResult"]["QueueUrls"],
                         [f"http://{self.host}{path}"])
        status, _, body = self.ask("POST", "/", "Action=FooBar", FORM)
        self.assertEqual(status, 400)
        self.assertIn("<Code>InvalidAction</Code><Message>The action FooBar is not valid for this endpoint.</Message>", body)
        self.assertIn("<Code>InvalidAction</Code>", self.ask("POST", path, "Action=ListQueues", FORM)[2])  # [aws 8]
        status, _, body = self.ask("GET", path)
        self.assertEqual(status, 404)
        self.assertIn("<UnknownOperationException/>", body)  # [aws 9]
        status, fields, body = self.ask("GET", path, headers={"Accept": "application/json"})
        self.assertEqual((status, fields["Content-Type"]), (404, "text/xml"))
        self.assertIn("<UnknownOperationException/>", body)

    # rule: aws 10 JSON for who asks Query for it
    def test_query_answered_in_json_has_its_own_shape(self):
        self.ask("GET", "/?Action=CreateQueue&QueueName=orders")
        path = f"/{ACCOUNT}/orders"

        def result(action, more=""):
            body = self.ask("POST", path, f"Action={action}{more}", {**FORM, "Accept": "application/json"})[2]
            return json.loads(body)[f"{action}Response"][f"{action}Result"]

        self.assertEqual(result("ReceiveMessage"), {"messages": None})
        sent = result("SendMessage", "&MessageBody=a")
        self.assertEqual({name for name, value in sent.items() if value is None},
                         {"MD5OfMessageAttributes", "MD5OfMessageSystemAttributes", "SequenceNumber"})
        [message] = result("ReceiveMessage", "&AttributeName.1=SenderId")["messages"]
        self.assertEqual(message["Attributes"], [{"Name": "SenderId", "Value": ACCOUNT}])
        self.assertIn("MessageAttributes", message)
        self.assertIsNone(message["MessageAttributes"])
        self.assertEqual(result("GetQueueAttributes", "&AttributeName.1=VisibilityTimeout"),
                         {"Attributes": [{"Name": "VisibilityTimeout", "Value": "30"}]})

    # rule: aws 14 a list of one may do without a number
    def test_query_takes_a_list_of_one_without_a_number(self):
        self.ask("GET", "/?Action=CreateQueue&QueueName=orders")
        path = f"/{ACCOUNT}/orders"
        status, _, body = self.ask("POST", path, "Action=SetQueueAttributes&Attribute.Name=VisibilityTimeout"
                                   "&Attribute.Value=35", FORM)
        self.assertEqual(status, 200, body)
        body = self.ask("POST", path, "Action=GetQueueAttributes&AttributeName=VisibilityTimeout", FORM)[2]
        self.assertIn("<Name>VisibilityTimeout</Name><Value>35</Value>", body)

    # rule: aws 72 the older name of the list counts alone in Query, both count in JSON
    def test_both_lists_of_system_attributes_may_be_given(self):
        self.ask("GET", "/?Action=CreateQueue&QueueName=orders")
        path = f"/{ACCOUNT}/orders"
        self.ask("POST", path, "Action=SendMessage&MessageBody=a", FORM)
        _, _, body = self.ask("POST", path, "Action=ReceiveMessage&VisibilityTimeout=0&AttributeName.1=SenderId"
                              "&MessageSystemAttributeName.1=All", FORM)
        self.assertEqual(body.count("<Attribute>"), 1)
        [message] = self.json("ReceiveMessage", QueueUrl="orders", AttributeNames=["SenderId"],
                              MessageSystemAttributeNames=["SentTimestamp"])["Messages"]
        self.assertEqual(set(message["Attributes"]), {"SenderId", "SentTimestamp"})

    def test_queue_urls_are_as_the_client_came(self):
        url = self.json("CreateQueue", QueueName="orders", headers={"Host": "penstock:4566"})["QueueUrl"]
        self.assertEqual(url, f"http://penstock:4566/{ACCOUNT}/orders")
        other = self.ask("GET", "/?Action=CreateQueue&QueueName=far", headers={
            "Host": "sqs.us-west-2.localhost:4566", "Authorization": "none"})[2]
        self.assertIn(f"http://sqs.us-west-2.localhost:4566/{ACCOUNT}/far", other)
        self.assertEqual(self.json("GetQueueUrl", QueueName="far", headers=signed("sqs", region="us-west-2"))["QueueUrl"],
                         f"http://{self.host}/{ACCOUNT}/far")

    def test_web_pages_cannot_reach_it(self):
        for fields in ({"Host": "evil.example:4566"}, {"Host": "localhost.evil.example"}):
            self.assertEqual(self.ask("GET", "/?Action=ListQueues", headers=fields)[0], 421)
        # What a page can make its visitor's browser send.
        self.assertEqual(self.ask("GET", "/?Action=ListQueues", headers={"Authorization": ""})[0], 403)
        self.assertEqual(self.ask("POST", "/", "Action=ListQueues", {**FORM, "Sec-Fetch-Site": "cross-site"})[0], 403)
        status, fields, _ = self.ask("GET", "/?Action=ListQueues", headers={"Origin": "http://localhost:3000"})
        self.assertEqual(status, 403)
        self.assertIsNone(fields["Access-Control-Allow-Origin"])
        self.assertRegex(fields["x-amzn-RequestId"], "^[0-9a-f-]{36}$")
        for host in ("localhost:4566", "127.0.0.1", "[::1]:4566", "a.localhost", "penstock", "localhost.localstack.cloud:4566"):
            self.assertEqual(self.ask("GET", "/?Action=ListQueues", headers={"Host": host})[0], 200, host)

    def test_names_that_the_configuration_lists_may_be_called(self):
        hub = emulated.start(self, emulated.CONFIG.replace("hub: {", "hub: {hosts: [Hub.Example], "))
        self.host = hub.http.removeprefix("http://")
        for host, status in (("hub.example", 200), ("HUB.example:4566", 200), ("sqs.hub.example", 200),
                             ("evilhub.example", 421), ("example", 200), ("hub.example.org", 421)):
            self.assertEqual(self.ask("GET", "/?Action=ListQueues", headers={"Host": host})[0], status, host)

    def test_requests_are_answered_in_order_on_one_connection(self):
        one = b"GET /?Action=ListQueues&QueueNamePrefix=%d HTTP/1.1\r\nHost: localhost\r\nAuthorization: x\r\n\r\n"
        many = b"".join(b"GET /?Action=CreateQueue&QueueName=q%d HTTP/1.1\r\nHost: localhost\r\nAuthorization: x\r\n\r\n" % i for i in range(20))
        got = self.raw(many + one.replace(b"%d", b"q") .replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"), end=False)
        names = re.findall(rb"<CreateQueueResult><QueueUrl>http://localhost/\d+/(q\d+)<", got)
        self.assertEqual(names, [b"q%d" % i for i in range(20)])
        self.assertEqual(got.count(b"HTTP/1.1 200 OK"), 21)

    def test_client_may_wait_for_leave_to_send_its_body(self):
        host, port = self.host.split(":")
        with socket.create_connection((host, int(port)), timeout=PATIENCE_S) as peer:
            body = b"Action=ListQueues"
            peer.sendall(b"POST / HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: %d\r\n\r\n" % len(body))
            self.assertEqual(peer.recv(1000), b"HTTP/1.1 100 Continue\r\n\r\n")
            peer.sendall(body)
            self.assertIn(b"200 OK", peer.recv(65536))

    def test_what_requests_are_smuggled_with_is_refused(self):
        head = b"POST / HTTP/1.1\r\nHost: localhost\r\n"
        for fields, status in (
                (b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", b"400"),
                (b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", b"400"),
                (b"Content-Length: 5\r\nContent-Length: 6\r\n", b"400"),
                (b"Content-Length: 5\r\nContent-Length: 5\r\n", b"400"),
                (b"Content-Length: +5\r\n", b"400"), (b"Content-Length: 5, 5\r\n", b"400"), (b"Content-Length: -1\r\n", b"400"),
                (b"Transfer-Encoding: gzip, chunked\r\n", b"501"), (b"Transfer-Encoding: xchunked\r\n", b"501"),
                (b"Host: other\r\n", b"400"), (b"Bad Name: x\r\n", b"400"), (b"Space : x\r\n", b"400"),
                (b"Expect: magic\r\n", b"417"), (b"X: a\0b\r\n", b"400")):
            got = self.raw(head + fields + b"\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n")
            self.assertEqual(got.split()[1], status, fields)
            self.assertEqual(got.count(b"HTTP/1.1 "), 1, fields)
        self.assertEqual(self.raw(b"GET / HTTP/1.1\r\n\r\n").split()[1], b"400")
        self.assertEqual(self.raw(b"GET / HTTP/2.0\r\nHost: a\r\n\r\n").split()[1][:1], b"5")

    def test_what_is_too_much_is_refused(self):
        head = b"GET /%s HTTP/1.1\r\nHost: localhost\r\n%s\r\n"
        self.assertEqual(self.raw(head % (b"x" * 9000, b"")).split()[1], b"414")
        self.assertEqual(self.raw(head % (b"", b"X: %s\r\n" % (b"x" * 20_000))).split()[1], b"431")
        self.assertEqual(self.raw(head % (b"", b"X: y\r\n" * 101)).split()[1], b"431")
        self.assertEqual(self.raw(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4194305\r\n\r\n").split()[1], b"413")
        endless = b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n1;" + b"a" * 100_000
        self.assertEqual(self.raw(endless).split()[1], b"431")
        chunk = b"%x\r\n%s\r\n" % (1 << 20, b"x" * (1 << 20))
        got = self.raw(b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk * 5)
        self.assertEqual(got.split()[1], b"413")

    def test_lists_without_end_are_refused(self):
        error, _ = self.json("ReceiveMessage", status=400, QueueUrl="q", AttributeNames=["All"] * 5000)
        self.assertEqual(error["__type"], "com.amazonaws.sqs#SerializationException")
        error, _ = self.json("CreateQueue", status=400, QueueName="q", tags={str(i): "" for i in range(5000)})
        self.assertEqual(error["__type"], "com.amazonaws.sqs#SerializationException")
        self.assertIn("<Code>MalformedQueryString</Code>", self.ask("POST", "/", "Action=ListQueues&a=%FF", FORM)[2])
        form = "Action=ListQueues" + "&a=b" * 5000
        self.assertIn("<Code>MalformedQueryString</Code>", self.ask("POST", "/", form, FORM)[2])

    def test_broken_peers_harm_nobody(self):
        for data in (b"", b"\0" * 1000, b"GET", b"\xff\xfe" * 100, b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nshort",
                     b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"):
            self.raw(data)
        self.assertEqual(self.json("ListQueues"), {})

    def test_chunked_body_and_old_clients_are_served(self):
        got = self.raw(b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
                       b"7\r\nAction=\r\na\r\nListQueues\r\n0\r\n\r\n", end=False)
        self.assertIn(b"200 OK", got)
        got = self.raw(b"GET /?Action=ListQueues HTTP/1.0\r\nHost: localhost\r\nAuthorization: x\r\n\r\n", end=False)
        self.assertIn(b"Connection: close", got)

    def test_hub_stops_while_long_polls_wait(self):
        self.json("CreateQueue", QueueName="orders")
        waiting = http.client.HTTPConnection(self.host, timeout=PATIENCE_S)
        waiting.request("GET", f"/{ACCOUNT}/orders?Action=ReceiveMessage&WaitTimeSeconds=20", headers=signed("sqs"))
        self.json("ListQueues")
        self.assertEqual(self.hub.stop(), 0)
        self.assertEqual(waiting.getresponse().status, 200)
        waiting.close()

    def test_strict_mode_believes_nobody_who_proves_nothing(self):
        hub = emulated.start(self, emulated.CONFIG.replace("hub: {", "hub: {mode: strict, "))
        self.host = hub.http.removeprefix("http://")
        error, legacy = self.json("ListQueues", status=403)
        self.assertEqual(legacy, "InvalidClientTokenId;Sender")
        _, legacy = self.json("ListQueues", status=403, headers={"Authorization": ""})
        self.assertEqual(legacy, "MissingAuthenticationToken;Sender")

    def test_parked_polls_are_let_go_with_their_clients(self):
        self.json("CreateQueue", QueueName="orders")
        before = self.hub.descriptors()
        request = (f"GET /{ACCOUNT}/orders?Action=ReceiveMessage&WaitTimeSeconds=20 HTTP/1.1\r\nHost: localhost\r\n"
                   f"Authorization: {signed('sqs')['Authorization']}\r\n\r\n").encode()
        host, port = self.host.split(":")
        peers = [socket.create_connection((host, int(port)), timeout=PATIENCE_S) for _ in range(300)]
        for peer in peers:
            peer.sendall(request)
        within(PATIENCE_S, lambda: self.hub.descriptors() >= before + 299, "all are connected")
        for peer in peers:
            peer.close()
        within(PATIENCE_S, lambda: self.hub.descriptors() <= before + 2, "all are gone")


if __name__ == "__main__":
    unittest.main()
