import { insert } from "../books/books.ts";
import {
  addDue,
  findLink,
  type Link,
  listPayments,
  loadLink,
  loadPayment,
  type Payment,
  type RazorpayBooks,
  razorpayId,
} from "./books.ts";
import { announceLink, announcePayment } from "./webhooks.ts";

/** The life of a payment link: paid once and whole, or expired, or cancelled. Callers wrap each step in `atomically`. */

export type NewLink = Pick<
  Link,
  "referenceId" | "amountPaisa" | "description" | "callbackUrl" | "notes" | "expiresAtMs"
> & { origin: string };

/** Refuses a reference that was used before. */
export function createLink(books: RazorpayBooks, request: NewLink): Link | undefined {
  const { origin, ...fields } = request;
  const taken = request.referenceId !== "" && findLink(books, request.referenceId) !== undefined;
  if (taken) return undefined;
  const linkId = razorpayId("plink");
  insert(books, "links", {
    ...fields,
    linkId,
    orderId: razorpayId("order"),
    status: "created",
    shortUrl: `${origin}/razorpay/l/${linkId}`,
    createdAtMs: books.nowMs(),
  });
  addDue(books, { kind: "link-expiry", ref: linkId, atMs: request.expiresAtMs });
  return loadLink(books, linkId);
}

export const OUTCOMES = ["success", "fail", "cancel", "expire"] as const;
export type LinkOutcome = (typeof OUTCOMES)[number];
export const METHODS = ["upi", "card", "netbanking", "wallet"] as const;

/** What the payer or the admin API decided. Money may come late, to a link that had ended; all else only to an open one. */
export function decideLink(
  books: RazorpayBooks,
  link: Link,
  { outcome, method }: { outcome: LinkOutcome; method: (typeof METHODS)[number] },
): "refused" | "done" {
  if (link.status === "paid") return "refused";
  if (link.status !== "created" && outcome !== "success") return "refused";
  switch (outcome) {
    case "success": {
      const payment = addPayment(books, link, { method, status: "captured" });
      const paid = endLink(books, link, "paid");
      announcePayment(books, paid, payment);
      announceLink(books, paid, "paid");
      return "done";
    }
    case "fail":
      announcePayment(books, link, addPayment(books, link, { method, status: "failed" }));
      return "done";
    case "cancel":
      announceLink(books, endLink(books, link, "cancelled"), "cancelled");
      return "done";
    default:
      announceLink(books, endLink(books, link, "expired"), "expired");
      return "done";
  }
}

/** The link's time is over. */
export function expireLink(books: RazorpayBooks, linkId: string): void {
  const link = loadLink(books, linkId);
  decideLink(books, link, { outcome: "expire", method: "upi" });
}

export function capturedPaymentOf(books: RazorpayBooks, linkId: string): Payment | undefined {
  return listPayments(books, linkId).find(({ status }) => status === "captured");
}

function addPayment(
  books: RazorpayBooks,
  { linkId, amountPaisa }: Link,
  { method, status }: Pick<Payment, "method" | "status">,
): Payment {
  const paymentId = razorpayId("pay");
  const createdAtMs = books.nowMs();
  insert(books, "payments", { paymentId, linkId, amountPaisa, method, status, createdAtMs });
  return loadPayment(books, paymentId);
}

function endLink(books: RazorpayBooks, { linkId }: Link, status: Link["status"]): Link {
  books.sql.exec(
    "UPDATE links SET status = ?, endedAtMs = ? WHERE linkId = ?",
    status,
    books.nowMs(),
    linkId,
  );
  return loadLink(books, linkId);
}
