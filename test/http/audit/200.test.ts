import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it } from "vitest";
import { auditKeysSchema } from "#audit";
import { type AuditEvent, merchantIdSchema } from "#base";
import { appendAudit } from "../../../src/wiring/audit.ts";
import { appWith } from "../../support/app.ts";
import { call, freshId } from "../../support/call.ts";
import { keyOf, testMerchant, TEST_KEYS } from "../../support/secrets.ts";
import { world } from "../../support/world.ts";
import { expectCommonHeaders } from "../problem-shape.ts";

const PATH = "/api/payments/audit";

afterEach(() => world.renew());

function eventOf(id: string, more: Partial<AuditEvent> = {}): AuditEvent {
  return {
    id,
    atMs: world.nowMs(),
    actor: { type: "api_key", id: "ak_x" },
    action: "config.changed",
    object: { type: "config", id: "routing" },
    outcome: "success",
    requestId: null,
    address: null,
    details: { reason: "asked for by 9506489925" },
    ...more,
  };
}

/** A merchant of this test's own, with a log of so many events. */
async function merchantWith(count: number) {
  const id = freshId("m");
  const app = appWith([testMerchant(id)]);
  const merchantId = merchantIdSchema.parse(id);
  await appendAudit(
    env,
    merchantId,
    Array.from({ length: count }, (_, n) => eventOf(`e${n}`)),
  );
  return (query = "") => app.call({ path: `${PATH}${query}`, key: keyOf(id) });
}

const entriesOf = (json: Record<string, unknown>): { event: Record<string, unknown> }[] =>
  Array.isArray(json["entries"]) ? json["entries"] : [];
const idsOf = (json: Record<string, unknown>) => entriesOf(json).map(({ event }) => event["id"]);

describe("GET /api/payments/audit", () => {
  it("PCI-10.2.2: tells who did what to what, when and with what result, masked", async () => {
    const read = await merchantWith(1);
    const answer = await read("?action=config.changed");
    expect(answer.status).toBe(200);
    expectCommonHeaders(answer);
    expect(answer.json).toMatchObject({
      entries: [
        {
          sequence: 2,
          loggedAt: expect.any(Number),
          hash: expect.stringMatching(/^[0-9a-f]{64}$/),
          event: {
            id: "e0",
            at: expect.any(Number),
            actor: { type: "api_key", id: "ak_x" },
            action: "config.changed",
            object: { type: "config", id: "routing" },
            outcome: "success",
            details: { reason: "asked for by ********25" },
          },
        },
      ],
      cursor: null,
    });
  });

  it("API-4: pages of a limit, newest first, until the cursor is null", async () => {
    const read = await merchantWith(5);
    const first = await read("?limit=4");
    expect(idsOf(first.json).slice(1)).toEqual(["e4", "e3", "e2"]);
    const second = await read(`?limit=4&cursor=${String(first.json["cursor"])}`);
    expect(idsOf(second.json)).toEqual(["e1", "e0", "audit/started"]);
    expect(second.json["cursor"]).toBeNull();
  });

  it("PCI-10.2.1.3: reading is logged, with the key and the request", async () => {
    const read = await merchantWith(1);
    const answer = await read();
    expect(entriesOf(answer.json)[0]).toMatchObject({
      event: { action: "audit.read", requestId: answer.headers.get("x-request-id") },
    });
    expect(idsOf((await read()).json)).toEqual(idsOf(answer.json));
  });

  it("API-1: a merchant reads its own log and no other", async () => {
    const mine = await merchantWith(1);
    const others = await merchantWith(0);
    expect(idsOf((await mine()).json)).toContain("e0");
    expect(idsOf((await others()).json)).not.toContain("e0");
  });

  it("PCI-10.2.1.3: with beta's key beta's log is read", async () => {
    const answer = await call({ path: PATH, key: TEST_KEYS.beta });
    expect(entriesOf(answer.json)[0]).toMatchObject({ event: { actor: { id: "ak_beta" } } });
  });
});

describe("GET /api/payments/audit/keys", () => {
  it("JOS-8: gives public keys and the head, and nothing private", async () => {
    const answer = await call({ path: `${PATH}/keys` });
    expect(answer.status).toBe(200);
    const { merchantId, keys } = auditKeysSchema().parse(answer.json);
    expect({ merchantId, count: keys.length }).toEqual({ merchantId: "alpha", count: 1 });
    expect(answer.text).not.toMatch(/"d"|private|fp1/);
    expect((await call({ path: `${PATH}/keys` })).json).toEqual(answer.json);
  });
});
