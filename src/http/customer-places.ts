/** Where what is kept of a person lies and how long (docs/privacy.md, docs/retention.md). */

/** How long an object keeps a payment at rest is a setting; the words hold for any. */
const WITH_THE_PAYMENT =
  "in the payment's object, then in the archive; 7 years after the last change";

export const KEPT_OF_A_CUSTOMER = [
  { field: "personal.message", place: WITH_THE_PAYMENT, from: "order.message of initiate" },
  { field: "personal.metaInfo", place: WITH_THE_PAYMENT, from: "order.metaInfo of initiate" },
  { field: "personal.contentHash", place: WITH_THE_PAYMENT, from: "SHA-256 of the whole request" },
  {
    field: "personal.fingerprint",
    place: WITH_THE_PAYMENT,
    from: "keyed hash of the device and connection",
  },
  {
    field: "personal.network",
    place: WITH_THE_PAYMENT,
    from: "keyed hash of device.ip of initiate",
  },
  {
    field: "personal.paymentDetails",
    place: WITH_THE_PAYMENT,
    from: "the provider's status API, masked",
  },
  { field: "personal.refundReasons", place: WITH_THE_PAYMENT, from: "reason of a refund" },
  {
    field: "personal.notifications",
    place: "in the payment's object; until delivered, else as the payment",
    from: "status objects on their way to your server",
  },
  {
    field: "personal.keptAnswers",
    place: "in the payment's object; 7 days",
    from: "first answers to your idempotency keys",
  },
] as const;

/** GDPR 17(3)(b): what the law asks for outlives an erasure; nothing of it names the person. */
export const KEPT_AFTER_ERASURE = [
  {
    what: "amounts, states, times, order, payment and refund ids",
    why: "books and tax law (GDPR 17(3)(b)), disputes with the provider",
    where: WITH_THE_PAYMENT,
  },
  {
    what: "the audit chain: ids, states, times, API key ids",
    why: "PCI DSS 10.5.1, proof that nothing was changed",
    where: "in the audit log",
  },
  {
    what: "a SHA-256 of the customer's id with the time of the erasure",
    why: "a payment that was under way learns that the person is erased",
    where: "in the customer's object, for good",
  },
] as const;
