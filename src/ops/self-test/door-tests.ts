/** What the door must refuse (api.md 1), and what every answer carries. */
import type { Answer } from "./caller.ts";
import type { Chapter, SelfTest, Stage } from "./chapter.ts";
import { failed, passed, refusedAs, seenOf, skipped, unlessAny } from "./verdicts.ts";

const STATUS = "/api/payments/status";
const REFUND = "/api/payments/refund";
const HEALTH = "/api/payments/health";
const HOUR_SEC = 3_600;
const BODY_BYTES_MAX = 64 * 1_024;
const FOREIGN_ORIGIN = "https://foreign.invalid";

/** What HDR-1 and HDR-6 ask of every answer, in words of their own: the door's table could be wrong. */
const HEADERS: readonly (readonly [string, RegExp])[] = [
  ["strict-transport-security", /^max-age=([3-9]\d{7}|\d{9,})/],
  ["x-content-type-options", /^nosniff$/],
  ["content-security-policy", /default-src 'none'.*frame-ancestors 'none'/],
  ["referrer-policy", /^no-referrer$/],
  ["cross-origin-resource-policy", /^same-origin$/],
  ["cache-control", /no-store/],
  ["x-request-id", /^.{8,}$/],
];
const PROBLEM_FIELDS = /^(type|title|status|detail|instance|code|requestId|errors)$/;
/** A place in source, an exception's name, what other libraries say. */
const INNER_TEXT = /\bat \S+:\d+|\.[jt]s:\d+|node_modules|\b[A-Z]\w*Error\b|SQLITE|workerd/;
/** Private members of RFC 7518's keys, and symmetric ones. */
const PRIVATE_MEMBERS = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/** An order that nobody has: to be told so is to have come in. */
const nobodysOrder = ({ runId }: Stage) => `${STATUS}/none-${runId}`;

const signatureTests: readonly SelfTest[] = [
  {
    id: "signature.accepted",
    run: async (stage) =>
      refusedAs(await stage.caller.signed({ path: nobodysOrder(stage) }), "404 payment_not_found"),
  },
  {
    id: "signature.missing",
    run: async (stage) =>
      refusedAs(await stage.caller.plain(nobodysOrder(stage)), "401 signature_missing"),
  },
  {
    id: "signature.wrong",
    run: async (stage) => {
      const key = { ...stage.key, secret: `${stage.key.secret}x` };
      const answer = await stage.caller.signed({ path: nobodysOrder(stage), key });
      return refusedAs(answer, "401 signature_invalid");
    },
  },
  {
    id: "signature.digest",
    run: async ({ caller }) => {
      const body = { merchantRefundId: "a" };
      const sentBody = JSON.stringify({ merchantRefundId: "b" });
      return refusedAs(
        await caller.signed({ path: REFUND, body, sentBody }),
        "401 digest_mismatch",
      );
    },
  },
  {
    id: "signature.old",
    run: async (stage) => {
      const answer = await stage.caller.signed({ path: nobodysOrder(stage), ageSec: HOUR_SEC });
      return refusedAs(answer, "401 signature_expired");
    },
  },
  {
    id: "signature.future",
    run: async (stage) => {
      const answer = await stage.caller.signed({ path: nobodysOrder(stage), ageSec: -HOUR_SEC });
      return refusedAs(answer, "401 signature_expired");
    },
  },
  {
    id: "signature.replay",
    run: async (stage) => {
      const call = { path: nobodysOrder(stage), nonce: `replay-${stage.runId}` };
      const first = await stage.caller.signed(call);
      if (first.status === 401) return failed(`the first was answered ${seenOf(first)}`);
      return refusedAs(await stage.caller.signed(call), "401 nonce_replayed");
    },
  },
];

const keyTests: readonly SelfTest[] = [
  {
    id: "key.unknown",
    run: async (stage) => {
      const key = { keyId: `ak_none_${stage.runId}`, secret: stage.key.secret };
      const answer = await stage.caller.signed({ path: nobodysOrder(stage), key });
      return refusedAs(answer, "401 key_unknown");
    },
  },
  {
    id: "key.scope",
    run: async ({ caller }) =>
      refusedAs(await caller.signed({ path: "/api/payments/keys" }), "403 scope_missing"),
  },
  { id: "merchant.other", run: otherMerchant },
  {
    id: "key.revoked",
    run: async (stage) => {
      await stage.ports.revokeKey(stage.key.keyId);
      const answer = await stage.caller.signed({ path: nobodysOrder(stage) });
      return refusedAs(answer, "401 key_revoked");
    },
  },
];

