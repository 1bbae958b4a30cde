// SQS as the AWS SDK for JavaScript v3 speaks it, which is JSON. The SDK checks the MD5 of every body by itself, and
// throws when it is wrong.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import test from "node:test";
import {
  BatchEntryIdsNotDistinct,
  ChangeMessageVisibilityBatchCommand,
  ChangeMessageVisibilityCommand,
  CancelMessageMoveTaskCommand,
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  DeleteQueueCommand,
  EmptyBatchRequest,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  InvalidAttributeName,
  InvalidAttributeValue,
  InvalidMessageContents,
  ListMessageMoveTasksCommand,
  ListQueueTagsCommand,
  ListQueuesCommand,
  PurgeQueueCommand,
  QueueDoesNotExist,
  QueueNameExists,
  ReceiptHandleIsInvalid,
  ReceiveMessageCommand,
  ResourceNotFoundException,
  SendMessageBatchCommand,
  SendMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
  SQSServiceException,
  StartMessageMoveTaskCommand,
  TagQueueCommand,
  TooManyEntriesInBatchRequest,
  UntagQueueCommand,
  paginateListDeadLetterSourceQueues,
  paginateListQueues,
} from "@aws-sdk/client-sqs";
import { clients, ENDPOINT, REGION, within } from "./support.mjs";

const md5 = (text) => createHash("md5").update(text).digest("hex");

// A queue, and what one does with it.
async function queueOf(t, name = "orders", Attributes = {}) {
  const made = clients(t);
  const send = (command, input) => made.sqs.send(new command({ QueueUrl, ...input }));
  const { QueueUrl } = await made.sqs.send(new CreateQueueCommand({ QueueName: name, Attributes }));
  const receive = async (input) =>
    (await send(ReceiveMessageCommand, { MaxNumberOfMessages: 10, ...input })).Messages ?? [];
  const attributes = async (...AttributeNames) =>
    (await send(GetQueueAttributesCommand, { AttributeNames })).Attributes;
  return { ...made, url: QueueUrl, send, receive, attributes };
}

test("a message goes in and out with its checksums and attributes", async (t) => {
  const { account, url, send, receive } = await queueOf(t);
  assert.equal(url, `${ENDPOINT}/${account}/orders`);
  const MessageAttributes = {
    Name: { DataType: "String", StringValue: "h\u00e9llo" },
    Count: { DataType: "Number", StringValue: "99.12" },
    Picture: { DataType: "Binary.png", BinaryValue: Uint8Array.of(0, 255, 137, 80) },
  };
  const body = "hello <&> \u{1F600}\r\n";
  const sent = await send(SendMessageCommand, { MessageBody: body, MessageAttributes });
  assert.equal(sent.MD5OfMessageBody, md5(body));
  const [message, ...others] = await receive({ MessageSystemAttributeNames: ["All"], MessageAttributeNames: ["All"] });
  assert.deepEqual(others, []);
  assert.deepEqual([message.MessageId, message.Body, message.MD5OfBody], [sent.MessageId, body, md5(body)]);
  assert.equal(message.MD5OfMessageAttributes, sent.MD5OfMessageAttributes);
  assert.deepEqual(message.MessageAttributes, MessageAttributes);
  assert.deepEqual([message.Attributes.ApproximateReceiveCount, message.Attributes.SenderId], ["1", account]);
  await send(DeleteMessageCommand, { ReceiptHandle: message.ReceiptHandle });
  await send(DeleteMessageCommand, { ReceiptHandle: message.ReceiptHandle });
  assert.deepEqual(await receive(), []);
});

