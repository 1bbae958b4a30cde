// sqs-consumer, the loop that many services in JavaScript take their messages with.
import assert from "node:assert/strict";
import test from "node:test";
import { CreateQueueCommand, GetQueueAttributesCommand, SendMessageBatchCommand } from "@aws-sdk/client-sqs";
import { Consumer } from "sqs-consumer";
import { clients, within } from "./support.mjs";

// A queue with these messages, and a running consumer of it; `handled` are the bodies that its handler has had.
async function consumerOf(t, bodies, options, name = "jobs", Attributes = {}) {
  const { sqs } = clients(t);
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: name, Attributes }));
  const send = (...more) =>
    sqs.send(
      new SendMessageBatchCommand({
        QueueUrl,
        Entries: more.map((MessageBody, i) => ({
          Id: `${i}`,
          MessageBody,
          ...(name.endsWith(".fifo") ? { MessageGroupId: "g", MessageDeduplicationId: MessageBody } : {}),
        })),
      }),
    );
  if (bodies.length) await send(...bodies);
  const consumer = Consumer.create({
    queueUrl: QueueUrl,
    sqs,
    waitTimeSeconds: 5,
    suppressFifoWarning: true,
    ...options,
  });
  const errors = [];
  for (const event of ["error", "processing_error", "timeout_error"]) consumer.on(event, (error) => errors.push(error));
  t.after(() => consumer.stop({ abort: true }));
  consumer.start();
  const left = async () => {
    const { Attributes: all } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["All"] }));
    return Number(all.ApproximateNumberOfMessages) + Number(all.ApproximateNumberOfMessagesNotVisible);
  };
  return { consumer, errors, send, left };
}

test("each message is handled and acknowledged", async (t) => {
  const handled = [];
  const { errors, send, left } = await consumerOf(t, ["a", "b", "c"], {
    batchSize: 10,
    messageSystemAttributeNames: ["ApproximateReceiveCount"],
    handleMessage: async (message) => {
      assert.equal(message.Attributes.ApproximateReceiveCount, "1");
      handled.push(message.Body);
      return message;
    },
  });
  await within("all are handled", () => handled.length === 3);
  await send("d"); // To a consumer that polls by now.
  await within("all are acknowledged", async () => handled.length === 4 && (await left()) === 0);
  assert.deepEqual(handled.sort(), ["a", "b", "c", "d"]);
  assert.deepEqual(errors, []);
});

test("a message whose handler fails comes again", async (t) => {
  const attempts = [];
  const { errors, left } = await consumerOf(t, ["a"], {
    visibilityTimeout: 600,
    terminateVisibilityTimeout: true,
    handleMessage: async (message) => {
      attempts.push(message.MessageId);
      if (attempts.length < 3) throw new Error("not yet");
      return message;
    },
  });
  await within("the third attempt is acknowledged", async () => attempts.length === 3 && (await left()) === 0);
  assert.equal(new Set(attempts).size, 1);
  assert.equal(errors.length, 2);
  assert.match(errors[0].message, /not yet/);
});

test("a message whose handler fails comes again when its visibility ends", async (t) => {
  let attempts = 0;
  const { left } = await consumerOf(t, ["a"], {
    visibilityTimeout: 1,
    handleMessage: async (message) => {
      if (++attempts === 1) throw new Error("not yet");
      return message;
    },
  });
  await within("the second attempt is acknowledged", async () => attempts === 2 && (await left()) === 0);
});

test("of a batch only what the handler returns is acknowledged", async (t) => {
  const batches = [];
  const { errors, left } = await consumerOf(t, ["good", "bad", "fine"], {
    batchSize: 10,
    visibilityTimeout: 600,
    handleMessageBatch: async (messages) => {
      batches.push(messages.map((message) => message.Body).sort());
      return messages.filter((message) => message.Body !== "bad");
    },
  });
  await within("two of them are gone", async () => batches.length === 1 && (await left()) === 1);
  assert.deepEqual(batches, [["bad", "fine", "good"]]);
  assert.deepEqual(errors, []);
});

test("a batch whose handler fails comes again whole", async (t) => {
  const batches = [];
  const { errors, left } = await consumerOf(t, ["a", "b"], {
    batchSize: 10,
    visibilityTimeout: 600,
    terminateVisibilityTimeout: true,
    handleMessageBatch: async (messages) => {
      batches.push(messages.length);
      if (batches.length === 1) throw new Error("not yet");
      return messages;
    },
  });
  await within("both are acknowledged", async () => batches.length > 1 && (await left()) === 0);
  assert.equal(batches[0], 2);
  assert.equal(errors.length, 1);
});

test("a heartbeat keeps a message from coming again while it is handled", async (t) => {
  let attempts = 0;
  const { left } = await consumerOf(t, ["slow"], {
    visibilityTimeout: 4,
    heartbeatInterval: 1,
    handleMessage: async (message) => {
      ++attempts;
      await new Promise((resolve) => setTimeout(resolve, 5000)); // Longer than one visibility timeout lasts.
      return message;
    },
  });
  await within("it is acknowledged", async () => attempts > 0 && (await left()) === 0);
  assert.equal(attempts, 1);
});

test("messages of a group are handled in their order", async (t) => {
  const handled = [];
  const bodies = Array.from({ length: 10 }, (_, i) => `${i}`);
  const { left } = await consumerOf(
    t,
    bodies,
    {
      batchSize: 3,
      handleMessage: async (message) => {
        handled.push(message.Body);
        return message;
      },
    },
    "jobs.fifo",
    { FifoQueue: "true" },
  );
  await within("all are acknowledged", async () => handled.length === 10 && (await left()) === 0);
  assert.deepEqual(handled, bodies);
});

test("a consumer of a queue that is not there says so", async (t) => {
  const { sqs } = clients(t);
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: "jobs" }));
  const consumer = Consumer.create({
    queueUrl: `${QueueUrl}-none`,
    sqs,
    handleMessage: async (message) => message,
    pollingWaitTimeMs: 100,
    extendedAWSErrors: true,
  });
  t.after(() => consumer.stop({ abort: true }));
  const told = new Promise((resolve) => consumer.once("error", resolve));
  consumer.start();
  const error = await told;
  assert.equal(error.name, "SQSError");
  assert.match(error.message, /The specified queue does not exist/);
});
