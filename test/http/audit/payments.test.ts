import { runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, expect, it, vi } from "vitest";
import * as z from "zod";
import { merchantIdSchema, merchantOrderIdSchema } from "#base";
import { paymentObjectName } from "#payments";
import { call, freshId, initiateBody } from "../../support/call.ts";
import { TEST_KEYS } from "../../support/secrets.ts";
import { world } from "../../support/world.ts";
import { INITIATE } from "../payments.ts";

afterEach(() => world.renew());

const entriesSchema = z.object({
  entries: z.array(
    z.object({
      event: z.object({
        actor: z.object({ type: z.string(), id: z.string() }),
        requestId: z.string().nullable(),
        details: z.record(z.string(), z.unknown()),
      }),
    }),
  ),
});

it("I7, PCI-10.2.1: each state change of a payment is one entry, and says who asked for it", async () => {
  const orderId = freshId();
  const key = TEST_KEYS.alpha;
  const made = await call({
    path: INITIATE,
    body: { ...initiateBody(), merchantOrderId: orderId },
    key,
  });
  expect(made.status).toBe(201);
  world.offsetMs += 6_000;
  const name = paymentObjectName(
    merchantIdSchema.parse("alpha"),
    merchantOrderIdSchema.parse(orderId),
  );
  await runDurableObjectAlarm(env.PAYMENTS.getByName(name));
  const path = `/api/payments/audit?object=${String(made.json["paymentId"])}`;
  const read = async () => entriesSchema.parse((await call({ path, key })).json).entries;
  const entries = await vi.waitFor(async () => {
    const found = await read();
    expect(found).toHaveLength(4);
    return found;
  });
  const events = entries.map(({ event }) => event);
  expect(events.map(({ details }) => [details["seq"], details["event"]]).toReversed()).toEqual([
    [1, "payment initiating"],
    [2, "attempt 1 sent"],
    [3, "attempt 1 open"],
    [4, "payment pending"],
  ]);
  expect(events.at(-1)).toMatchObject({
    actor: { type: "api_key", id: key.keyId },
    requestId: expect.stringMatching(/^req_/),
  });
  expect(events[0]).toMatchObject({
    actor: { type: "system", id: "provider_answer" },
    requestId: null,
  });
});
