/** A basket as the form posts it, and the order that it becomes. */
import * as z from "zod";
import { PRODUCTS, QUANTITY_MAX } from "./catalogue.ts";

export type CheckoutMode = "iframe" | "redirect";

export interface Basket {
  /** One-time number of the form. */
  readonly cart: string;
  readonly mode: CheckoutMode;
  readonly amountPaisa: number;
  /** `sku` times quantity, in the catalogue's order. */
  readonly lines: readonly string[];
}

const CART_BYTES = 8;
const quantity = z.coerce.number().int().min(0).max(QUANTITY_MAX).default(0);

/** The form's fields: a quantity for each product, named `quantity-<sku>`. */
const basketForm = z.object({
  cart: z.string().regex(/^[0-9a-f]{16}$/),
  mode: z.enum(["iframe", "redirect"]),
  ...Object.fromEntries(PRODUCTS.map(({ sku }) => [`quantity-${sku}`, quantity])),
});

/** A one-time number for a basket form. */
export function newCart(): string {
  return hex(crypto.getRandomValues(new Uint8Array(CART_BYTES)));
}

/** Undefined for a form that this shop did not make, or an empty basket. */
export function parseBasket(form: unknown): Basket | undefined {
  const parsed = basketForm.safeParse(form);
  if (!parsed.success) return undefined;
  const fields = new Map<string, unknown>(Object.entries(parsed.data));
  const chosen = PRODUCTS.map(({ sku, pricePaisa }) => {
    const count = Number(fields.get(`quantity-${sku}`));
    return { line: `${sku}*${count}`, count, pricePaisa };
  }).filter(({ count }) => count > 0);
  if (chosen.length === 0) return undefined;
  return {
    cart: parsed.data.cart,
    mode: parsed.data.mode,
    amountPaisa: chosen.reduce((sum, { count, pricePaisa }) => sum + count * pricePaisa, 0),
    lines: chosen.map(({ line }) => line),
  };
}

/**
 * The order's id: one form with one content is one order, however often it is sent. The gateway
 * takes the same id and content as the same payment, so a double click pays once.
 */
export async function orderIdOf(basket: Basket): Promise<string> {
  const content = new TextEncoder().encode(basket.lines.join(" "));
  const digest = await crypto.subtle.digest("SHA-256", content);
  return `chai-${basket.cart}-${hex(new Uint8Array(digest).subarray(0, 3))}`;
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
