#!/usr/bin/python3
"""The SQS transport of Debian's kombu, as a Celery worker and those who send it tasks use it.

kombu_test.py --binary=PATH [unittest options]
"""
import contextlib
import json
import socket
import threading
import time
import unittest

from kombu import Connection, Consumer, Producer, Queue
from kombu.asynchronous import Hub as EventLoop, set_event_loop
from kombu.transport.SQS import Channel, UndefinedQueueException

import emulated
from emulated import ACCOUNT, OTHER, REGION
from running import PATIENCE_S


class KombuTest(unittest.TestCase):
    def setUp(self):
        # A process of kombu remembers its queues and clients for ever; each test here has a hub of its own.
        for remembered in (Channel._queue_cache, Channel._predefined_queue_clients,
                           Channel._predefined_queue_async_clients, Channel._noack_queues):
            remembered.clear()
        self.hub = emulated.start(self)
        self.sqs = emulated.client(self.hub, "sqs")

    def connect(self, **options):
        """A connection of kombu; `options` are those of its transport."""
        made = Connection(self.hub.http.replace("http://", "sqs://test:test@"), transport_options={
            "region": REGION, "is_secure": False, "wait_time_seconds": 5, "polling_interval": 0, **options})
        self.addCleanup(made.release)
        return made

    def publish(self, connection, queue, *bodies, **properties):
        producer = Producer(connection)
        for body in bodies:
            producer.publish(body, routing_key=queue, declare=[Queue(queue)], serializer="json", **properties)

    def worker(self, connection, queue, prefetch=0, **options):
        """A consumer and the list that its messages go to."""
        got = []
        channel = connection.channel()
        if prefetch:
            channel.basic_qos(0, prefetch, False)
        consumer = Consumer(channel, [Queue(queue)], on_message=got.append, **options)
        consumer.consume()
        return consumer, got

    def drain(self, connection, got, count):
        """Lets the worker poll until it has had `count` messages in all."""
        deadline = time.monotonic() + PATIENCE_S
        while len(got) < count:
            self.assertLess(time.monotonic(), deadline, f"{len(got)} of {count} messages came")
            with contextlib.suppress(socket.timeout):
                connection.drain_events(timeout=1)
        self.assertEqual(len(got), count)

    def counts(self, queue):
        """(visible, in flight), as the hub has them."""
        url = self.sqs.get_queue_url(QueueName=queue)["QueueUrl"]
        got = self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        return int(got["ApproximateNumberOfMessages"]), int(got["ApproximateNumberOfMessagesNotVisible"])

    def test_worker_makes_its_queue_and_acknowledges_what_it_did(self):
        connection = self.connect(visibility_timeout=600)
        self.publish(connection, "tasks", *({"task": i, "text": "\u00e9\U0001f600"} for i in range(25)))
        url = self.sqs.get_queue_url(QueueName="tasks")["QueueUrl"]
        got = self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["VisibilityTimeout"])["Attributes"]
        self.assertEqual(got, {"VisibilityTimeout": "600"})
        _, messages = self.worker(connection, "tasks")
        self.drain(connection, messages, 25)
        self.assertEqual(self.counts("tasks"), (0, 25))
        self.assertEqual(sorted(m.payload["task"] for m in messages), list(range(25)))
        self.assertEqual({m.payload["text"] for m in messages}, {"\u00e9\U0001f600"})
        for message in messages:
            message.ack()
        self.assertEqual(self.counts("tasks"), (0, 0))

    def test_worker_holds_no_more_than_it_prefetches(self):
        connection = self.connect()
        self.publish(connection, "tasks", *range(10))
        _, messages = self.worker(connection, "tasks", prefetch=3)
        self.drain(connection, messages, 3)
        with self.assertRaises(socket.timeout):
            connection.drain_events(timeout=0.1)
        self.assertEqual(self.counts("tasks"), (7, 3))
        for message in list(messages):
            message.ack()
        self.drain(connection, messages, 6)
        self.assertEqual(self.counts("tasks"), (4, 3))

    def test_task_of_a_worker_that_died_comes_to_another(self):
        first, second = self.connect(visibility_timeout=1), self.connect()
        self.publish(first, "tasks", "a")
        consumer, messages = self.worker(first, "tasks")
        self.drain(first, messages, 1)
        consumer.channel.do_restore = False  # It neither acknowledges nor gives back.
        _, again = self.worker(second, "tasks")
        self.drain(second, again, 1)
        self.assertEqual(again[0].payload, "a")
        self.assertNotEqual(again[0].delivery_tag, messages[0].delivery_tag)
        again[0].ack()
        self.assertEqual(self.counts("tasks"), (0, 0))

    def test_requeued_task_comes_again_at_once(self):
        connection = self.connect()
        self.publish(connection, "tasks", {"n": 1})
        _, messages = self.worker(connection, "tasks")
        self.drain(connection, messages, 1)
        messages[0].requeue()
        self.assertEqual(self.counts("tasks"), (1, 0))
        self.drain(connection, messages, 2)
        self.assertEqual(messages[1].payload, {"n": 1})
        messages[1].ack()
        self.assertEqual(self.counts("tasks"), (0, 0))

    def test_worker_that_closes_gives_back_what_it_holds(self):
        connection = self.connect()
        self.publish(connection, "tasks", *range(5))
        consumer, messages = self.worker(connection, "tasks")
        self.drain(connection, messages, 5)
        messages[0].ack()
        consumer.channel.close()
        self.assertEqual(self.counts("tasks"), (4, 0))

    def test_rejected_task_ends_in_the_dead_letter_queue(self):
        dead = self.sqs.create_queue(QueueName="dead")["QueueUrl"]
        policy = {"deadLetterTargetArn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:dead", "maxReceiveCount": 1}
        connection = self.connect(visibility_timeout=1, **{
            "sqs-creation-attributes": {"RedrivePolicy": json.dumps(policy)}})
        self.publish(connection, "tasks", "poison")
        _, messages = self.worker(connection, "tasks")
        self.drain(connection, messages, 1)
        messages[0].reject()
        self.assertEqual(sum(self.counts("tasks")), 1)  # kombu leaves it to its visibility timeout.
        with contextlib.suppress(socket.timeout):
            connection.drain_events(timeout=3)
        self.assertEqual(len(messages), 1)
        [letter] = self.sqs.receive_message(QueueUrl=dead, WaitTimeSeconds=5, AttributeNames=["All"])["Messages"]
        self.assertEqual(letter["Attributes"]["DeadLetterQueueSourceArn"], f"arn:aws:sqs:{REGION}:{ACCOUNT}:tasks")

    def test_poll_waits_for_the_task_that_comes(self):
        connection = self.connect(wait_time_seconds=20)
        _, messages = self.worker(connection, "tasks")
        sender = threading.Timer(0.5, self.publish, [self.connect(), "tasks", "late"])  # Most likely it polls by then.
        began = time.monotonic()
        sender.start()
        self.drain(connection, messages, 1)
        sender.join()
        self.assertLess(time.monotonic() - began, 15)

    def test_queue_that_is_there_is_used_as_it_is(self):
        self.sqs.create_queue(QueueName="tasks", Attributes={"VisibilityTimeout": "77"})
        connection = self.connect(visibility_timeout=600)
        self.publish(connection, "tasks", "a")
        self.assertEqual(self.counts("tasks"), (1, 0))

    def test_queue_is_counted_and_purged(self):
        connection = self.connect()
        self.publish(connection, "tasks", *range(12))
        channel = connection.channel()
        self.assertEqual(channel.queue_declare("tasks", passive=True).message_count, 12)
        self.assertGreaterEqual(channel.queue_purge("tasks"), 12)
        self.assertEqual(self.counts("tasks"), (0, 0))

    def test_simple_queue_puts_and_gets(self):
        connection = self.connect()
        with contextlib.closing(connection.SimpleQueue("simple")) as queue:
            queue.put({"hello": "world"})
            message = queue.get(timeout=PATIENCE_S)
            self.assertEqual(message.payload, {"hello": "world"})
            message.ack()
        self.assertEqual(self.counts("simple"), (0, 0))

    def test_tasks_of_a_group_keep_their_order(self):
        connection = self.connect()
        self.publish(connection, "tasks.fifo", *range(12), MessageGroupId="customer-1")
        _, messages = self.worker(connection, "tasks.fifo")
        done = []
        while len(done) < 12:  # The next of the group come only once these are acknowledged.
            self.drain(connection, messages, len(done) + min(10, 12 - len(done)))
            for message in messages[len(done):]:
                done.append(message.payload)
                message.ack()
        self.assertEqual(done, list(range(12)))
        self.publish(connection, "tasks.fifo", "a", "a", MessageGroupId="g", MessageDeduplicationId="once")
        self.assertEqual(self.counts("tasks.fifo"), (1, 0))

    def predefined(self, **queues):
        """Queues that the configuration names, which kombu then neither lists nor makes."""
        return self.connect(predefined_queues={name.replace("_fifo", ".fifo"): {
            "url": url, "access_key_id": "test", "secret_access_key": "test", **more}
            for name, (url, more) in queues.items()})

    def test_predefined_queues_are_taken_from_their_urls(self):
        fifo = self.sqs.create_queue(QueueName="of-jobs.fifo", Attributes={"FifoQueue": "true"})["QueueUrl"]
        urls = {"jobs": self.sqs.create_queue(QueueName="of-jobs")["QueueUrl"], "jobs_fifo": fifo,
                "theirs": emulated.client(self.hub, "sqs", account=OTHER).create_queue(QueueName="theirs")["QueueUrl"]}
        more = {"theirs": {"access_key_id": OTHER}}
        connection = self.predefined(**{name: (url, more.get(name, {})) for name, url in urls.items()})
        for name in ("jobs", "jobs.fifo", "theirs"):
            with self.subTest(name):
                self.publish(connection, name, "a")
                _, messages = self.worker(connection, name)
                self.drain(connection, messages, 1)
                messages[0].ack()
        self.assertEqual(self.counts("of-jobs"), (0, 0))
        self.assertEqual(self.counts("of-jobs.fifo"), (0, 0))
        with self.assertRaises(UndefinedQueueException):
            self.publish(connection, "unknown", "a")

    # Celery's worker polls from an event loop, with requests that kombu words and signs itself.

    def looped(self, connection, queue, **options):
        """An event loop in which a consumer polls, and the list that its messages go to."""
        loop = EventLoop()
        set_event_loop(loop)
        self.addCleanup(loop.close)
        self.addCleanup(set_event_loop, None)
        channel = connection.channel()
        messages = []
        Consumer(channel, [Queue(queue)], on_message=messages.append).consume(**options)
        return loop, messages

    def turn(self, loop, until):
        """Runs the loop until the condition holds."""
        deadline = time.monotonic() + PATIENCE_S
        waker = loop.call_repeatedly(0.02, lambda: None)  # Else a turn without events would not end.
        while not until():
            self.assertLess(time.monotonic(), deadline, "the event loop got nothing")
            loop.run_once()
        waker.cancel()

    def test_event_loop_receives_and_acknowledges(self):
        connection = self.connect()
        self.publish(connection, "tasks", *range(15))
        loop, messages = self.looped(connection, "tasks")
        self.turn(loop, lambda: len(messages) == 15)
        self.assertEqual(sorted(m.payload for m in messages), list(range(15)))
        for message in messages:
            message.ack()
        self.publish(connection, "tasks", "last")
        self.turn(loop, lambda: len(messages) == 16)
        messages[-1].ack()
        self.assertEqual(self.counts("tasks"), (0, 0))

    def test_event_loop_deletes_what_needs_no_acknowledgement(self):
        connection = self.connect()
        self.publish(connection, "events", *range(5))
        loop, messages = self.looped(connection, "events", no_ack=True)
        self.turn(loop, lambda: len(messages) == 5 and self.counts("events") == (0, 0))

    def test_backoff_policy_puts_off_the_next_attempt(self):
        url = self.sqs.create_queue(QueueName="jobs", Attributes={"VisibilityTimeout": "600"})["QueueUrl"]
        connection = self.predefined(jobs=(url, {"backoff_policy": {1: 1}, "backoff_tasks": ["slow"]}))
        self.publish(connection, "jobs", "a", headers={"task": "slow"})
        loop, messages = self.looped(connection, "jobs")
        self.turn(loop, lambda: messages)
        messages[0].reject()
        self.turn(loop, lambda: len(messages) == 2)
        attempts = [m.delivery_info["sqs_message"]["Attributes"]["ApproximateReceiveCount"] for m in messages]
        self.assertEqual(attempts, ["1", "2"])


if __name__ == "__main__":
    unittest.main(warnings="ignore")  # kombu leaves its connections to the garbage collector.
