/**
 * The one way out (style.md 7): every call has a time limit and an answer size limit, follows no redirect, and
 * ends as a value that says what is known. A call without an answer may still have had its effect.
 */
import { utf8 } from "#base";

export interface OutboundRequest {
  readonly method: "GET" | "POST";
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly timeoutMs: number;
}

export type OutboundResult =
  | {
      readonly type: "answer";
      readonly status: number;
      readonly text: string;
      readonly retryAfter: string | null;
    }
  | { readonly type: "no_answer"; readonly reason: "timeout" | "network" | "too_large" };

export type Outbound = (request: OutboundRequest) => Promise<OutboundResult>;

type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** PhonePe's largest answers, orders with many attempts, stay far below. */
const ANSWER_BYTES_MAX = 262_144;

export function makeOutbound(fetch: Fetch): Outbound {
  return async (request) => {
    try {
      const response = await fetch(request.url, {
        method: request.method,
        headers: request.headers,
        redirect: "manual",
        signal: AbortSignal.timeout(request.timeoutMs),
        ...(request.body === undefined ? {} : { body: request.body }),
      });
      const text = await readCapped(response);
      if (text === undefined) return { type: "no_answer", reason: "too_large" };
      const retryAfter = response.headers.get("retry-after");
      return { type: "answer", status: response.status, text, retryAfter };
    } catch (error) {
      // DNS, TLS, a refused or broken connection, the time limit, a body that broke off: the runtime's errors
      // do not tell reliably whether the request went out, so none of them is taken as "nothing happened".
      const timedOut = error instanceof Error && error.name === "TimeoutError";
      return { type: "no_answer", reason: timedOut ? "timeout" : "network" };
    }
  };
}

async function readCapped(response: Response): Promise<string | undefined> {
  if (!response.body) return "";
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for await (const chunk of response.body) {
    const part = typeof chunk === "string" ? utf8(chunk) : chunk;
    bytes += part.length;
    if (bytes > ANSWER_BYTES_MAX) return undefined;
    text += decoder.decode(part, { stream: true });
  }
  return text + decoder.decode();
}
