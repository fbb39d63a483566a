import { DurableObject } from "cloudflare:workers";

/**
 * One per id that a merchant may use once: a refund id, or the provider's id of a later attempt. The first
 * owner keeps it for ever. Its storage holds one value, `owner`: the merchant order it belongs to.
 */
export class ClaimObject extends DurableObject {
  /** Takes the id for an owner and answers who owns it. */
  claim(owner: string): string {
    const known = this.ctx.storage.kv.get<string>("owner");
    if (known !== undefined) return known;
    this.ctx.storage.kv.put("owner", owner);
    return owner;
  }

  /** Who owns the id, or null. */
  owner(): string | null {
    return this.ctx.storage.kv.get<string>("owner") ?? null;
  }
}
