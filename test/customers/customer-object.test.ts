import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { merchantIdSchema, merchantOrderIdSchema } from "#base";
import { customerObjectName } from "#customers";
import { surfaceOf } from "../door/rpc-surface.ts";
import { freshId } from "../support/call.ts";
import { CustomerObject } from "../support/worker.ts";
import { world } from "../support/world.ts";

const MERCHANT = merchantIdSchema.parse("alpha");
const BY = { keyId: "ak_test", requestId: "req_test", address: null };
const orderId = (text: string) => merchantOrderIdSchema.parse(text);

function person() {
  const customer = freshId("hash");
  const stub = env.CUSTOMERS.getByName(customerObjectName(MERCHANT, customer));
  const payment = (id: string) => ({
    merchantId: MERCHANT,
    customer,
    merchantOrderId: orderId(id),
  });
  return { stub, payment, erase: () => stub.erase({ merchantId: MERCHANT, customer }, BY) };
}

afterEach(() => world.renew());

describe("a customer's object", () => {
  it("style.md 7: a stub can call these methods and no others", () => {
    expect(surfaceOf(CustomerObject)).toEqual(
      ["alarm", "enrol", "erase", "export", "forget", "open", "seal"].toSorted(),
    );
  });

  it("GCM-4: what it closes opens for the same payment, after a restart too", async () => {
    const { stub, payment } = person();
    const envelope = await stub.seal(payment("a"), "for Asha");
    expect(envelope).not.toContain("Asha");
    await evictDurableObject(stub);
    expect(await stub.open(payment("a"), envelope)).toEqual({ text: "for Asha" });
  });

  it("GCM-4: moved to another payment or person it does not open", async () => {
    const { stub, payment } = person();
    const other = person();
    const envelope = await stub.seal(payment("a"), "for Asha");
    await other.stub.seal(other.payment("a"), "for Ben");
    await expect(async () => stub.open(payment("b"), envelope)).rejects.toThrow("does not open");
    await expect(async () => other.stub.open(other.payment("a"), envelope)).rejects.toThrow(
      "key is missing",
    );
  });

  it("GCM-6: the key lies sealed, and two calls at once make one", async () => {
    const { stub, payment } = person();
    const both = await Promise.all([stub.seal(payment("a"), "1"), stub.seal(payment("b"), "2")]);
    expect(new Set(both.map((envelope) => envelope.split(".")[1])).size).toBe(1);
    await runInDurableObject(stub, (_, { storage }) => {
      const row = storage.sql.exec("SELECT key_id, sealed_key FROM person").one();
      expect(row["sealed_key"]).toMatch(/^fp2\./);
      expect(both[0]?.split(".")[1]).toBe(row["key_id"]);
    });
  });

  it("GDR-4: after the erasure nothing opens, and a new key opens nothing old", async () => {
    const { stub, payment, erase } = person();
    const envelope = await stub.seal(payment("a"), "for Asha");
    const { erasedAtMs } = await erase();
    expect(await stub.open(payment("a"), envelope)).toEqual({ erasedAtMs });
    const again = await stub.seal(payment("b"), "new");
    expect(await stub.open(payment("a"), envelope)).toEqual({ erasedAtMs });
    expect(await stub.open(payment("b"), again)).toEqual({ text: "new" });
  });

  it("GDR-2: an export says when a person was erased, also in a deployment that was lost and restored since", async () => {
    const { stub, payment, erase } = person();
    await stub.seal(payment("a"), "for Asha");
    const { erasedAtMs } = await erase();
    await runInDurableObject(stub, (_, { storage }) => void storage.sql.exec("DELETE FROM person"));
    await evictDurableObject(stub);
    const { merchantId, customer } = payment("a");
    const page = { after: "", limit: 10 };
    expect(await stub.export({ merchantId, customer }, page, BY)).toMatchObject({ erasedAtMs });
  });

  it("I6: an erasure during a sealing wins: what was closed is not given out", async () => {
    const { stub, payment, erase } = person();
    await stub.enrol(orderId("a"), 1);
    world.erasuresAway = true;
    await erase();
    await expect(async () => stub.seal(payment("a"), "for Asha")).rejects.toThrow("being erased");
  });

  it("R-09: the last payment's end is the key's end", async () => {
    const { stub, payment } = person();
    await stub.enrol(orderId("a"), 1);
    const envelope = await stub.seal(payment("a"), "for Asha");
    await stub.forget("a");
    await expect(async () => stub.open(payment("a"), envelope)).rejects.toThrow("key is missing");
  });

  it("GDR-4: whatever comes in which order, an erased text never opens again", async () => {
    const act = fc.record({
      what: fc.constantFrom("enrol", "seal", "erase", "restart"),
      n: fc.integer({ min: 1, max: 3 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(act, { maxLength: 10 }), async (acts) => {
        const { stub, payment, erase } = person();
        const living = new Map<string, string>();
        const erased = new Map<string, string>();
        for (const { what, n } of acts) {
          const id = `order-${n}`;
          if (what === "enrol") {
            world.offsetMs += 10;
            await stub.enrol(orderId(id), world.nowMs());
          }
          if (what === "seal") living.set(await stub.seal(payment(id), "text"), id);
          if (what === "restart") await evictDurableObject(stub).catch(() => undefined);
          if (what === "erase") {
            await erase();
            for (const [envelope, owner] of living) erased.set(envelope, owner);
            living.clear();
          }
          for (const [envelope, owner] of living) {
            expect(await stub.open(payment(owner), envelope)).toEqual({ text: "text" });
          }
          for (const [envelope, owner] of erased) {
            expect(await stub.open(payment(owner), envelope)).toHaveProperty("erasedAtMs");
          }
        }
      }),
      { numRuns: 15 },
    );
  });
});
