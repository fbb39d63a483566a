/** One call to Razorpay's API with a merchant's keys, and what an answer that is no success proves about it. */
import { readJson, toBase64, unreachable, utf8 } from "#base";
import type { RazorpayCredentials } from "#vault";
import type { Guarded } from "../guarded.ts";
import type { OutboundResult } from "../outbound.ts";
import type { OperationName } from "../policies.ts";
import { errorOf, type RazorpayError } from "./schemas.ts";

export interface CallOptions {
  readonly guarded: Guarded;
  /** `RAZORPAY_URL`, without `/v1` (api.md 8). */
  readonly url: string;
  /** None: the merchant has no account there, and nothing is ever sent. */
  readonly credentials: RazorpayCredentials | undefined;
}

interface Post {
  readonly operation: OperationName;
  readonly path: string;
  readonly body: object;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Beside the outcomes of a call: there were no keys to make it with, so it was never made. */
export type CallResult =
  | OutboundResult
  | { readonly type: "no_credentials"; readonly reason: "no_credentials" };

export interface Calls {
  get(operation: OperationName, path: string): Promise<CallResult>;
  post(request: Post): Promise<CallResult>;
}

export function makeCalls({ guarded, url, credentials }: CallOptions): Calls {
  if (!credentials) {
    const none = { type: "no_credentials", reason: "no_credentials" } as const;
    return { get: async () => none, post: async () => none };
  }
  const { keyId, keySecret } = credentials;
  const headers = {
    accept: "application/json",
    authorization: `Basic ${toBase64(utf8(`${keyId}:${keySecret}`))}`,
  };
  return {
    get: (operation, path) =>
      guarded(operation, { method: "GET", url: `${url}/v1${path}`, headers }),
    post: (request) =>
      guarded(request.operation, {
        method: "POST",
        url: `${url}/v1${request.path}`,
        headers: { ...headers, "content-type": "application/json", ...request.headers },
        body: JSON.stringify(request.body),
      }),
  };
}

/** The JSON of a success; `undefined` for every other result. An answer that is no JSON has no content. */
export function contentOf(result: CallResult): { readonly json: unknown } | undefined {
  const success = result.type === "answer" && result.status >= 200 && result.status < 300;
  return success ? { json: readJson(result.text) } : undefined;
}

/** Why a reading call told nothing. */
export function reasonOf(result: CallResult): string {
  return result.type === "answer" ? `http_${result.status}` : result.reason;
}

export type Refusal =
  | { readonly type: "rejected"; readonly code: string; readonly error: RazorpayError }
  | { readonly type: "not_sent"; readonly reason: string }
  | { readonly type: "unknown"; readonly reason: string };

/** Wrong keys, keys without the right, and too many calls are turned away before the call is looked at. */
const TURNED_AWAY: ReadonlySet<number> = new Set([401, 403, 429]);
/** A request that was not waited for, and one whose twin is still at work: what came of it is open. */
const OPEN_ENDED: ReadonlySet<number> = new Set([408, 409]);

/**
 * What an answer other than success proves about a call that creates. `rejected` is not the last word: Razorpay
 * says 400 to a bad body and to a used id alike, so the caller looks before it believes it.
 */
export function refusalOf(result: CallResult): Refusal {
  switch (result.type) {
    case "no_credentials":
    case "not_sent":
      return { type: "not_sent", reason: result.reason };
    case "no_answer":
      return { type: "unknown", reason: result.reason };
    case "answer": {
      const { status } = result;
      if (TURNED_AWAY.has(status)) return { type: "not_sent", reason: `http_${status}` };
      const refused = status >= 400 && status < 500 && !OPEN_ENDED.has(status);
      if (!refused) return { type: "unknown", reason: `http_${status}` };
      const error = errorOf(result.text);
      return { type: "rejected", code: error.code || `HTTP_${status}`, error };
    }
    default:
      return unreachable(result);
  }
}
