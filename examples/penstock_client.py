"""A client of the hub in Python. Needs Debian's python3-zmq and python3-msgpack; copy it and change it as you like.

    client = Client("tcp://127.0.0.1:5566", "shop/checkout", "example-checkout")
    client.publish("orders", [b'{"order": 1}', (b'{"order": 2}', {"event": "order_placed"})])
    for message in client.receive("billing/orders", max_messages=10, wait=5):
        print(message.body)
        client.delete("billing/orders", [message])

Queues and topics are named by an ARN, as account/name, or by a name in your own account. One Client per thread. Times are
in seconds. adapters/zmq/README.md describes the protocol.
"""
import collections
import os
import time

import msgpack
import zmq

VERSION = 1  # Of the native protocol.
ANSWER_WITHIN = 30
ID_BYTES = 16  # Of a message's id.

# A received message. `receives` counts how often it has been handed out, this time included; attributes are
# {name: text, or bytes of a Binary one}.
Message = collections.namedtuple("Message", [
    "id", "handle", "body", "receives", "sent_ms", "first_received_ms", "attributes", "sender", "subject",
    "dead_letter_source", "group", "deduplication", "sequence"])


class Refused(Exception):
    """The hub said no, and why. `failures` is empty when the whole request failed; when only some messages of it did,
    it has (index, code, text) for each, and the others succeeded."""

    def __init__(self, code, text, failures=()):
        super().__init__(f"{code}: {text}")
        self.code, self.text, self.failures = code, text, failures


class Unanswered(Exception):
    """No answer came in time. The request may have been carried out or not: send again what must not be missing, and
    expect that it may be there twice."""


class Client:
    def __init__(self, endpoint=None, user=None, password=None):
        """What is not given comes from PENSTOCK_ENDPOINT, PENSTOCK_USER and PENSTOCK_PASSWORD."""
        self.endpoint = endpoint or os.environ.get("PENSTOCK_ENDPOINT", "tcp://127.0.0.1:5566")
        self._socket = zmq.Context.instance().socket(zmq.DEALER)
        self._socket.setsockopt(zmq.LINGER, 0)  # A request that nobody waits for need not be sent.
        self._socket.setsockopt(zmq.SNDTIMEO, 1000)  # There is nobody to send to after a refused login.
        # PLAIN, for a hub on loopback; beyond it the hub asks for CURVE keys.
        self._socket.plain_username = (user or os.environ.get("PENSTOCK_USER", "")).encode()
        self._socket.plain_password = (password or os.environ.get("PENSTOCK_PASSWORD", "")).encode()
        self._socket.connect(self.endpoint)  # In the background, and again whenever the connection is lost.
        self._requests = 0

    def close(self):
        self._socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def call(self, operation, *arguments, within=ANSWER_WITHIN):
        """Any operation of the protocol, and its result. Raises Refused or Unanswered."""
        unanswered = Unanswered(f"No answer from {self.endpoint}: is the hub there, are user and password right?")
        self._requests += 1
        # A request is [version, id, operation, arguments...]; the id comes back with the answer.
        try:
            self._socket.send(msgpack.packb([VERSION, self._requests, operation, *arguments]))
        except zmq.Again:
            raise unanswered from None
        deadline = time.monotonic() + within
        while self._socket.poll(max(0, deadline - time.monotonic()) * 1000):
            # An answer is [version, id, "ok", result] or [version, id, code, text].
            _, request, code, result = msgpack.unpackb(self._socket.recv())
            if request != self._requests:
                continue  # To an earlier request, after we had given up waiting for it.
            if code != "ok":
                raise Refused(code, result)
            return result
        raise unanswered

    def publish(self, topic, messages):
        """Publishes up to 1,000 messages, each `body`, `(body, attributes)` or `(body, attributes, options)`: attributes
        are {name: text, number or bytes}, options {"group": ..., "deduplication": ...}. When it returns, each is on the
        hub's disk. Returns their ids."""
        entries = []
        for body, attributes, options in map(_parts, messages):
            entries.append([body, attributes, None, options])  # The third is a subject.
        return self._ids(self.call("publish", topic, entries))

    def send(self, queue, messages):
        """The same to one queue, without a topic."""
        return self._ids(self.call("send", queue, [list(_parts(message)) for message in messages]))

    def receive(self, queue, max_messages=10, wait=0, visibility=None):
        """Up to `max_messages`, as soon as there is one, after `wait` (20 at most) perhaps none. Until `visibility` ends
        (None: as the queue says) nobody else gets them; what is not deleted by then comes back."""
        visibility_ms = None if visibility is None else int(visibility * 1000)
        received = self.call("receive", queue, max_messages, visibility_ms, int(wait * 1000), within=wait + ANSWER_WITHIN)
        return [_message(fields) for fields in received]

    def delete(self, queue, messages):
        """Done with these: they do not come back."""
        _, failures = self.call("delete", queue, [message.handle for message in messages])
        _raise(failures)

    def counts(self, queue):
        """(visible, in flight): how many messages wait, and how many are being worked on."""
        [queue] = self.call("describe_queue", queue)
        return queue["visible"], queue["in_flight"]

    @staticmethod
    def _ids(result):
        ids, failures, _sequences = result
        _raise(failures)
        return [ids[i:i + ID_BYTES].hex() for i in range(0, len(ids), ID_BYTES)]


def _parts(message):
    """(body, attributes as the protocol has them, options)."""
    body, attributes, options = (*message, None, None)[:3] if isinstance(message, tuple) else (message, None, None)
    return body, {name: _typed(value) for name, value in attributes.items()} if attributes else None, options


def _typed(value):
    if isinstance(value, bytes):
        return ["Binary", value]
    return ["String" if isinstance(value, str) else "Number", str(value)]


def _message(fields):
    message = Message(*fields[:len(Message._fields)])
    attributes = {name: value for name, (_type, value) in (message.attributes or {}).items()}
    return message._replace(id=message.id.hex(), attributes=attributes)


def _raise(failures):
    if failures:
        _, code, text = failures[0]
        raise Refused(code, text, failures)
