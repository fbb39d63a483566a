/** What this isolate knows of merchants' payments: plain values, shared by all requests. */
import type { Learned, SurpriseState } from "#risk";

interface MerchantMemory {
  /** Assessed here and not yet told to the merchant's profile: it hears with the next payment. */
  pending: Learned[];
  surprise: SurpriseState | undefined;
  askAgainAtMs: number;
}

/** A merchant that has no next payment loses so many from its statistics. */
const PENDING_MAX = 50;

export const riskMemory = new Map<string, MerchantMemory>();

export function memoryOf(merchantId: string): MerchantMemory {
  const known = riskMemory.get(merchantId);
  if (known) return known;
  const fresh = { pending: [], surprise: undefined, askAgainAtMs: 0 };
  riskMemory.set(merchantId, fresh);
  return fresh;
}

export function remember({ pending }: MerchantMemory, learned: Learned): void {
  if (pending.length < PENDING_MAX) pending.push(learned);
}
