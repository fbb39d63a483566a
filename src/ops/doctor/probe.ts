/** What the doctor asks of others and what came back: the only data that judgements over the network see. */
import * as z from "zod";
import { once } from "#base";

export interface Question {
  readonly method: "GET" | "POST";
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly timeoutMs: number;
}

export type Silence =
  | "timeout"
  | "name_unknown"
  | "refused"
  | "certificate"
  | "too_large"
  | "network";

export type Answer =
  | {
      readonly type: "answer";
      readonly status: number;
      readonly text: string;
      /** The `Date` header. */
      readonly date: string | null;
    }
  | { readonly type: "no_answer"; readonly reason: Silence };

/** Asks once, follows no redirect, never throws. */
export type Ask = (question: Question) => Promise<Answer>;

/** [what happened, how to mend it]. */
export const SILENCES: Record<Silence, readonly [string, string]> = {
  timeout: ["no answer in time", "check the address, and whether a firewall drops the call"],
  name_unknown: ["the host name does not resolve", "check the spelling and the DNS record"],
  refused: ["nothing listens there", "start it, or correct host and port"],
  certificate: ["the TLS certificate is not valid for this name", "install a valid certificate"],
  too_large: ["the answer is far too large", "something else answers there: correct the URL"],
  network: ["the connection broke", "check the address and the network, then run this again"],
};

const codeSchema = once(() =>
  z.object({
    code: z.union([z.string(), z.number()]).optional().catch(undefined),
    errorCode: z.string().optional().catch(undefined),
  }),
);

/** `errorCode` or else `code` (contract.md 7.1), also of our own problems; empty when there is none. */
export function errorCodeOf(text: string): string {
  const parsed = codeSchema().safeParse(jsonOf(text));
  return parsed.success ? String(parsed.data.errorCode ?? parsed.data.code ?? "") : "";
}

export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // Proxies and firewalls answer in HTML or plain text.
  }
}
