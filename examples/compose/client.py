#!/usr/bin/python3
"""A program as it would run against AWS: a topic, a queue behind it, a message there and back.

The address is that of AWS_ENDPOINT_URL, which newer versions of boto3 look up by themselves.
"""
import json
import os

import boto3

endpoint = os.environ["AWS_ENDPOINT_URL"]
sqs = boto3.client("sqs", endpoint_url=endpoint)
sns = boto3.client("sns", endpoint_url=endpoint)

queue = sqs.create_queue(QueueName="orders")["QueueUrl"]
print(f"queue     {queue}")
queue_arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
topic = sns.create_topic(Name="events")["TopicArn"]
sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue_arn)

sqs.send_message(QueueUrl=queue, MessageBody="sent")
sns.publish(TopicArn=topic, Message="published")
bodies = []
while len(bodies) < 2:
    messages = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10, WaitTimeSeconds=5).get("Messages", [])
    if not messages:
        raise SystemExit(f"Only {bodies} came back.")
    for message in messages:
        body = message["Body"]
        bodies.append(json.loads(body)["Message"] if body.startswith("{") else body)
        sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
print(f"received  {' and '.join(sorted(bodies))}")
