/** Keeps every exchange with the gateway, answered or cut off, for the history check. */
import { createHash } from "node:crypto";
import { performance } from "node:perf_hooks";
import * as z from "zod";
import type { Fetch } from "#client";
import type { RecordedAnswer, RecordedCall } from "./sights.ts";

export interface Recorder {
  /** To be given to `createClient`. */
  readonly fetch: Fetch;
  readonly calls: readonly RecordedCall[];
  /** Exchanges that have begun and not ended. */
  underWay(): number;
}

const namesSchema = z.object({
  merchantOrderId: z.string().nullish(),
  merchantRefundId: z.string().nullish(),
});

type Init = Parameters<Fetch>[1];

export function makeRecorder(): Recorder {
  const calls: RecordedCall[] = [];
  let underWay = 0;
  return {
    calls,
    underWay: () => underWay,
    async fetch(url, init) {
      const startMs = performance.now();
      const asked = describeRequest(url, init);
      underWay += 1;
      try {
        const response = await fetch(url, init);
        const body = await response.text();
        const { status, headers } = response;
        const replayed = headers.get("idempotency-replayed") === "true";
        const answer = { endMs: performance.now(), status, replayed, body };
        calls.push({ ...asked, ...namesIn(asked, answer), startMs, answer });
        return new Response(body, { status, headers });
      } catch (error) {
        calls.push({ ...asked, startMs, answer: null });
        throw error;
      } finally {
        underWay -= 1;
      }
    },
  };
}

function describeRequest(url: string, { method, headers, body }: Init) {
  const { pathname, searchParams } = new URL(url);
  const [operation = "", id = null] = pathname.replace("/api/payments/", "").split("/");
  const text = body === undefined ? "" : new TextDecoder().decode(body);
  const named = text === "" ? {} : namesSchema.parse(JSON.parse(text));
  const requestHash = createHash("sha256").update(`${method} ${pathname}\n${text}`).digest("hex");
  return {
    operation: operationOf(operation, method),
    key: headers["idempotency-key"] ?? null,
    merchantOrderId:
      named.merchantOrderId ?? (operation === "status" ? id : searchParams.get("merchantOrderId")),
    merchantRefundId: named.merchantRefundId ?? (operation === "refund" ? id : null),
    requestHash,
  };
}

function operationOf(path: string, method: string): RecordedCall["operation"] {
  if (path === "refund") return method === "POST" ? "refund" : "refund_status";
  if (path === "initiate" || path === "status") return path;
  throw new Error(`not a call of the history: ${path}`);
}

/** An order that the gateway named is known by its answer. */
function namesIn(
  asked: Pick<RecordedCall, "merchantOrderId">,
  answer: RecordedAnswer,
): Pick<RecordedCall, "merchantOrderId"> {
  if (asked.merchantOrderId !== null || answer.status >= 300) return asked;
  const { merchantOrderId } = namesSchema.parse(JSON.parse(answer.body));
  return { merchantOrderId: merchantOrderId ?? null };
}
