/**
 * Every place where a payment's object waits for somebody else, and may die. A test kills it at each, before the other
 * has heard and after, and another finds every `await` of this room among these texts: a new one needs a row here, and
 * with it a death.
 */
export const WAITS = {
  pay: "line.pay(",
  order_status: ".orderStatus(",
  refund: "line.refund(",
  refund_status: "line.refundStatus(",
  claim: "deps.claim(",
  deliver: "deps.deliver(",
  park: "deps.park(",
  note_end: "deps.noteEnd(",
  publish: "deps.publish(",
  enrol: "deps.enrol(",
  forget: "deps.forget(",
  archive_write: "archive.write(",
  archive_read: "archive.read(",
  archive_remove: "archive.remove(",
  personal_seal: "ports.seal(",
  personal_open: "ports.open(",
} as const;
export type Wait = keyof typeof WAITS;

/** Waits for ourselves: for one of the above inside, for the object's own storage, or for a caller's turn. */
export const INNER_WAITS = [
  "this.#room().until(",
  "room.until(",
  "this.#apply(",
  "this.#run(",
  "this.ctx.storage.setAlarm(",
  "performEffect(",
  "Promise.all([",
  "deliverDue(",
  "publishDue(",
  "enrolDue(",
  "keepHouse(",
  "doDue(",
  "archivePayment(",
  "removeRecord(",
  "sealRecord(",
  "readRecord(",
  "wakePayment(",
  "this.#wake()",
  "this.#keepHouse()",
  "sealRecord(",
  "openRecord(",
  "prepareReturn(",
  "recordWherever(",
  "bringBack(",
  "work()",
  "new Promise<void>(",
] as const;
