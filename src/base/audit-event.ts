import * as z from "zod";
import { once } from "./once.ts";

/**
 * One fact for the audit log (PCI-10.2.2): who did what to which object, when, from where, and whether it succeeded.
 * It is masked before it is kept; still nothing secret or personal belongs into it (I10).
 */
export const auditEventSchema = once(() =>
  z.object({
    /** Unique per merchant: a repeated id is the same event. */
    id: z.string().min(1).max(200),
    atMs: z.int().min(0),
    actor: z.object({
      type: z.enum(["api_key", "provider", "system"]),
      /** An API key's id, a provider's name, the part of the gateway that acted by itself. */
      id: z.string().max(200),
    }),
    /** `payment.state_changed`, `api_key.revoked`, `config.changed`. */
    action: z.string().regex(/^[a-z_]+\.[a-z_]+$/),
    object: z.object({ type: z.string().max(64), id: z.string().max(200) }),
    outcome: z.enum(["success", "refused", "failure"]),
    /** The request that led to it; null for what the gateway does by itself. */
    requestId: z.string().max(200).nullable(),
    /** The caller's address; null where there is none. */
    address: z.string().max(64).nullable(),
    details: z.record(z.string(), z.json()),
  }),
);
export type AuditEvent = z.infer<ReturnType<typeof auditEventSchema>>;

/** Who asked for what an event tells of. */
export interface ChangedBy {
  readonly keyId: string;
  readonly requestId: string;
  readonly address: string | null;
}
