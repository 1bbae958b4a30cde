// A web service that is subscribed to a topic: it confirms, and believes only what is signed.
import assert from "node:assert/strict";
import { createVerify, X509Certificate } from "node:crypto";
import { createServer } from "node:http";
import https from "node:https";
import { PassThrough } from "node:stream";
import test from "node:test";
import {
  CreateTopicCommand,
  GetSubscriptionAttributesCommand,
  PublishCommand,
  SetSubscriptionAttributesCommand,
  SubscribeCommand,
  UnsubscribeCommand,
} from "@aws-sdk/client-sns";
import MessageValidator from "sns-validator";
import { clients, ENDPOINT, within } from "./support.mjs";

// What a signature signs, each as its name and its value, a line each, when the message has it.
const SIGNED = {
  Notification: ["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"],
  SubscriptionConfirmation: ["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"],
  UnsubscribeConfirmation: ["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"],
};

// A server that answers 200 to everything; `got` are the requests: { headers, body }.
async function webhook(t) {
  const got = [];
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const part of request.setEncoding("utf8")) body += part;
    got.push({ method: request.method, headers: request.headers, body });
    response.end();
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${server.address().port}/hook`, got };
}

async function certificateOf(message) {
  const url = new URL(message.SigningCertURL);
  assert.equal(url.origin, ENDPOINT);
  assert.match(url.pathname, /\.pem$/);
  const response = await fetch(url);
  assert.equal(response.status, 200);
  return response.text();
}

async function verify(message) {
  const pem = await certificateOf(message);
  new X509Certificate(pem); // It is one.
  const verifier = createVerify(message.SignatureVersion === "1" ? "RSA-SHA1" : "RSA-SHA256");
  for (const name of SIGNED[message.Type]) if (name in message) verifier.update(`${name}\n${message[name]}\n`);
  return verifier.verify(pem, message.Signature, "base64");
}

// sns-validator takes certificates only by https, from hosts of a pattern. Where the certificate lies is not signed: it
// is told an https URL at the same host, and what it fetches from there is what the hub has at its own URL.
async function validate(t, message) {
  const pem = await certificateOf(message);
  const mocked = t.mock.method(https, "get", (_url, answered) => {
    const response = new PassThrough();
    response.statusCode = 200;
    answered(response);
    response.end(pem);
    return response;
  });
  try {
    const secure = { ...message, SigningCertURL: message.SigningCertURL.replace("http:", "https:") };
    return await new Promise((resolve, reject) =>
      new MessageValidator(/^127\.0\.0\.1(:\d+)?$/).validate(secure, (error, valid) =>
        error ? reject(error) : resolve(valid),
      ),
    );
  } finally {
    mocked.mock.restore();
  }
}

async function subscribed(t, Attributes = {}) {
  const { sns } = clients(t);
  const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: "news", Attributes }));
  const { url, got } = await webhook(t);
  const { SubscriptionArn } = await sns.send(
    new SubscribeCommand({ TopicArn, Protocol: "http", Endpoint: url, ReturnSubscriptionArn: true }),
  );
  const next = async () => JSON.parse((await within("a request comes", () => got.shift())).body);
  const confirmation = await within("the confirmation comes", () => got.shift());
  return { sns, TopicArn, SubscriptionArn, got, next, confirmation };
}

async function confirm({ confirmation }) {
  const response = await fetch(JSON.parse(confirmation.body).SubscribeURL);
  assert.equal(response.status, 200);
  return response.text();
}

for (const SignatureVersion of ["1", "2"]) {
  test(`subscriptions are confirmed, and notifications are signed, with version ${SignatureVersion}`, async (t) => {
    const subscription = await subscribed(t, { SignatureVersion });
    const { sns, TopicArn, SubscriptionArn, confirmation, next } = subscription;
    assert.equal(confirmation.headers["x-amz-sns-message-type"], "SubscriptionConfirmation");
    assert.equal(confirmation.headers["x-amz-sns-topic-arn"], TopicArn);
    const asked = JSON.parse(confirmation.body);
    assert.deepEqual(
      [asked.Type, asked.TopicArn, asked.SignatureVersion],
      ["SubscriptionConfirmation", TopicArn, SignatureVersion],
    );
    assert.ok(await verify(asked));
    assert.equal((await validate(t, asked)).Token, asked.Token);
    assert.match(await confirm(subscription), new RegExp(`<SubscriptionArn>${SubscriptionArn}</SubscriptionArn>`));

    await sns.send(new PublishCommand({ TopicArn, Message: "h\u00e9llo \u{1F600}\n", Subject: "greeting" }));
    const notification = await next();
    assert.deepEqual(
      [notification.Type, notification.Message, notification.Subject],
      ["Notification", "h\u00e9llo \u{1F600}\n", "greeting"],
    );
    assert.ok(await verify(notification));
    assert.equal((await validate(t, notification)).Message, notification.Message);
    assert.equal(await verify({ ...notification, Message: "forged" }), false);
    await assert.rejects(validate(t, { ...notification, Message: "forged" }), /The message signature is invalid/);

    await sns.send(new PublishCommand({ TopicArn, Message: "without a subject" }));
    assert.ok(await verify(await next()));
  });
}

test("a message of a subscription that nobody confirmed does not come", async (t) => {
  const { sns, TopicArn, SubscriptionArn, got, next, ...subscription } = await subscribed(t);
  await sns.send(new PublishCommand({ TopicArn, Message: "too early" }));
  const { Attributes } = await sns.send(new GetSubscriptionAttributesCommand({ SubscriptionArn }));
  assert.equal(Attributes.PendingConfirmation, "true");
  await confirm(subscription);
  await sns.send(new PublishCommand({ TopicArn, Message: "in time" }));
  assert.equal((await next()).Message, "in time");
  assert.deepEqual(got, []);
});

test("raw delivery is the message alone, told by a header", async (t) => {
  const subscription = await subscribed(t);
  const { sns, TopicArn, SubscriptionArn, got } = subscription;
  await confirm(subscription);
  await sns.send(
    new SetSubscriptionAttributesCommand({
      SubscriptionArn,
      AttributeName: "RawMessageDelivery",
      AttributeValue: "true",
    }),
  );
  await sns.send(new PublishCommand({ TopicArn, Message: "bare" }));
  const request = await within("the message comes", () => got.shift());
  assert.deepEqual(
    [request.body, request.headers["x-amz-sns-rawdelivery"], request.headers["x-amz-sns-subscription-arn"]],
    ["bare", "true", SubscriptionArn],
  );
});

test("the link in a notification ends the subscription", async (t) => {
  const subscription = await subscribed(t);
  const { sns, TopicArn, next } = subscription;
  await confirm(subscription);
  await sns.send(new PublishCommand({ TopicArn, Message: "a" }));
  const { UnsubscribeURL } = await next();
  assert.equal((await fetch(UnsubscribeURL)).status, 200);
  const farewell = await next();
  assert.equal(farewell.Type, "UnsubscribeConfirmation");
  assert.ok(await verify(farewell));
});
