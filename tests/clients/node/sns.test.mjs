// SNS as the AWS SDK for JavaScript v3 speaks it, with queues behind the topics.
import assert from "node:assert/strict";
import test from "node:test";
import {
  BatchEntryIdsNotDistinctException,
  CreateTopicCommand,
  DeleteTopicCommand,
  EmptyBatchRequestException,
  GetSubscriptionAttributesCommand,
  GetTopicAttributesCommand,
  InvalidParameterException,
  ListTagsForResourceCommand,
  NotFoundException,
  PublishBatchCommand,
  PublishCommand,
  ResourceNotFoundException,
  SetSubscriptionAttributesCommand,
  SetTopicAttributesCommand,
  SNSServiceException,
  SubscribeCommand,
  TagResourceCommand,
  TooManyEntriesInBatchRequestException,
  UnsubscribeCommand,
  UntagResourceCommand,
  paginateListSubscriptionsByTopic,
  paginateListTopics,
} from "@aws-sdk/client-sns";
import { CreateQueueCommand, DeleteQueueCommand, ReceiveMessageCommand } from "@aws-sdk/client-sqs";
import { clients, REGION } from "./support.mjs";

// A topic, and what one does with it.
async function topicOf(t, name = "news", Attributes = {}) {
  const made = clients(t);
  const { TopicArn } = await made.sns.send(new CreateTopicCommand({ Name: name, Attributes }));
  const send = (command, input) => made.sns.send(new command({ TopicArn, ...input }));
  const queue = async (QueueName) =>
    (
      await made.sqs.send(
        new CreateQueueCommand({
          QueueName,
          Attributes: QueueName.endsWith(".fifo") ? { FifoQueue: "true" } : {},
        }),
      )
    ).QueueUrl;
  const subscribe = async (queueName, attributes) => {
    const url = await queue(queueName);
    const { SubscriptionArn } = await send(SubscribeCommand, {
      Protocol: "sqs",
      Endpoint: made.queueArn(queueName),
      Attributes: attributes,
      ReturnSubscriptionArn: true,
    });
    return { url, arn: SubscriptionArn };
  };
  const receive = async (QueueUrl) =>
    (
      await made.sqs.send(
        new ReceiveMessageCommand({
          QueueUrl,
          MaxNumberOfMessages: 10,
          MessageAttributeNames: ["All"],
          MessageSystemAttributeNames: ["All"],
        }),
      )
    ).Messages ?? [];
  return { ...made, topic: TopicArn, send, queue, subscribe, receive };
}

const text = (StringValue) => ({ DataType: "String", StringValue });

test("a published message is in every subscribed queue when publish returns", async (t) => {
  const { account, topic, send, subscribe, receive } = await topicOf(t);
  assert.equal(topic, `arn:aws:sns:${REGION}:${account}:news`);
  const raw = await subscribe("raw", { RawMessageDelivery: "true" });
  const wrapped = await subscribe("wrapped");
  const published = await send(PublishCommand, {
    Message: "h\u00e9llo \u{1F600}",
    Subject: "greeting",
    MessageAttributes: { event: text("placed"), raw: { DataType: "Binary", BinaryValue: Uint8Array.of(0, 255) } },
  });
  const [bare] = await receive(raw.url);
  assert.equal(bare.Body, "h\u00e9llo \u{1F600}");
  assert.deepEqual(bare.MessageAttributes, {
    event: text("placed"),
    raw: { DataType: "Binary", BinaryValue: Uint8Array.of(0, 255) },
  });
  const [message] = await receive(wrapped.url);
  const envelope = JSON.parse(message.Body);
  assert.deepEqual(
    [envelope.Type, envelope.MessageId, envelope.TopicArn, envelope.Message, envelope.Subject],
    ["Notification", published.MessageId, topic, "h\u00e9llo \u{1F600}", "greeting"],
  );
  assert.deepEqual(envelope.MessageAttributes, {
    event: { Type: "String", Value: "placed" },
    raw: { Type: "Binary", Value: "AP8=" },
  });
  assert.ok(Math.abs(Date.now() - Date.parse(envelope.Timestamp)) < 3_600_000);
});

