import type { AuditEvent } from "#base";
import { world } from "../support/world.ts";

/** An event of now, with what a test wants otherwise. */
export function anEvent(id: string, more: Partial<AuditEvent> = {}): AuditEvent {
  return {
    id,
    atMs: world.nowMs(),
    actor: { type: "api_key", id: "ak_alpha" },
    action: "api_key.revoked",
    object: { type: "api_key", id: "ak_old" },
    outcome: "success",
    requestId: "req_1",
    address: "203.0.113.7",
    details: { reason: "lost" },
    ...more,
  };
}
