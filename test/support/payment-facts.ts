import type { PaymentFacts } from "#payments";

/** A payment of 100 rupees as a ledger hears of it. */
export const paymentFacts = (more: Partial<PaymentFacts> = {}): PaymentFacts => ({
  merchantOrderId: "order",
  paymentId: "pay_1",
  state: "PENDING",
  amountPaisa: 10_000,
  capturedPaisa: 0,
  refundedPaisa: 0,
  createdAtMs: 1,
  updatedAtMs: 1,
  eventSeq: 2,
  provider: "phonepe",
  instrument: null,
  bank: null,
  errorCode: null,
  opened: true,
  failover: false,
  endedAtMs: null,
  ...more,
});
