import { afterEach, describe, expect, it, vi } from "vitest";
import * as z from "zod";
import { DAY_MS } from "#base";
import { TEST_KEYS } from "../../support/secrets.ts";
import { world } from "../../support/world.ts";
import { newPayment, statusOf } from "../payments.ts";
import { alarm, exportOf, freshCustomer, objectOf, PERSON, personalPayment } from "./ask.ts";

const exportedSchema = z.object({
  payments: z.array(z.object({ personal: z.record(z.string(), z.unknown()) })),
  places: z.array(z.object({ field: z.string() })),
});

afterEach(() => world.renew());

describe("POST /api/admin/customers/{id}/export 200", () => {
  it("GDR-3: tells everything that is kept of the person, and where each field lies", async () => {
    const customer = freshCustomer();
    const id = await personalPayment(customer);
    const answer = await exportOf(customer);
    expect(answer.status).toBe(200);
    expect(answer.json).toMatchObject({ customerId: customer, erasedAt: null, next: null });
    for (const word of PERSON) expect(answer.text).toContain(word);
    expect(answer.json["payments"]).toMatchObject([
      {
        merchantOrderId: id,
        state: "COMPLETED",
        personal: {
          message: "for Asha",
          metaInfo: { udf1: "udf of Asha" },
          paymentDetails: [{ provider: "phonepe", details: [{ vpa: "asha@bank" }] }],
          refundReasons: [{ reason: "too small for Asha" }],
        },
      },
    ]);
    const { payments, places } = exportedSchema.parse(answer.json);
    const named = places.map(({ field }) => field.replace("personal.", ""));
    expect(named.toSorted()).toEqual(Object.keys(payments[0]?.personal ?? {}).toSorted());
  });

  it("GDR-2: phone, e-mail and the id itself are kept nowhere", async () => {
    const customer = freshCustomer();
    const id = await personalPayment(customer);
    const kept = await objectOf(id).exportPerson();
    for (const word of ["9999900001", "asha@mail.example", customer]) {
      expect(kept).not.toContain(word);
    }
  });

  it("GDR-3: a payment in the archive is told too, and stays there", async () => {
    const customer = freshCustomer();
    const id = await personalPayment(customer);
    await alarm(id, 181 * DAY_MS);
    const answer = await exportOf(customer);
    for (const word of PERSON) expect(answer.text).toContain(word);
    await alarm(id, DAY_MS);
    world.archiveAway = true;
    expect((await statusOf(id)).status).toBe(503);
  });

  it("GDR-3: payments come in pages", async () => {
    const customer = freshCustomer();
    const ids = await Promise.all(
      Array.from({ length: 51 }, () => newPayment({ customer: { id: customer } })),
    );
    world.offsetMs += 10_000;
    for (const id of ids) await alarm(id, 0);
    const first = await vi.waitFor(async () => {
      const answer = await exportOf(customer);
      expect(answer.json["next"]).not.toBeNull();
      return answer;
    });
    expect(first.json["payments"]).toHaveLength(50);
    const last = await exportOf(customer, { path: `?after=${String(first.json["next"])}` });
    expect(last.json["payments"]).toHaveLength(1);
    expect(last.json["next"]).toBeNull();
    const told = new Set(`${first.text}${last.text}`.match(/"merchantOrderId":"[^"]+"/g));
    expect(told.size).toBe(51);
  });

  it("API-1: somebody unknown, and somebody of another merchant, are told alike", async () => {
    const customer = freshCustomer();
    await personalPayment(customer);
    const theirs = await exportOf(customer, { key: TEST_KEYS.beta });
    const nobodys = await exportOf(freshCustomer(), { key: TEST_KEYS.beta });
    for (const { json, status } of [theirs, nobodys]) {
      expect(status).toBe(200);
      expect(json).toMatchObject({ erasedAt: null, payments: [], next: null });
    }
  });

  it("GDR-3: an id is taken as it was sent, with every character that it may have", async () => {
    const customer = `a/b ${freshCustomer()}@mail ü`;
    const id = await personalPayment(customer);
    const answer = await exportOf(encodeURIComponent(customer));
    expect(answer.json).toMatchObject({ customerId: customer });
    expect(answer.text).toContain(id);
  });
});