test("checksums of attributes are those that SQS documents", async (t) => {
  const { send } = await queueOf(t);
  const text = (StringValue) => ({ DataType: "String", StringValue });
  const number = (StringValue) => ({ DataType: "Number", StringValue });
  const vectors = [
    [{ MyAttribute: text("foobar") }, "adb59cd4678ea5a855436b949cd07ab6"],
    [{ attr1: number("99.12") }, "d302007e9aa062660afc85fd0a482472"],
    [{ timestamp: number("1493147359900") }, "235c5c510d26fb653d073faed50ae77c"],
    [{ Hello: text("There"), General: text("Kenobi"), "Help.Me": text("Me") }, "4c360f3fdafd970e05fae2f149d997f5"],
  ];
  for (const [MessageAttributes, expected] of vectors) {
    const sent = await send(SendMessageCommand, { MessageBody: "a", MessageAttributes });
    assert.equal(sent.MD5OfMessageAttributes, expected);
  }
  assert.equal((await send(SendMessageCommand, { MessageBody: "a" })).MD5OfMessageAttributes, undefined);
});

test("entries of batches succeed or fail alone", async (t) => {
  const { send, receive } = await queueOf(t, "orders", { MaximumMessageSize: "1024" });
  const sent = await send(SendMessageBatchCommand, {
    Entries: [
      { Id: "a", MessageBody: "a" },
      { Id: "b", MessageBody: "x".repeat(1025) },
      { Id: "c", MessageBody: "\u0001" },
      { Id: "d", MessageBody: "d", MessageAttributes: { n: { DataType: "Number", StringValue: "1" } } },
    ],
  });
  assert.deepEqual(
    sent.Successful.map((entry) => entry.Id),
    ["a", "d"],
  );
  assert.deepEqual(
    sent.Failed.map((entry) => [entry.Id, entry.Code, entry.SenderFault]),
    [
      ["b", "InvalidParameterValue", true],
      ["c", "InvalidMessageContents", true],
    ],
  );
  const messages = await receive();
  assert.deepEqual(messages.map((message) => message.Body).sort(), ["a", "d"]);
  const entries = messages.map((message, i) => ({ Id: `${i}`, ReceiptHandle: message.ReceiptHandle }));
  const shown = await send(ChangeMessageVisibilityBatchCommand, {
    Entries: [
      { ...entries[0], VisibilityTimeout: 0 },
      { Id: "x", ReceiptHandle: "garbage", VisibilityTimeout: 0 },
    ],
  });
  assert.deepEqual(shown.Successful, [{ Id: "0" }]);
  assert.deepEqual(
    shown.Failed.map((entry) => [entry.Id, entry.Code]),
    [["x", "ReceiptHandleIsInvalid"]],
  );
  const [again] = await receive();
  assert.equal(again.MessageId, messages[0].MessageId);
  const deleted = await send(DeleteMessageBatchCommand, {
    Entries: [{ Id: "0", ReceiptHandle: again.ReceiptHandle }, entries[1]],
  });
  assert.deepEqual(deleted.Successful, [{ Id: "0" }, { Id: "1" }]);
  assert.deepEqual(deleted.Failed ?? [], []);
});

test("a long poll is answered by the send that it waits for", async (t) => {
  const { send, receive } = await queueOf(t);
  const began = Date.now();
  const waiting = receive({ WaitTimeSeconds: 20 });
  await send(SendMessageCommand, { MessageBody: "at last" });
  assert.deepEqual(
    (await waiting).map((message) => message.Body),
    ["at last"],
  );
  assert.ok(Date.now() - began < 15_000);
});

test("a long poll without messages ends when its time is over", async (t) => {
  const { receive } = await queueOf(t);
  const began = Date.now();
  assert.deepEqual(await receive({ WaitTimeSeconds: 1 }), []);
  assert.ok(Date.now() - began >= 900);
});

test("a long poll that is given up takes no message with it", async (t) => {
  const { url, sqs, send, receive } = await queueOf(t);
  const giving_up = new AbortController();
  const poll = sqs.send(new ReceiveMessageCommand({ QueueUrl: url, WaitTimeSeconds: 20 }), {
    abortSignal: giving_up.signal,
  });
  await send(GetQueueAttributesCommand, { AttributeNames: ["All"] }); // Most likely it is parked by then.
  giving_up.abort();
  await assert.rejects(poll, { name: "AbortError" });
  await send(GetQueueAttributesCommand, { AttributeNames: ["All"] });
  await send(SendMessageCommand, { MessageBody: "mine" });
  assert.deepEqual(
    (await receive({ WaitTimeSeconds: 10 })).map((message) => message.Body),
    ["mine"],
  );
});