test("filters let through what they say, of attributes and of bodies", async (t) => {
  const { send, subscribe, receive } = await topicOf(t);
  const raw = { RawMessageDelivery: "true" };
  const byAttribute = await subscribe("by-attribute", {
    ...raw,
    FilterPolicy: JSON.stringify({ region: [{ prefix: "eu-" }], total: [{ numeric: [">", 100] }] }),
  });
  const byBody = await subscribe("by-body", {
    ...raw,
    FilterPolicyScope: "MessageBody",
    FilterPolicy: JSON.stringify({ order: { state: [{ "anything-but": "open" }] } }),
  });
  const orders = [
    ["eu-west", "150", "paid"],
    ["eu-west", "50", "open"],
    ["us-east", "150", "sent"],
  ];
  for (const [region, total, state] of orders) {
    await send(PublishCommand, {
      Message: JSON.stringify({ order: { state } }),
      MessageAttributes: { region: text(region), total: { DataType: "Number", StringValue: total } },
    });
  }
  const states = async (url) => (await receive(url)).map((message) => JSON.parse(message.Body).order.state);
  assert.deepEqual(await states(byAttribute.url), ["paid"]);
  assert.deepEqual((await states(byBody.url)).sort(), ["paid", "sent"]);
  await send(SetSubscriptionAttributesCommand, {
    SubscriptionArn: byAttribute.arn,
    AttributeName: "FilterPolicy",
    AttributeValue: JSON.stringify({ region: [{ exists: false }], other: [{ exists: true }] }),
  });
  await send(PublishCommand, { Message: "no region", MessageAttributes: { other: text("x") } });
  assert.deepEqual(
    (await receive(byAttribute.url)).map((message) => message.Body),
    ["no region"],
  );
});

test("a batch publishes each entry alone", async (t) => {
  const { send, subscribe, receive } = await topicOf(t);
  const { url } = await subscribe("raw", { RawMessageDelivery: "true" });
  const done = await send(PublishBatchCommand, {
    PublishBatchRequestEntries: [
      { Id: "a", Message: "a" },
      { Id: "b", Message: "" },
      { Id: "c", Message: JSON.stringify({ default: "d", sqs: "for queues" }), MessageStructure: "json" },
    ],
  });
  assert.deepEqual(
    done.Successful.map((entry) => entry.Id),
    ["a", "c"],
  );
  assert.deepEqual(
    done.Failed.map((entry) => [entry.Id, entry.Code, entry.SenderFault]),
    [["b", "InvalidParameter", true]],
  );
  assert.deepEqual((await receive(url)).map((message) => message.Body).sort(), ["a", "for queues"]);
});

test("a FIFO topic keeps the order of a group in every queue", async (t) => {
  const { send, subscribe, receive } = await topicOf(t, "orders.fifo", {
    FifoTopic: "true",
    ContentBasedDeduplication: "true",
  });
  const queues = [
    await subscribe("a.fifo", { RawMessageDelivery: "true" }),
    await subscribe("b.fifo", { RawMessageDelivery: "true" }),
  ];
  const sequence = [];
  for (const Message of ["1", "2", "2", "3"]) {
    sequence.push(BigInt((await send(PublishCommand, { Message, MessageGroupId: "g" })).SequenceNumber));
  }
  assert.ok(sequence[0] < sequence[1] && sequence[2] < sequence[3]);
  for (const { url } of queues) {
    const messages = await receive(url);
    assert.deepEqual(
      messages.map((message) => message.Body),
      ["1", "2", "3"],
    );
    assert.equal(messages[0].Attributes.MessageGroupId, "g");
  }
});

test("what a queue that is gone does not get is in the dead-letter queue of its subscription", async (t) => {
  const { sqs, send, queue, subscribe, receive, queueArn } = await topicOf(t);
  const dead = await queue("dead");
  const gone = await subscribe("gone", {
    RawMessageDelivery: "true",
    RedrivePolicy: JSON.stringify({ deadLetterTargetArn: queueArn("dead") }),
  });
  await sqs.send(new DeleteQueueCommand({ QueueUrl: gone.url }));
  await send(PublishCommand, { Message: "lost and found" });
  assert.deepEqual(
    (await receive(dead)).map((message) => message.Body),
    ["lost and found"],
  );
});

