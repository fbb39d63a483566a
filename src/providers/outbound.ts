/**
 * The one way out (style.md 7): every call has a time limit and an answer size limit, follows no redirect, and
 * ends as a value that says what is known. A call without an answer may still have had its effect; one that was not
 * sent had none.
 */
import { utf8 } from "#base";

export interface OutboundRequest {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly timeoutMs: number;
  /** 256 KiB unless it says more. */
  readonly answerBytesMax?: number;
}

export type OutboundResult =
  | {
      readonly type: "answer";
      readonly status: number;
      readonly text: string;
      readonly retryAfter: string | null;
    }
  | { readonly type: "no_answer"; readonly reason: "timeout" | "network" | "too_large" }
  /** Nothing left this house. */
  | { readonly type: "not_sent"; readonly reason: "breaker_open" | "not_tls" };

export type Outbound = (request: OutboundRequest) => Promise<OutboundResult>;

type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** PhonePe's largest answers, orders with many attempts, stay far below. */
const ANSWER_BYTES_MAX = 262_144;

export interface OutboundOptions {
  /** Production speaks TLS to all but its own machine, where checks put a provider's stand-in (api.md 8). */
  readonly plainHttpTo: "anyone" | "loopback";
}

export function makeOutbound(fetch: Fetch, { plainHttpTo }: OutboundOptions): Outbound {
  return async (request) => {
    if (plainHttpTo === "loopback" && !isTlsOrLoopback(request.url)) {
      return { type: "not_sent", reason: "not_tls" };
    }
    const signal = AbortSignal.timeout(request.timeoutMs);
    try {
      return await Promise.race([exchange(fetch, request, signal), timeIsUp(signal)]);
    } catch (error) {
      // DNS, TLS, a refused or broken connection, the time limit, a body that broke off: the runtime's errors
      // do not tell reliably whether the request went out, so none of them is taken as "nothing happened".
      const timedOut = error instanceof Error && error.name === "TimeoutError";
      return { type: "no_answer", reason: timedOut ? "timeout" : "network" };
    }
  };
}

async function exchange(
  fetch: Fetch,
  { method, url, headers, body, answerBytesMax = ANSWER_BYTES_MAX }: OutboundRequest,
  signal: AbortSignal,
): Promise<OutboundResult> {
  const response = await fetch(url, {
    method,
    headers,
    redirect: "manual",
    signal,
    ...(body === undefined ? {} : { body }),
  });
  const text = await readCapped(response, answerBytesMax);
  if (text === undefined) return { type: "no_answer", reason: "too_large" };
  const retryAfter = response.headers.get("retry-after");
  return { type: "answer", status: response.status, text, retryAfter };
}

/** The limit holds to the last byte, whatever the runtime's signal does for a body that only drips. */
function timeIsUp(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}

const LOOPBACK_HOST = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

function isTlsOrLoopback(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return protocol === "https:" || (protocol === "http:" && LOOPBACK_HOST.test(hostname));
}

async function readCapped(response: Response, bytesMax: number): Promise<string | undefined> {
  if (!response.body) return "";
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for await (const chunk of response.body) {
    const part = typeof chunk === "string" ? utf8(chunk) : chunk;
    bytes += part.length;
    if (bytes > bytesMax) return undefined;
    text += decoder.decode(part, { stream: true });
  }
  return text + decoder.decode();
}