test("visibility hides, is extended and ends", async (t) => {
  const { send, receive, attributes } = await queueOf(t, "orders", { VisibilityTimeout: "600" });
  await send(SendMessageCommand, { MessageBody: "a" });
  const [first] = await receive({ VisibilityTimeout: 1 });
  await send(ChangeMessageVisibilityCommand, { ReceiptHandle: first.ReceiptHandle, VisibilityTimeout: 600 });
  assert.deepEqual(await receive({ WaitTimeSeconds: 2 }), []);
  assert.equal((await attributes("ApproximateNumberOfMessagesNotVisible")).ApproximateNumberOfMessagesNotVisible, "1");
  await send(ChangeMessageVisibilityCommand, { ReceiptHandle: first.ReceiptHandle, VisibilityTimeout: 1 });
  const [second] = await receive({ WaitTimeSeconds: 10, MessageSystemAttributeNames: ["ApproximateReceiveCount"] });
  assert.deepEqual([second.MessageId, second.Attributes], [first.MessageId, { ApproximateReceiveCount: "2" }]);
});

test("a delayed message comes when its delay ends", async (t) => {
  const { send, receive, attributes } = await queueOf(t);
  await send(SendMessageCommand, { MessageBody: "later", DelaySeconds: 1 });
  assert.equal((await attributes("ApproximateNumberOfMessagesDelayed")).ApproximateNumberOfMessagesDelayed, "1");
  assert.deepEqual(
    (await receive({ WaitTimeSeconds: 10 })).map((message) => message.Body),
    ["later"],
  );
});

test("a FIFO queue keeps order, sends once, and locks its groups", async (t) => {
  const { send, receive } = await queueOf(t, "orders.fifo", { FifoQueue: "true", ContentBasedDeduplication: "true" });
  const first = await send(SendMessageCommand, { MessageBody: "a", MessageGroupId: "g" });
  const again = await send(SendMessageCommand, { MessageBody: "a", MessageGroupId: "g" });
  assert.deepEqual([again.MessageId, again.SequenceNumber], [first.MessageId, first.SequenceNumber]);
  const batch = await send(SendMessageBatchCommand, {
    Entries: ["b", "c"].map((MessageBody) => ({ Id: MessageBody, MessageBody, MessageGroupId: "g" })),
  });
  assert.ok(BigInt(batch.Successful[0].SequenceNumber) > BigInt(first.SequenceNumber));
  const messages = await receive({ MessageSystemAttributeNames: ["All"], ReceiveRequestAttemptId: "attempt" });
  assert.deepEqual(
    messages.map((message) => message.Body),
    ["a", "b", "c"],
  );
  assert.equal(messages[0].Attributes.MessageDeduplicationId, createHash("sha256").update("a").digest("hex"));
  assert.equal(messages[0].Attributes.MessageGroupId, "g");
  await send(SendMessageCommand, { MessageBody: "d", MessageGroupId: "g" });
  await send(SendMessageCommand, { MessageBody: "e", MessageGroupId: "h" });
  assert.deepEqual(
    (await receive()).map((message) => message.Body),
    ["e"],
  );
  for (const { ReceiptHandle } of messages) await send(DeleteMessageCommand, { ReceiptHandle });
  assert.deepEqual(
    (await receive()).map((message) => message.Body),
    ["d"],
  );
});

