import * as z from "zod";
import { ok, once, type Result } from "#base";
import type { ProviderWebhook } from "#payments";

const bodySchema = once(() =>
  z.object({
    event: z.string().max(128).optional().catch(undefined),
    type: z.string().max(128).optional().catch(undefined),
  }),
);

/** A webhook of a provider that we have no client for: its name is kept, nothing is acted on. */
export function readOtherWebhook(body: unknown): Result<ProviderWebhook, "fields_missing"> {
  const parsed = bodySchema().safeParse(body);
  const event = parsed.success ? (parsed.data.event ?? parsed.data.type ?? "") : "";
  return ok({ event, state: "", subject: { kind: "other" }, decisive: false });
}