/** Two merchants may use one order id: what counts is whose payment is shown. */
async function otherMerchant({ caller, ports }: Stage) {
  const foreign = await ports.foreignPayment();
  if (!foreign) return skipped("no other merchant has payments of the last day");
  const answer = await caller.signed({ path: `${STATUS}/${foreign.merchantOrderId}` });
  if (answer.status === 200 && answer.json["paymentId"] !== foreign.paymentId) {
    return passed("its own payment of the same id");
  }
  return refusedAs(answer, "404 payment_not_found");
}

const requestTests: readonly SelfTest[] = [
  {
    id: "body.size",
    run: async ({ caller }) => {
      const body = "x".repeat(BODY_BYTES_MAX + 1);
      const answer = await caller.plain(REFUND, { method: "POST", body });
      return refusedAs(answer, "413 body_too_large");
    },
  },
  {
    id: "method.allowed",
    run: async ({ caller }) => {
      const answer = await caller.plain(HEALTH, { method: "DELETE" });
      const allow = answer.headers.get("allow") ?? "";
      if (!allow.includes("GET")) return failed("answered without Allow");
      return refusedAs(answer, "405 method_not_allowed");
    },
  },
  {
    id: "route.unknown",
    run: async ({ caller }) =>
      refusedAs(await caller.plain("/api/payments/none"), "404 route_not_found"),
  },
  { id: "cors.foreign", run: foreignOrigin },
  { id: "jwks.public", run: publicKeysOnly },
  {
    id: "health.open",
    run: async ({ caller }) => {
      const { status, json } = await caller.plain(HEALTH);
      const fields = Object.keys(json).toSorted().join();
      return fields === "status,version" && status === 200
        ? passed("status and version alone")
        : failed("shows strangers more or less than status and version");
    },
  },
];

/** HDR-4: a page that no merchant has named may neither ask nor read. */
async function foreignOrigin({ caller }: Stage) {
  const origin = FOREIGN_ORIGIN;
  const read = await caller.plain(HEALTH, { headers: { origin } });
  const asked = await caller.plain(REFUND, {
    method: "OPTIONS",
    headers: { origin, "access-control-request-method": "POST" },
  });
  const allows = [read, asked].some(({ headers }) => headers.has("access-control-allow-origin"));
  return allows
    ? failed("a foreign origin is allowed")
    : refusedAs(asked, "405 method_not_allowed");
}

async function publicKeysOnly({ caller }: Stage) {
  const { status, json } = await caller.plain("/.well-known/jwks.json");
  const { keys } = json;
  if (status !== 200 || !Array.isArray(keys) || keys.length === 0) {
    return failed("there are no public keys");
  }
  const isPrivate = keys.some((key: object) =>
    PRIVATE_MEMBERS.some((member) => Object.hasOwn(key, member)),
  );
  return isPrivate ? failed("a private part is shown") : passed(`${keys.length} public keys`);
}

/** What is true of every answer that the chapter was given; so they come last. */
export const answerTests = (chapter: string): readonly SelfTest[] => [
  {
    id: `answer.headers.${chapter}`,
    run: async ({ caller }) =>
      unlessAny(
        caller.answers.flatMap(({ headers, status }) =>
          HEADERS.filter(([name, form]) => !form.test(headers.get(name) ?? "")).map(
            ([name]) => `${name} is missing or weak on a ${status}`,
          ),
        ),
        "secure headers on all answers",
      ),
  },
  {
    id: `answer.rates.${chapter}`,
    run: async ({ caller }) =>
      unlessAny(
        caller.answers
          .filter(({ headers }) => !headers.has("ratelimit") || !headers.has("ratelimit-policy"))
          .map(({ status }) => `no rate-limit fields on a ${status}`),
        "rate-limit fields on all answers",
      ),
  },
  {
    id: `answer.problem.${chapter}`,
    run: async ({ caller }) =>
      unlessAny(caller.answers.flatMap(problemComplaints), "problems in their form"),
  },
  {
    id: `answer.bare.${chapter}`,
    run: async ({ caller, key }) =>
      unlessAny(
        caller.answers
          .filter(({ text }) => INNER_TEXT.test(text) || text.includes(key.secret))
          .map(({ status }) => `a ${status} tells of the inside`),
        "no stack and no secret",
      ),
  },
];

function problemComplaints({ headers, json, status }: Answer): string[] {
  if (status < 400) return [];
  const isForm = headers.get("content-type") === "application/problem+json";
  const isSame = json["status"] === status && typeof json["requestId"] === "string";
  const others = Object.keys(json).filter((name) => !PROBLEM_FIELDS.test(name));
  return [
    ...(isForm ? [] : [`a ${status} is no problem+json`]),
    ...(isSame ? [] : [`a ${status} lacks its status or request id`]),
    ...(others.length === 0 ? [] : [`a ${status} has fields that no problem has`]),
  ];
}

export const DOOR_CHAPTER: Chapter = {
  name: "door",
  scopes: ["payments:read"],
  tests: [...signatureTests, ...keyTests, ...requestTests, ...answerTests("door")],
};
