import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { type Client, verifyNotification } from "#client";
import { booksOf } from "./books.ts";
import { type Received, type Receiver, startReceiver } from "./receiver.ts";
import { clientOf, type Stack, startStack } from "./stack.ts";

const secret = `whsec_${randomBytes(32).toString("base64")}`;
let receiver: Receiver;
let stack: Stack;
let client: Client;

beforeAll(async () => {
  receiver = await startReceiver();
  stack = await startStack({ notifyUrl: receiver.url, notifySecret: secret });
  client = clientOf(stack.address);
});

afterAll(async () => {
  await stack.stop();
  receiver.close();
});

const request = (merchantOrderId: string) => ({
  merchantOrderId,
  amount: 12_345,
  redirectUrl: "http://localhost:8788/shop/return",
});

function receivedAbout(orderId: string): Received[] {
  return receiver.received.filter(({ body }) => body.includes(orderId));
}

describe("a merchant's server and a gateway that restarts", () => {
  it("WHK-1, api.md 6: a completed payment is told, signed over the exact bytes", async () => {
    await client.initiate(request("told-1"));
    await booksOf(stack.address).settle("told-1", "success");
    const [notification] = await vi.waitFor(() => {
      const about = receivedAbout("told-1");
      expect(about).toHaveLength(1);
      return about;
    }, 15_000);
    expect(JSON.parse(notification?.body ?? "{}")).toMatchObject({
      type: "payment.completed",
      sequence: 1,
      data: { merchantOrderId: "told-1", state: "COMPLETED", capturedAmount: 12_345 },
    });
    const verified = await verifyNotification(
      { headers: notification?.headers ?? new Headers(), body: notification?.body ?? "" },
      { secrets: [secret], nowSec: Math.floor(Date.now() / 1_000) },
    );
    expect(verified.id).toMatch(/_1$/);
  });

  it("WHK-4, I6: what is not delivered and not yet paid outlives a restart of the gateway", async () => {
    const books = booksOf(stack.address);
    receiver.answerWith(503);
    await client.initiate(request("told-2"));
    await books.settle("told-2", "success");
    await vi.waitFor(() => expect(receivedAbout("told-2")).not.toHaveLength(0), 15_000);
    await books.switches({ webhookModes: ["drop"] }, "unheard-1");
    await client.initiate(request("unheard-1"));
    await books.settle("unheard-1", "success");

    await stack.restartGateway();
    receiver.answerWith(200);
    await vi.waitFor(
      async () => expect((await client.status("unheard-1")).state).toBe("COMPLETED"),
      { timeout: 45_000, interval: 500 },
    );
    const tries = await vi.waitFor(
      () => {
        const about = receivedAbout("told-2");
        expect(about.length).toBeGreaterThan(1);
        return about;
      },
      { timeout: 45_000, interval: 500 },
    );
    expect(new Set(tries.map(({ headers }) => headers.get("webhook-id"))).size).toBe(1);
    expect(new Set(tries.map(({ body }) => body)).size).toBe(1);
    expect((await client.status("told-1")).state).toBe("COMPLETED");
  });
});
