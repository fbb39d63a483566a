import type { PhonePeCredentials } from "#vault";
import { PHONEPE_URLS } from "../../../src/ops/doctor/phonepe-place.ts";
import type { Answer } from "../../../src/ops/doctor/probe.ts";
import { example, statusOfExample } from "../../providers/examples.ts";

export type Answered = Extract<Answer, { type: "answer" }>;

export const answer = (status: number, body: unknown = ""): Answered => ({
  type: "answer",
  status,
  text: typeof body === "string" ? body : JSON.stringify(body),
  date: null,
});
/** An answer of PhonePe's, from the contract's examples. */
export const answerLike = (name: string) => answer(statusOfExample(name), example(name));
export const silent: Answer = { type: "no_answer", reason: "refused" };

export const credentials = (more: Partial<PhonePeCredentials> = {}): PhonePeCredentials => ({
  clientId: "DEMOMERCHANTUAT_2611",
  clientSecret: "the-client-secret",
  clientVersion: 1,
  webhookUsername: "demo_hook",
  webhookPassword: "demoHook123",
  ...more,
});

export const PRODUCTION_VARS = {
  ENVIRONMENT: "production",
  ...PHONEPE_URLS.production,
} as const;
export const SANDBOX_VARS = { ENVIRONMENT: "development", ...PHONEPE_URLS.sandbox } as const;
export const LOCAL_VARS = {
  ENVIRONMENT: "development",
  PHONEPE_PG_URL: "http://127.0.0.1:8788/apis/pg-sandbox",
  PHONEPE_OAUTH_URL: "http://127.0.0.1:8788/apis/pg-sandbox",
  PHONEPE_CHECKOUT_SCRIPT_URL: "http://127.0.0.1:8788/web/bundle/checkout.js",
  PHONEPE_V1_URL: "http://127.0.0.1:8788/apis/hermes",
} as const;
