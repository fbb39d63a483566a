/** Ports of payments. */
import { SECOND_MS } from "#base";
import { deliverNotification } from "#events";
import type { PaymentDeps } from "#payments";
import type { Bindings } from "../env.ts";
import { clock, log, random } from "../platform.ts";
import { appendAudit } from "./audit.ts";
import { noteEnd, notifierPorts } from "./events.ts";
import { providerFor } from "./tokens.ts";

/** What a payment works with. */
export function wirePayments(env: Bindings): PaymentDeps {
  return {
    nowMs: clock,
    log,
    providerFor: providerFor(env),
    claim: (name, owner) => env.CLAIMS.getByName(name).claim(owner),
    random,
    deliver: (merchantId, notification) =>
      deliverNotification(notifierPorts(env), merchantId, notification),
    async publish(merchantId, { facts, events }) {
      await Promise.all([
        env.LEDGERS.getByName(merchantId).record(facts),
        appendAudit(env, merchantId, events),
      ]);
    },
    noteEnd: (merchantId, heard) => noteEnd(env, merchantId, heard),
    park: (merchantId, parked) => env.LEDGERS.getByName(merchantId).park(parked),
    answerBudgetMs: 8 * SECOND_MS,
    sameKeyBudgetMs: 10 * SECOND_MS,
  };
}