test("errors are instances of their classes", async (t) => {
  const { topic, sns, send, queueArn } = await topicOf(t);
  const entries = (count) => Array.from({ length: count }, (_, i) => ({ Id: `${i}`, Message: "a" }));
  const batch = (PublishBatchRequestEntries) => send(PublishBatchCommand, { PublishBatchRequestEntries });
  const cases = [
    [NotFoundException, 404, () => send(PublishCommand, { TopicArn: `${topic}-none`, Message: "a" })],
    [
      NotFoundException,
      404,
      () =>
        sns.send(
          new GetSubscriptionAttributesCommand({
            SubscriptionArn: `${topic}:00000000-0000-0000-0000-000000000000`,
          }),
        ),
    ],
    [InvalidParameterException, 400, () => sns.send(new CreateTopicCommand({ Name: "a b" }))],
    [InvalidParameterException, 400, () => send(PublishCommand, { Message: "" })],
    [
      InvalidParameterException,
      400,
      () =>
        send(SubscribeCommand, {
          Protocol: "sqs",
          Endpoint: queueArn("q"),
          Attributes: { FilterPolicy: '{"a": [{"x": 1}]}' },
        }),
    ],
    [TooManyEntriesInBatchRequestException, 400, () => batch(entries(11))],
    [BatchEntryIdsNotDistinctException, 400, () => batch([...entries(1), ...entries(1)])],
    [EmptyBatchRequestException, 400, () => batch([])],
    [ResourceNotFoundException, 404, () => sns.send(new ListTagsForResourceCommand({ ResourceArn: `${topic}-none` }))],
  ];
  for (const [kind, status, call] of cases) {
    await assert.rejects(call, (error) => {
      assert.ok(
        error instanceof kind && error instanceof SNSServiceException,
        `${kind.name}, not ${error.name}: ${error}`,
      );
      assert.equal(error.$metadata.httpStatusCode, status);
      assert.ok(error.message && error.$metadata.requestId);
      return true;
    });
  }
});

test("lists come in pages", async (t) => {
  const { account, topic, sns, send, subscribe } = await topicOf(t, "topic-000");
  for (let i = 1; i < 103; ++i) await sns.send(new CreateTopicCommand({ Name: `topic-${String(i).padStart(3, "0")}` }));
  const pages = [];
  for await (const page of paginateListTopics({ client: sns }, {}))
    pages.push(page.Topics.map((each) => each.TopicArn));
  assert.deepEqual(
    pages.map((page) => page.length),
    [100, 3],
  );
  assert.equal(pages[1][2], `arn:aws:sns:${REGION}:${account}:topic-102`);
  const made = [];
  for (let i = 0; i < 3; ++i) made.push((await subscribe(`queue-${i}`)).arn);
  const listed = [];
  for await (const page of paginateListSubscriptionsByTopic({ client: sns }, { TopicArn: topic })) {
    listed.push(...page.Subscriptions.map((each) => each.SubscriptionArn));
  }
  assert.deepEqual(listed.sort(), made.sort());
  await send(UnsubscribeCommand, { SubscriptionArn: made[0] });
  await send(UnsubscribeCommand, { SubscriptionArn: made[0] });
});

test("a topic is described, tagged, changed and deleted", async (t) => {
  const { account, topic, send } = await topicOf(t, "news", { DisplayName: "News" });
  await send(TagResourceCommand, {
    ResourceArn: topic,
    Tags: [
      { Key: "team", Value: "shop" },
      { Key: "stage", Value: "" },
    ],
  });
  await send(UntagResourceCommand, { ResourceArn: topic, TagKeys: ["stage"] });
  assert.deepEqual((await send(ListTagsForResourceCommand, { ResourceArn: topic })).Tags, [
    { Key: "team", Value: "shop" },
  ]);
  await send(SetTopicAttributesCommand, { AttributeName: "DisplayName", AttributeValue: "All news" });
  const { Attributes } = await send(GetTopicAttributesCommand);
  assert.deepEqual([Attributes.DisplayName, Attributes.Owner, Attributes.TopicArn], ["All news", account, topic]);
  await send(DeleteTopicCommand);
  await send(DeleteTopicCommand);
  await assert.rejects(send(GetTopicAttributesCommand), NotFoundException);
});
