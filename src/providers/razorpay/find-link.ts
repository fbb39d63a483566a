/** Where an order's payment link is found: by our reference, which is unique among the links of an account. */
import type { ProviderOrderId } from "#base";
import { type Calls, contentOf, reasonOf } from "./calls.ts";
import { referenceOf } from "./reference.ts";
import { type Link, linkListSchema, linkSchema } from "./schemas.ts";
import { paymentStateOf } from "./status-map.ts";

export type LinkLookup =
  | { readonly type: "found"; readonly link: Link }
  | { readonly type: "not_found" }
  | { readonly type: "unreachable"; readonly reason: string };

/**
 * "Not found" is believed of an empty list only. A list of other links shows that the filter did not hold, and
 * then ours may stand on a page that we have not seen.
 */
export async function findLink(calls: Calls, id: ProviderOrderId): Promise<LinkLookup> {
  const reference = await referenceOf(id);
  const result = await calls.get(
    "order_status",
    `/payment_links?reference_id=${encodeURIComponent(reference)}`,
  );
  const content = contentOf(result);
  if (!content) return { type: "unreachable", reason: reasonOf(result) };
  const list = linkListSchema().safeParse(content.json);
  if (!list.success) return { type: "unreachable", reason: "malformed_answer" };
  const all = list.data.payment_links;
  if (all.length === 0) return { type: "not_found" };
  const ours = all.filter((one) => one.reference_id === reference);
  if (ours.length === 0) return { type: "unreachable", reason: "other_links" };
  const links = ours.map((one) => linkSchema().safeParse(one));
  const readable = links.flatMap((one) => (one.success ? [one.data] : []));
  // One that cannot be read may be the one that is paid.
  if (readable.length < ours.length) return { type: "unreachable", reason: "malformed_answer" };
  const link = readable.find(({ amount_paid: paidPaisa }) => paidPaisa > 0) ?? readable[0];
  if (!link) return { type: "unreachable", reason: "malformed_answer" };
  return { type: "found", link: await withPayments(calls, link) };
}

/** Lists may leave the payments of a paid link out; the link by its id has them. */
async function withPayments(calls: Calls, link: Link): Promise<Link> {
  if (link.amount_paid === 0 || capturedPaymentsOf(link).length > 0) return link;
  const content = contentOf(await calls.get("order_status", `/payment_links/${link.id}`));
  const whole = content && linkSchema().safeParse(content.json);
  const same = whole?.success && whole.data.id === link.id;
  return same && whole.data.reference_id === link.reference_id ? whole.data : link;
}

/** Payments of the link that brought money. */
export function capturedPaymentsOf(link: Link): readonly string[] {
  return link.payments
    .filter(({ status }) => paymentStateOf(status) === "COMPLETED")
    .map(({ payment_id: paymentId }) => paymentId);
}
