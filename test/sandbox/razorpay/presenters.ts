import {
  listPayments,
  type Link,
  type Payment,
  type RazorpayBooks,
  refundedPaisa,
  type Refund,
} from "./books.ts";

/** Entities as Razorpay's documentation shows them. Times are epoch seconds, amounts paisa, no notes are a list. */

const sec = (atMs: number) => Math.floor(atMs / 1000);

function notesOf(text: string): object {
  const notes: object = JSON.parse(text);
  return Object.keys(notes).length === 0 ? [] : notes;
}

export function presentLink(
  books: RazorpayBooks,
  link: Link,
  { payments }: { payments: "full" | "empty" } = { payments: "full" },
): object {
  const all = listPayments(books, link.linkId);
  const captured = all.find(({ status }) => status === "captured");
  return {
    accept_partial: false,
    amount: link.amountPaisa,
    amount_paid: captured?.amountPaisa ?? 0,
    callback_method: link.callbackUrl === "" ? "" : "get",
    callback_url: link.callbackUrl,
    cancelled_at: link.status === "cancelled" ? sec(link.endedAtMs) : 0,
    created_at: sec(link.createdAtMs),
    currency: "INR",
    customer: [],
    description: link.description,
    expire_by: sec(link.expiresAtMs),
    expired_at: link.status === "expired" ? sec(link.endedAtMs) : 0,
    first_min_partial_amount: 0,
    id: link.linkId,
    notes: notesOf(link.notes),
    notify: { email: false, sms: false, whatsapp: false },
    order_id: link.orderId,
    payments: payments === "empty" ? [] : paymentsOf(link, all),
    reference_id: link.referenceId,
    reminder_enable: false,
    reminders: [],
    short_url: link.shortUrl,
    status: link.status,
    updated_at: sec(link.endedAtMs || link.createdAtMs),
    upi_link: false,
    user_id: "",
  };
}

function paymentsOf(link: Link, all: Payment[]): object[] | null {
  if (all.length === 0) return null;
  return all.map((payment) => ({
    amount: payment.amountPaisa,
    created_at: sec(payment.createdAtMs),
    method: payment.method,
    payment_id: payment.paymentId,
    plink_id: link.linkId,
    status: payment.status,
    updated_at: sec(payment.createdAtMs),
  }));
}

/** A payer's data is invented; it is there so that a gateway that keeps it is caught. */
export function presentPayment(books: RazorpayBooks, link: Link, payment: Payment): object {
  const captured = payment.status === "captured";
  const refunded = refundedPaisa(books, payment);
  return {
    id: payment.paymentId,
    entity: "payment",
    amount: payment.amountPaisa,
    currency: "INR",
    status: payment.status,
    order_id: link.orderId,
    invoice_id: null,
    international: false,
    method: payment.method,
    amount_refunded: refunded,
    refund_status: refunded === 0 ? null : refunded < payment.amountPaisa ? "partial" : "full",
    captured,
    description: `#${link.linkId.slice("plink_".length)}`,
    card_id: null,
    bank: null,
    wallet: null,
    vpa: payment.method === "upi" ? "9800000001@ybl" : null,
    email: "payer@example.com",
    contact: "+919800000001",
    notes: notesOf(link.notes),
    fee: captured ? 2 : null,
    tax: captured ? 0 : null,
    error_code: captured ? null : "BAD_REQUEST_ERROR",
    error_description: captured ? null : "Payment was unsuccessful.",
    error_reason: captured ? null : "payment_failed",
    acquirer_data: payment.method === "upi" ? { rrn: "633421234567" } : {},
    created_at: sec(payment.createdAtMs),
  };
}

export function presentRefund(refund: Refund): object {
  return {
    id: refund.refundId,
    entity: "refund",
    amount: refund.amountPaisa,
    currency: "INR",
    payment_id: refund.paymentId,
    notes: notesOf(refund.notes),
    receipt: refund.receipt === "" ? null : refund.receipt,
    acquirer_data: { arn: null },
    created_at: sec(refund.createdAtMs),
    batch_id: null,
    status: refund.status,
    speed_processed: "normal",
    speed_requested: "normal",
  };
}

export function presentOrder(link: Link, payments: Payment[]): object {
  const paidPaisa = payments.find(({ status }) => status === "captured")?.amountPaisa ?? 0;
  return {
    id: link.orderId,
    entity: "order",
    amount: link.amountPaisa,
    amount_due: link.amountPaisa - paidPaisa,
    amount_paid: paidPaisa,
    attempts: payments.length,
    currency: "INR",
    notes: notesOf(link.notes),
    receipt: link.referenceId,
    status: paidPaisa > 0 ? "paid" : "created",
    created_at: sec(link.createdAtMs),
  };
}
