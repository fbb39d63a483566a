import { createHash, randomBytes } from "node:crypto";
import { expect, it, onTestFinished, vi } from "vitest";
import { verifyNotification } from "#client";
import { startReceiver } from "./receiver.ts";
import { client, freshId, paid, request, stack } from "./scenario.ts";
import { operatorCall } from "./stack.ts";

/** An operator's call to the settings of the demo merchant. */
async function operate(method: string, path: string, content?: object) {
  const more = content ? { content } : {};
  const answer = await operatorCall(stack, `/api/admin/${path}`, { method, ...more });
  expect({ path, ...answer }).toMatchObject({ status: 200 });
  return answer.json;
}

/** As the stack's other tests need it, all of it. */
const phonepe = (more: object = {}) => ({
  ...stack.phonepe,
  clientVersion: 1,
  webhookUsername: stack.webhook.username,
  webhookPassword: stack.webhook.password,
  ...more,
});
const setPhonePe = (value: object) =>
  operate("PUT", "credentials/demo/phonepe", { value, reason: "e2e" });

async function heard(username: string, password: string): Promise<number> {
  const authorization = createHash("sha256").update(`${username}:${password}`).digest("hex");
  const payload = { merchantOrderId: freshId(), orderId: "OMO1", state: "COMPLETED", amount: 100 };
  const response = await fetch(`${stack.gateway}/api/payments/webhook`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization },
    body: JSON.stringify({ event: "checkout.order.completed", payload }),
  });
  return response.status;
}

it("design.md 8: a PhonePe credential pair is changed over real HTTP, and webhooks of both count", async () => {
  onTestFinished(async () => {
    await setPhonePe(phonepe());
  });
  const providerOf = async () => (await client.initiate(request(freshId()))).provider;
  expect(await providerOf()).toBe("phonepe");
  await setPhonePe(phonepe({ clientId: "NOBODY", webhookPassword: "newPassword1" }));
  // Nobody gets a token for it, so that no order can exist: the backup stands in.
  expect(await providerOf()).toBe("razorpay");
  await setPhonePe(phonepe({ webhookPassword: "newPassword1" }));
  expect(await providerOf()).toBe("phonepe");
  const { username, password } = stack.webhook;
  expect(await heard(username, "newPassword1")).toBe(200);
  expect(await heard(username, password)).toBe(200);
  expect(await heard(username, "otherPassword1")).toBe(401);
  const { credentials } = await operate("GET", "credentials/demo");
  expect(JSON.stringify(credentials)).not.toContain("assword");
});

it("design.md 9: a notifyUrl is changed over real HTTP, and taken back", async () => {
  const receiver = await startReceiver();
  onTestFinished(() => receiver.close());
  const secret = `whsec_${randomBytes(32).toString("base64")}`;
  const reason = "e2e";
  await operate("PUT", "credentials/demo/notifications", { value: { secret }, reason });
  const { version, config } = await operate("GET", "config/demo");
  const body = { config: { ...Object(config), notifyUrl: receiver.url }, reason };
  const changed = await operate("PUT", "config/demo", { ...body, expectedVersion: version });
  const id = await paid();
  expect((await client.status(id)).security?.configVersion).toBe(changed["version"]);
  await vi.waitFor(() => expect(receiver.received.length).toBeGreaterThan(0), { timeout: 15_000 });
  const [notification] = receiver.received;
  if (!notification) throw new Error("nothing came");
  const nowSec = Math.floor(Date.now() / 1_000);
  await verifyNotification(notification, { secrets: [secret], nowSec });
  expect(notification.body).toContain(id);
  const back = { toVersion: version, reason, expectedVersion: changed["version"] };
  expect((await operate("POST", "config/demo/rollback", back))["config"]).toEqual(config);
  const { versions } = await operate("GET", "config/demo/history");
  expect(versions).toMatchObject([
    { rolledBackTo: version, changes: [{ path: "/notifyUrl", from: receiver.url }] },
    { changes: [{ path: "/notifyUrl", to: receiver.url }] },
    {},
  ]);
});
