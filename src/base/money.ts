import * as z from "zod";

/** The smallest payment PhonePe takes: 1 rupee (contract.md 3.1). */
export const AMOUNT_PAISA_MIN = 100;
/** The largest payment we take: ten crore rupees (api.md 4). */
export const AMOUNT_PAISA_MAX = 10_000_000_000;

/** Money inside the gateway: whole paisa, never a float. `0` is allowed (nothing captured yet). */
export const amountPaisaSchema = z.int().min(0).max(AMOUNT_PAISA_MAX).brand<"AmountPaisa">();
export type AmountPaisa = z.infer<typeof amountPaisaSchema>;

export function amountPaisa(value: number): AmountPaisa {
  return amountPaisaSchema.parse(value);
}

export function sumPaisa(amounts: readonly AmountPaisa[]): number {
  return amounts.reduce<number>((total, amount) => total + amount, 0);
}