test("dead letters are moved back to where they came from", async (t) => {
  const { url, sqs, send, receive, queueArn } = await queueOf(t, "orders", { VisibilityTimeout: "0" });
  const dead = (await sqs.send(new CreateQueueCommand({ QueueName: "dead" }))).QueueUrl;
  await assert.rejects(
    sqs.send(new StartMessageMoveTaskCommand({ SourceArn: queueArn("dead") })),
    (error) => error instanceof SQSServiceException && /must be configured as a Dead Letter Queue/.test(error.message),
  );
  await send(SetQueueAttributesCommand, {
    Attributes: { RedrivePolicy: JSON.stringify({ deadLetterTargetArn: queueArn("dead"), maxReceiveCount: 1 }) },
  });
  const sources = [];
  for await (const page of paginateListDeadLetterSourceQueues({ client: sqs }, { QueueUrl: dead })) {
    sources.push(...page.queueUrls);
  }
  assert.deepEqual(sources, [url]);
  for (const MessageBody of ["a", "b"]) await send(SendMessageCommand, { MessageBody });
  assert.equal((await receive()).length, 2);
  assert.deepEqual(await receive(), []);
  const letters = (
    await sqs.send(
      new ReceiveMessageCommand({
        QueueUrl: dead,
        MaxNumberOfMessages: 10,
        VisibilityTimeout: 0,
        MessageSystemAttributeNames: ["DeadLetterQueueSourceArn"],
      }),
    )
  ).Messages;
  assert.deepEqual(
    letters.map((letter) => letter.Attributes.DeadLetterQueueSourceArn),
    [queueArn("orders"), queueArn("orders")],
  );

  const { TaskHandle } = await sqs.send(new StartMessageMoveTaskCommand({ SourceArn: queueArn("dead") }));
  assert.ok(TaskHandle);
  const done = await within("the move is completed", async () => {
    const { Results } = await sqs.send(
      new ListMessageMoveTasksCommand({ SourceArn: queueArn("dead"), MaxResults: 10 }),
    );
    return Results.find((result) => result.Status === "COMPLETED");
  });
  assert.deepEqual([done.SourceArn, done.ApproximateNumberOfMessagesMoved], [queueArn("dead"), 2]);
  assert.deepEqual((await receive()).map((message) => message.Body).sort(), ["a", "b"]);
  await assert.rejects(sqs.send(new CancelMessageMoveTaskCommand({ TaskHandle: "garbage" })), {
    message: "Value for parameter TaskHandle is invalid.",
  });
  await assert.rejects(
    sqs.send(new ListMessageMoveTasksCommand({ SourceArn: queueArn("none") })),
    ResourceNotFoundException,
  );
});

test("errors are instances of their classes", async (t) => {
  const { url, sqs, send } = await queueOf(t);
  const entries = (count) => Array.from({ length: count }, (_, i) => ({ Id: `${i}`, MessageBody: "a" }));
  const cases = [
    [QueueDoesNotExist, () => sqs.send(new GetQueueUrlCommand({ QueueName: "none" }))],
    [QueueDoesNotExist, () => send(SendMessageCommand, { QueueUrl: `${url}-none`, MessageBody: "a" })],
    [
      QueueNameExists,
      () => sqs.send(new CreateQueueCommand({ QueueName: "orders", Attributes: { DelaySeconds: "7" } })),
    ],
    [ReceiptHandleIsInvalid, () => send(DeleteMessageCommand, { ReceiptHandle: "garbage" })],
    [InvalidAttributeName, () => send(GetQueueAttributesCommand, { AttributeNames: ["Foobar"] })],
    [InvalidAttributeValue, () => send(SetQueueAttributesCommand, { Attributes: { VisibilityTimeout: "43201" } })],
    [InvalidMessageContents, () => send(SendMessageCommand, { MessageBody: "\u0001" })],
    [TooManyEntriesInBatchRequest, () => send(SendMessageBatchCommand, { Entries: entries(11) })],
    [BatchEntryIdsNotDistinct, () => send(SendMessageBatchCommand, { Entries: [...entries(1), ...entries(1)] })],
    [EmptyBatchRequest, () => send(SendMessageBatchCommand, { Entries: [] })],
  ];
  for (const [kind, call] of cases) {
    await assert.rejects(call, (error) => {
      assert.ok(
        error instanceof kind && error instanceof SQSServiceException,
        `${kind.name}, not ${error.name}: ${error}`,
      );
      assert.equal(error.$fault, "client");
      assert.ok(error.message && error.$metadata.requestId && error.$metadata.httpStatusCode >= 400);
      return true;
    });
  }
  await assert.rejects(sqs.send(new GetQueueUrlCommand({ QueueName: "none" })), {
    name: "QueueDoesNotExist",
    message: "The specified queue does not exist.",
    Code: "AWS.SimpleQueueService.NonExistentQueue",
    Error: {
      Type: "Sender",
      Code: "AWS.SimpleQueueService.NonExistentQueue",
      Message: "The specified queue does not exist.",
    },
  });
});

