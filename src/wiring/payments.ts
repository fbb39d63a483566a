/** Ports of payments. */
import { SECOND_MS } from "#base";
import { deliverNotification } from "#events";
import type { PaymentDeps } from "#payments";
import { type Bindings, configOf } from "../env.ts";
import { clock, log, random } from "../platform.ts";
import { archiveOf } from "./archive.ts";
import { appendAudit } from "./audit.ts";
import { customerOf, personalPorts } from "./customers.ts";
import { noteEnd, notifierPorts } from "./events.ts";
import { learnFrom } from "./risk.ts";
import { providerFor } from "./tokens.ts";

/** What a payment works with. */
export function wirePayments(env: Bindings): PaymentDeps {
  return {
    nowMs: clock,
    log,
    providerFor: providerFor(env),
    claim: (name, owner) => env.CLAIMS.getByName(name).claim(owner),
    random,
    personal: personalPorts(env),
    deliver: (merchantId, notification) =>
      deliverNotification(notifierPorts(env), merchantId, notification),
    async publish(merchantId, { facts, events, payer }) {
      await Promise.all([
        env.LEDGERS.getByName(merchantId).record(facts),
        appendAudit(env, merchantId, events),
        learnFrom(env, merchantId, { payer, events }),
      ]);
    },
    noteEnd: (merchantId, heard) => noteEnd(env, merchantId, heard),
    enrol: ({ merchantId, merchantOrderId, customer, createdAtMs }) =>
      customerOf(env, merchantId, customer).enrol(merchantOrderId, createdAtMs),
    async forget({ merchantId, merchantOrderId }, customer) {
      await env.LEDGERS.getByName(merchantId).forget(merchantOrderId);
      if (customer !== null) await customerOf(env, merchantId, customer).forget(merchantOrderId);
    },
    archive: archiveOf(env),
    get liveMs() {
      return configOf(env).retentionLiveMs;
    },
    park: (merchantId, parked) => env.LEDGERS.getByName(merchantId).park(parked),
    answerBudgetMs: 8 * SECOND_MS,
    sameKeyBudgetMs: 10 * SECOND_MS,
  };
}
