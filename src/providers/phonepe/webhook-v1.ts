import * as z from "zod";
import { ok, once, readJson, refused, type Result } from "#base";
import { v1CodeMeaning } from "./v1.ts";
import type { ProviderWebhook } from "#payments";

const bodySchema = once(() => z.object({ response: z.string().max(65_536) }));
const callbackSchema = once(() =>
  z.object({
    code: z.string().max(64),
    data: z.object({ merchantTransactionId: z.string().min(1).max(64) }),
  }),
);

/** Reads a v1 callback, whose checksum holds already: base64 JSON inside `response` (contract.md 6.8). */
export function readPhonePeV1Webhook(body: unknown): Result<ProviderWebhook, "fields_missing"> {
  const outer = bodySchema().safeParse(body);
  const inner = outer.success ? readJson(decode(outer.data.response)) : undefined;
  const callback = callbackSchema().safeParse(inner);
  if (!callback.success) return refused("fields_missing");
  const { code, data } = callback.data;
  return ok({
    event: "v1.callback",
    state: code,
    subject: { kind: "order", providerOrderId: data.merchantTransactionId },
    decisive: v1CodeMeaning(code).final,
  });
}

function decode(base64: string): string {
  try {
    return new TextDecoder().decode(Uint8Array.fromBase64(base64));
  } catch {
    return ""; // Not base64: the schema refuses what is not there.
  }
}