test("errors that the model does not name tell what is wrong", async (t) => {
  const { send } = await queueOf(t);
  await assert.rejects(send(ReceiveMessageCommand, { MaxNumberOfMessages: 11 }), (error) => {
    assert.ok(error instanceof SQSServiceException);
    assert.equal(error.Error.Code, "InvalidParameterValue");
    assert.equal(
      error.message,
      "Value 11 for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, if provided.",
    );
    return true;
  });
  await assert.rejects(
    send(SendMessageCommand, { MessageBody: "" }),
    (error) => error.Error.Code === "MissingParameter",
  );
});

test("lists come in pages", async (t) => {
  const { sqs } = clients(t);
  const names = Array.from({ length: 7 }, (_, i) => `many-${i}`);
  for (const QueueName of [...names, "other"]) await sqs.send(new CreateQueueCommand({ QueueName }));
  const pages = [];
  for await (const page of paginateListQueues({ client: sqs, pageSize: 3 }, { QueueNamePrefix: "many-" })) {
    pages.push(page.QueueUrls.map((url) => url.split("/").pop()));
  }
  assert.deepEqual(pages, [names.slice(0, 3), names.slice(3, 6), names.slice(6)]);
  const none = await sqs.send(new ListQueuesCommand({ QueueNamePrefix: "none" }));
  assert.deepEqual(none.QueueUrls ?? [], []);
});

test("a queue is described, tagged, changed, purged and deleted", async (t) => {
  const { url, sqs, send, receive, attributes, queueArn } = await queueOf(t, "orders", { DelaySeconds: "0" });
  await send(TagQueueCommand, { Tags: { team: "shop", stage: "test" } });
  await send(UntagQueueCommand, { TagKeys: ["stage"] });
  assert.deepEqual((await send(ListQueueTagsCommand)).Tags, { team: "shop" });
  await send(SetQueueAttributesCommand, { Attributes: { VisibilityTimeout: "60" } });
  assert.equal(await attributes("Policy"), undefined);
  const all = await attributes("All");
  assert.deepEqual(
    [all.VisibilityTimeout, all.QueueArn, all.MaximumMessageSize],
    ["60", queueArn("orders"), "1048576"],
  );
  assert.ok(Math.abs(Date.now() / 1000 - Number(all.CreatedTimestamp)) < 3600);
  await send(SendMessageCommand, { MessageBody: "a" });
  await send(PurgeQueueCommand);
  assert.deepEqual(await receive(), []);
  assert.equal((await sqs.send(new CreateQueueCommand({ QueueName: "orders" }))).QueueUrl, url);
  await send(DeleteQueueCommand);
  await assert.rejects(send(SendMessageCommand, { MessageBody: "a" }), QueueDoesNotExist);
});

test("a client that knows nothing but a queue's URL reaches the hub by it", async (t) => {
  const { account, url, receive } = await queueOf(t);
  const sqs = new SQSClient({
    region: REGION,
    credentials: { accessKeyId: account, secretAccessKey: "test" },
    maxAttempts: 1,
    logger: { warn() {}, debug() {}, info() {}, error() {} },
  });
  t.after(() => sqs.destroy());
  sqs.middlewareStack.add(
    (next) => (args) => {
      const { protocol, hostname, port } = args.request;
      assert.equal(`${protocol}//${hostname}:${port}`, ENDPOINT); // Before it leaves this machine.
      return next(args);
    },
    { step: "finalizeRequest", priority: "low" },
  );
  await sqs.send(new SendMessageCommand({ QueueUrl: url, MessageBody: "a" }));
  assert.equal((await receive()).length, 1);
});
