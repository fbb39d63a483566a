/** Every defence that the self-test watches, taken away on purpose: the suite must say so. */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { DAY_MS } from "#base";
import { world } from "../../support/world.ts";
import { signedRequest } from "../../support/call.ts";
import { type Door, failedIds, recordedPayment, runSuite, type Weakness } from "./run-suite.ts";

/** A door that lets through what was refused with this code: the call goes on as a good one. */
const ignores =
  (code: string, when: (request: Request) => boolean = () => true) =>
  (app: Door): Door =>
  async (request) => {
    const [copy, body] = [request.clone(), await request.clone().text()];
    const answer = await app(request);
    if (!(await answer.clone().text()).includes(`"code":"${code}"`) || !when(copy)) return answer;
    const { pathname, search } = new URL(copy.url);
    const { method } = copy;
    const call = { method, path: `${pathname}${search}`, ...(body === "" ? {} : { body }) };
    return app(await signedRequest(call));
  };

/** A door that changes answers. */
const answers =
  (change: (answer: Response, text: string, sent: string) => Response) =>
  (app: Door): Door =>
  async (request) => {
    const sent = await request.clone().text();
    const answer = await app(request);
    return change(answer, await answer.clone().text(), sent);
  };

const withHeaders = (answer: Response, change: (headers: Headers) => void) => {
  const changed = new Response(answer.body, answer);
  change(changed.headers);
  return changed;
};
const without = (name: string, when: (answer: Response) => boolean = () => true) =>
  answers((answer) =>
    when(answer) ? withHeaders(answer, (headers) => headers.delete(name)) : answer,
  );
const inPlaceOf = (code: string, answer: Response | ((sent: string) => Response)) =>
  answers((given, text, sent) => {
    if (!text.includes(`"code":"${code}"`)) return given;
    const made = typeof answer === "function" ? answer(sent) : answer.clone();
    return new Response(made.body, { status: made.status, headers: given.headers });
  });
const createdSec = (request: Request) =>
  Number(/created=(\d+)/.exec(request.headers.get("signature-input") ?? "")?.[1]);
const isPast = (request: Request) => createdSec(request) * 1_000 < Date.now();

/** An audit log that keeps events as they come, or not at all. */
const logThatKeeps = (keeps: boolean) => {
  let kept: unknown = null;
  const log = {
    append: async (events: unknown) => {
      kept = events;
    },
    search: async () => ({ entries: keeps ? [{ eventJson: JSON.stringify(kept) }] : [] }),
    daily: async () => ({ ok: true, detail: "verified" }),
    keys: async () => ({ keys: [] }),
  };
  return { getByName: () => log };
};

/** A key of a year ago that was to live for a month. */
async function makeOverdueKey() {
  world.offsetMs = -365 * DAY_MS;
  const order = { name: null, tier: "standard", allowIps: null, expiresAtMs: null } as const;
  const by = { keyId: "ak_alpha", requestId: "req_test", address: null };
  const key = { ...order, scopes: [], rotateEveryDays: 30 };
  await env.VAULTS.getByName("alpha").createKey(key, by);
  world.offsetMs = 0;
}

function changeAuditEntry() {
  return runInDurableObject(env.AUDITS.getByName("alpha"), (_, { storage }) => {
    storage.sql.exec(`UPDATE entries SET line = replace(line, '"atMs":1', '"atMs":2')`);
  });
}

let nonces = 0;
const freshNonce = () => `weak-nonce-${(nonces += 1)}-${Date.now()}`;
const everything = { has: () => true } as const;

