/** The gateway as PhonePe meets it: reachable, ours, and with nothing in front that turns PhonePe away (PP-05, PP-06). */
import * as z from "zod";
import { once } from "#base";
import type { AddressPolicy, IsAllowedUrl } from "./check-merchant.ts";
import { fail, type Finding, note, ok, warn } from "./finding.ts";
import type { PlaceKind } from "./phonepe-place.ts";
import { type Answer, errorCodeOf, jsonOf, SILENCES } from "./probe.ts";

export interface GatewayUrlCase {
  readonly policy: AddressPolicy;
  readonly isAllowedUrl: IsAllowedUrl;
  /** Where the payment API lives, and so who would call the webhook. */
  readonly provider: PlaceKind;
}

/** PhonePe calls https only, and no private address (contract.md 6.1). */
export function judgeGatewayUrl(url: string, seen: GatewayUrlCase): Finding {
  const check = "webhook URL";
  if (!isOrigin(url)) {
    return fail(
      check,
      "--url is not an origin.",
      "write scheme and host only: https://gateway.example.com",
    );
  }
  if (seen.policy === "production" && !seen.isAllowedUrl(url, "production")) {
    return fail(
      check,
      "not https on a public host: PhonePe does not call it.",
      "serve the gateway by https on a public name, and register that URL at PhonePe.",
    );
  }
  if (seen.provider === "sandbox" && !seen.isAllowedUrl(url, "production")) {
    return warn(
      check,
      "PhonePe's sandbox cannot reach this machine: no webhook will come.",
      "use a tunnel with https; without one payments settle by asking, only later.",
    );
  }
  return ok(check, `${new URL(url).origin}/api/payments/webhook.`);
}

function isOrigin(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { origin, pathname, search, protocol } = new URL(url);
  return /^https?:$/.test(protocol) && pathname === "/" && search === "" && origin !== "null";
}

const healthSchema = once(() => z.object({ status: z.enum(["ok", "degraded", "down"]) }));

/** `GET /api/payments/health`: a broken configuration answers 500 to everything (api.md 7, 8). */
export function judgeHealth(answer: Answer): Finding {
  const check = "gateway";
  if (answer.type === "no_answer") {
    const [says, mend] = SILENCES[answer.reason];
    return fail(check, `${says}.`, `${mend}.`);
  }
  const health = healthSchema().safeParse(jsonOf(answer.text));
  if (answer.status === 200 && health.success) {
    const { status } = health.data;
    if (status === "ok") return ok(check, "answers and is well.");
    return warn(check, `answers, but is ${status}.`, "look at its signed health checks.");
  }
  if (answer.status === 500 && errorCodeOf(answer.text) === "internal_error") {
    return fail(
      check,
      "answers 500: its deployed configuration is broken.",
      "`npx wrangler tail` names the place; then set MASTER_KEYS or BOOTSTRAP by `npx wrangler secret put`.",
    );
  }
  return fail(
    check,
    `${answer.status}, and not from this gateway: something else answers there.`,
    "check host and route; no login page (Cloudflare Access) may stand before /api/payments/*.",
  );
}

/** A webhook with wrong credentials must be turned away, by the gateway and nobody else (api.md 5). */
export function judgeRefusal(answer: Answer): Finding {
  const check = "webhook refusal";
  if (answer.type === "no_answer") {
    const [says, mend] = SILENCES[answer.reason];
    return fail(check, `${says}.`, `${mend}.`);
  }
  const code = errorCodeOf(answer.text);
  if (answer.status === 401 && code === "webhook_signature_invalid") {
    return ok(check, "wrong credentials are turned away.");
  }
  if (isAddressRefusal(answer)) {
    return note(
      check,
      "the gateway lets only PhonePe's addresses in, so this cannot be tried from here.",
    );
  }
  if (answer.status >= 200 && answer.status < 300) {
    return fail(
      check,
      "a webhook with wrong credentials was taken: this is not the gateway, or it is not safe.",
      "check that --url is the gateway, and take the deployment back if it is.",
    );
  }
  return fail(
    check,
    `${answer.status} instead of 401, and not from the gateway.`,
    "let POST /api/payments/webhook through whatever stands before it: no login, no redirect, no challenge.",
  );
}

export function isAddressRefusal(answer: Answer): boolean {
  return (
    answer.type === "answer" &&
    answer.status === 403 &&
    errorCodeOf(answer.text) === "ip_not_allowed"
  );
}

/** PhonePe's webhooks come from Java; Cloudflare's Browser Integrity Check turned such away (PP-06). */
export function judgeJavaAgent(answer: Answer, plain: Answer): Finding {
  const check = "Java user agent";
  if (answer.type === "no_answer" || plain.type === "no_answer") {
    return note(check, "not tried, since the gateway did not answer.");
  }
  if (answer.status === 403 && /\b1010\b/.test(answer.text)) {
    return fail(
      check,
      "Cloudflare answers 403 error 1010 to Java/1.8, which is how PhonePe calls: no webhook arrives.",
      "Security → WAF → custom rule for /api/payments/webhook from PhonePe's addresses: Skip, Browser Integrity Check.",
    );
  }
  if (answer.status !== plain.status) {
    return fail(
      check,
      `Java/1.8, which is how PhonePe calls, gets ${answer.status}, others ${plain.status}: something in front looks at the user agent.`,
      "let /api/payments/webhook through bot rules and managed challenges.",
    );
  }
  return ok(check, "treated like any other.");
}
