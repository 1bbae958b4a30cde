// Clients of the hub that run.py has started. All tests of a file share it: each has an account of its own, which in
// local mode is what an access key of twelve digits names, and so sees nothing of the others.
import { SNSClient } from "@aws-sdk/client-sns";
import { SQSClient } from "@aws-sdk/client-sqs";

export const ENDPOINT = process.env.PENSTOCK_HTTP;
export const REGION = "eu-west-1";
export const PATIENCE_MS = 30_000; // For what takes milliseconds; a machine under load may be slow.

let accounts = 0;

function options(account) {
  return {
    endpoint: ENDPOINT,
    region: REGION,
    credentials: { accessKeyId: account, secretAccessKey: "test" },
    maxAttempts: 1,
  };
}

// What a test needs: { account, sqs, sns, queue(), topic(), ... }, until the test ends.
export function clients(t) {
  const account = String(++accounts).padStart(12, "0");
  const sqs = new SQSClient(options(account));
  const sns = new SNSClient(options(account));
  t.after(() => {
    sqs.destroy();
    sns.destroy();
  });
  return { account, sqs, sns, queueArn: (name) => `arn:aws:sqs:${REGION}:${account}:${name}` };
}

// Waits until `condition` gives something, and gives that.
export async function within(what, condition) {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const found = await condition();
    if (found) return found;
    if (Date.now() > deadline) throw new Error(`not within ${PATIENCE_MS} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