/** Weakness, how it is planted, and the test that must fail. */
const WEAKNESSES: readonly (readonly [string, string, Weakness])[] = [
  ["unsigned calls come in", "signature.missing", { door: ignores("signature_missing") }],
  ["signatures are not compared", "signature.wrong", { door: ignores("signature_invalid") }],
  ["digests are ignored", "signature.digest", { door: ignores("digest_mismatch") }],
  ["old signatures hold", "signature.old", { door: ignores("signature_expired", isPast) }],
  [
    "signatures from the future hold",
    "signature.future",
    { door: ignores("signature_expired", (request) => !isPast(request)) },
  ],
  [
    "nonces are not remembered",
    "signature.replay",
    {
      deps: ({ admit }) => ({
        admit: (arrival, after) => admit({ ...arrival, nonce: freshNonce() }, after),
      }),
    },
  ],
  ["unknown keys come in", "key.unknown", { door: ignores("key_unknown") }],
  ["revoked keys come in", "key.revoked", { door: ignores("key_revoked") }],
  ["keys are not revoked", "key.ended.door", { ports: () => ({ revokeKey: async () => {} }) }],
  [
    "scopes are ignored",
    "key.scope",
    {
      deps: ({ findKey }) => ({
        findKey: async (keyId) => {
          const key = await findKey(keyId);
          return key && { ...key, scopes: Object.assign(new Set(key.scopes), everything) };
        },
      }),
    },
  ],
  [
    "payments are shown to other merchants",
    "merchant.other",
    {
      ports: ({ foreignPayment }) => ({
        async foreignPayment() {
          foreign = (await foreignPayment())?.paymentId;
          return foreignPayment();
        },
      }),
      door: answers((answer, text) =>
        text.includes("payment_not_found")
          ? Response.json({ paymentId: foreign }, { headers: answer.headers })
          : answer,
      ),
    },
  ],
  [
    "keys of calls are not claimed",
    "idempotency.race",
    {
      deps: ({ admit }) => ({
        admit: (arrival, after) => admit({ ...arrival, idempotency: null }, after),
      }),
    },
  ],
  [
    "a key of a call takes other contents",
    "idempotency.reused",
    {
      deps: ({ admit }) => ({
        admit: (arrival, after) => {
          const { idempotency } = arrival;
          const same = idempotency && { ...idempotency, fingerprint: "same" };
          return admit({ ...arrival, idempotency: same }, after);
        },
      }),
    },
  ],
  [
    "one key makes two payments",
    "canary.payment",
    {
      deps: ({ payments }) => ({
        payments: {
          ...payments,
          async initiate(command) {
            const answer = await payments.initiate(command);
            if (!("body" in answer)) return answer;
            const body = answer.body.replace(/"paymentId":"/, `$&${(nonces += 1)}`);
            return { ...answer, body };
          },
        },
      }),
    },
  ],
  [
    "rate-limit fields are missing on answers",
    "answer.rates.door",
    { door: without("ratelimit", (answer) => answer.status < 300) },
  ],
  [
    "limits do not count",
    "rate.counts",
    {
      deps: ({ admit }) => ({
        async admit(arrival, after) {
          const answer = await admit(arrival, after);
          const rates = answer.rates.map((rate) => ({ ...rate, remaining: rate.limit.quota }));
          return { ...answer, rates };
        },
      }),
    },
  ],
  [
    "bodies of any size are read",
    "body.size",
    { door: inPlaceOf("body_too_large", new Response("{}", { status: 400 })) },
  ],
  [
    "broken JSON is an error of ours",
    "json.malformed",
    { door: inPlaceOf("malformed_json", new Response("{}", { status: 500 })) },
  ],
  [
    "of a doubled name the last counts",
    "json.doubled",
    {
      door: answers((answer, text, sent) =>
        sent === '{"amount":1,"amount":2}' && text.includes("malformed_json")
          ? new Response('{"code":"validation_failed"}', { status: 422, headers: answer.headers })
          : answer,
      ),
    },
  ],
  [
    "unknown fields are dropped in silence",
    "field.unknown",
    {
      door: answers((answer, text, sent) =>
        sent.includes("surplus") && text.includes("unknown_field")
          ? new Response('{"code":"payment_not_found"}', { status: 404, headers: answer.headers })
          : answer,
      ),
    },
  ],
  [
    "the methods of a path are not told",
    "method.allowed",
    { door: without("allow", (answer) => answer.status === 405) },
  ],
  [
    "forged webhooks are accepted",
    "webhook.forged",
    {
      deps: ({ webhooks }) => ({
        webhooks: {
          ...webhooks,
          authenticate: async (_proof, { merchantId }) =>
            merchantId && {
              merchantId,
              scheme: "phonepe_sha",
              provider: "phonepe",
              allowIps: undefined,
            },
        },
      }),
    },
  ],
  [
    "webhooks are believed",
    "webhook.hint",
    {
      deps: ({ payments }) => {
        const settled = new Set<string>();
        return {
          payments: {
            ...payments,
            webhook: (merchantId, orderId, hint) => {
              settled.add(orderId);
              return payments.webhook(merchantId, orderId, hint);
            },
            async status(merchantId, orderId, command) {
              const answer = await payments.status(merchantId, orderId, command);
              if (!settled.has(orderId) || !("body" in answer)) return answer;
              return { ...answer, body: answer.body.replaceAll('"PENDING"', '"COMPLETED"') };
            },
          },
        };
      },
    },
  ],
  [
    "good answers may be framed",
    "answer.headers.door",
    { door: without("content-security-policy", (answer) => answer.status < 300) },
  ],
  [
    "refusals are kept by caches",
    "answer.headers.calls",
    { door: without("cache-control", (answer) => answer.status >= 400) },
  ],
  [
    "answers go over plain HTTP",
    "answer.headers.door",
    { door: without("strict-transport-security") },
  ],
  [
    "refusals carry a stack",
    "answer.bare.door",
    {
      door: answers((answer, text) =>
        answer.status < 400
          ? answer
          : new Response(
              text.replace(/"detail":"/, "$&TypeError: x at run (app.ts:12:3) "),
              answer,
            ),
      ),
    },
  ],
  [
    "refusals are no problem documents",
    "answer.problem.door",
    {
      door: answers((answer) =>
        answer.status < 400
          ? answer
          : withHeaders(answer, (headers) => headers.set("content-type", "text/plain")),
      ),
    },
  ],
  [
    "refusals quote what was sent",
    "mask.answer",
    {
      door: answers((answer, text, sent) =>
        answer.status === 422
          ? new Response(text.replace(/"detail":"/, `$&${sent.replaceAll('"', "'")}`), answer)
          : answer,
      ),
    },
  ],
  ["the audit log does not mask", "mask.audit", { bindings: { AUDITS: logThatKeeps(true) } }],
  ["the audit log loses events", "mask.audit", { bindings: { AUDITS: logThatKeeps(false) } }],
  ["a key is long overdue", "key.age", { prepare: makeOverdueKey }],
  // As it is wired: no provider answers here.
  ["there is no token", "token.fresh", { ports: ({ token }) => ({ token }) }],
  [
    "every origin may read",
    "cors.foreign",
    { deps: () => ({ origins: async () => Object.assign(new Set<string>(), everything) }) },
  ],
  [
    "private keys are published",
    "jwks.public",
    {
      deps: ({ payloadKeys }) => ({
        payloadKeys: {
          ...payloadKeys,
          async jwks() {
            const { keys } = await payloadKeys.jwks();
            return { keys: keys.map((key) => ({ ...key, d: "private" })) };
          },
        },
      }),
    },
  ],
  [
    "there are no public keys",
    "jwks.public",
    {
      deps: ({ payloadKeys }) => ({
        payloadKeys: { ...payloadKeys, jwks: async () => ({ keys: [] }) },
      }),
    },
  ],
  [
    "strangers see what the gateway depends on",
    "health.open",
    {
      door: answers((answer, text) =>
        text.startsWith('{"status":"ok"')
          ? new Response(text.replace("{", '{"checks":[],'), answer)
          : answer,
      ),
    },
  ],
  [
    "good signatures are refused",
    "signature.accepted",
    { door: inPlaceOf("payment_not_found", new Response("{}", { status: 401 })) },
  ],
  // The last: it stays so.
  ["an entry of the audit log was changed", "audit.chain", { prepare: changeAuditEntry }],
];

let foreign: string | undefined;

describe("planted weaknesses", () => {
  beforeAll(async () => {
    world.renew();
    await recordedPayment();
  });

  it("28: at least 25 are planted", () => {
    expect(new Set(WEAKNESSES.map(([name]) => name)).size).toBeGreaterThanOrEqual(25);
  });

  it.each(WEAKNESSES)("28: found: %s (%s)", async (_name, testId, weakness) => {
    expect(failedIds(await runSuite(weakness))).toContain(testId);
  });
});
