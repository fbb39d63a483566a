/** Says what of a scenario went against its expectations or the invariants; nothing means that all held. */
import type { Played } from "./play.ts";

const MOVES: Readonly<Record<string, readonly string[]>> = {
  INITIATING: ["PENDING", "COMPLETED", "FAILED", "EXPIRED"],
  PENDING: ["COMPLETED", "FAILED", "EXPIRED"],
  COMPLETED: [],
  FAILED: ["COMPLETED"],
  EXPIRED: ["COMPLETED"],
};
const ENDS = new Set(["COMPLETED", "FAILED", "EXPIRED"]);

export function judge(played: Played): string[] {
  return [
    ...played.remarks,
    ...judgeEnd(played),
    ...judgeMoney(played),
    ...judgeAnswers(played),
    ...judgeTimeline(played),
    ...judgeNotifications(played),
  ];
}

function judgeEnd({ scenario, status }: Played): string[] {
  const { final, never, captured } = scenario.expect;
  const faults: string[] = [];
  if (final && !final.includes(status.state)) faults.push(`ends ${status.state}`);
  if (never?.includes(status.state)) faults.push(`is ${status.state}`);
  if (captured !== undefined && status.capturedAmount !== captured) {
    faults.push(`captured ${status.capturedAmount} instead of ${captured}`);
  }
  if (status.state === "COMPLETED" && status.confirmedBy !== "status_api") {
    faults.push("I4: COMPLETED without the status API's word");
  }
  return faults;
}

/** The sandbox's books are the oracle. */
function judgeMoney({ scenario, status, books, payableMax }: Played): string[] {
  const faults: string[] = [];
  const { captured, orders_payable_at_most: payable, refunds_at_most: most } = scenario.expect;
  if (payableMax > payable) faults.push(`I1: ${payableMax} orders could be paid at once`);
  const sum = (rows: readonly { readonly amountPaisa: number }[]) =>
    rows.reduce((total, { amountPaisa }) => total + amountPaisa, 0);
  const automatic = new Set(
    status.refunds
      .filter(({ reason }) => reason === "duplicate_capture")
      .map(({ merchantRefundId }) => merchantRefundId),
  );
  const alive = books.refunds.filter(({ state }) => state !== "FAILED");
  const ours = alive.filter(({ merchantRefundId }) => automatic.has(merchantRefundId));
  const asked = alive.filter(({ merchantRefundId }) => !automatic.has(merchantRefundId));
  const kept = sum(books.captures) - sum(ours);
  if (captured !== undefined && kept !== captured) {
    faults.push(`I2: the provider's books hold ${kept} instead of ${captured}`);
  }
  if (sum(asked) > Math.max(0, kept)) faults.push(`I3: refunds of ${sum(asked)}`);
  if (most !== undefined && sum(asked) > most) faults.push(`refunds of ${sum(asked)} over ${most}`);
  return faults;
}

function judgeAnswers({ scenario, answers, secondAnswer, earlyRefunds }: Played): string[] {
  const faults: string[] = [];
  const { expect, client } = scenario;
  if (expect.second_answer && secondAnswer !== Number(expect.second_answer)) {
    faults.push(`the second answer is ${secondAnswer}`);
  }
  if (expect.refund_before_capture) {
    const others = earlyRefunds.filter((status) => status !== Number(expect.refund_before_capture));
    if (others.length > 0) faults.push(`a refund before capture is answered ${others.join(", ")}`);
  }
  const bodies = new Set(
    answers.filter(({ status }) => status < 300 && status > 0).map(({ text }) => text),
  );
  if (bodies.size > 1) faults.push(`I9: ${bodies.size} different answers to one key`);
  // 503 is no result: api.md 2 calls its repeat "a new try under the same id", and 3 stores no such answer.
  const allowed = new Set([0, 200, 201, 202, 409, 503]);
  const odd = answers.filter(({ status }) => !allowed.has(status)).map(({ status }) => status);
  if (odd.length > 0)
    faults.push(`${client}: initiate is answered ${[...new Set(odd)].join(", ")}`);
  return faults;
}

/** I5, I7: one entry for each change, each from where the one before had ended. */
function judgeTimeline({ status }: Played): string[] {
  const faults: string[] = [];
  const last = new Map<string, string>();
  for (const { event, from, to, cause } of status.timeline) {
    const subject = event.slice(0, event.lastIndexOf(" "));
    if (from !== (last.get(subject) ?? null))
      faults.push(`I7: ${subject} leaves a gap before ${to}`);
    last.set(subject, to);
    if (subject !== "payment" || from === null) continue;
    if (!MOVES[from]?.includes(to)) faults.push(`I5: ${from} became ${to}`);
    if (cause === "webhook" && ENDS.has(to)) faults.push(`I4: a webhook made it ${to}`);
  }
  if (last.get("payment") !== status.state) faults.push("I7: the timeline ends elsewhere");
  return faults;
}

function judgeNotifications({ scenario, merchant, notifications, status }: Played): string[] {
  const faults: string[] = [];
  const distinct = new Map(notifications.map((one) => [one.id, one]));
  const types = [...distinct.values()].map(({ type }) => type);
  const count = (type: string) => types.filter((one) => one === type).length;
  const { event } = scenario.expect;
  if (event && count(event) !== 1) faults.push(`${count(event)} times ${event}`);
  if (ENDS.has(status.state)) {
    const type = `payment.${status.state.toLowerCase()}`;
    if (count(type) !== 1) faults.push(`${count(type)} times ${type}`);
  }
  for (const { body } of notifications) {
    faults.push(...leaksIn(body, merchant).map((leak) => `I10: a notification holds ${leak}`));
  }
  return faults;
}

/** I10: what must stand in no log and no event. */
export function leaksIn(text: string, merchant: Played["merchant"]): string[] {
  const { apiKey, phonepe, notifySecret, customer } = merchant;
  const secrets = {
    "the API secret": apiKey.secret,
    "the client secret": phonepe.clientSecret,
    "the webhook password": phonepe.webhookPassword,
    "the notification secret": notifySecret,
    "the payer's phone": customer.phone,
    "the payer's e-mail": customer.email,
  };
  const found = Object.entries(secrets).flatMap(([name, secret]) =>
    text.includes(secret) ? [name] : [],
  );
  if (/\b[a-z0-9.]{3,}@(ybl|okaxis|upi)\b/i.test(text)) found.push("a full VPA");
  if (/O-Bearer \S/.test(text)) found.push("a token");
  return found;
}
