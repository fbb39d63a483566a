/** Ports of payments. */
import { SECOND_MS } from "#base";
import { deliverNotification } from "#events";
import type { PaymentDeps, PersonalPorts, PersonalSubject } from "#payments";
import { type EnvelopeContext, open, seal } from "#vault";
import { type Bindings, configOf } from "../env.ts";
import { clock, log, random } from "../platform.ts";
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
    personal: personalPorts(env),
    deliver: (merchantId, notification) =>
      deliverNotification(notifierPorts(env), merchantId, notification),
    publish: (merchantId, { facts }) => env.LEDGERS.getByName(merchantId).record(facts),
    noteEnd: (merchantId, heard) => noteEnd(env, merchantId, heard),
    park: (merchantId, parked) => env.LEDGERS.getByName(merchantId).park(parked),
    answerBudgetMs: 8 * SECOND_MS,
    sameKeyBudgetMs: 10 * SECOND_MS,
  };
}

/** What may be about a person, sealed for the payer it is about: it opens for no other payer, merchant or order. */
function personalPorts(env: Bindings): PersonalPorts {
  const { keyring } = configOf(env);
  return {
    seal: (subject, text) => seal(keyring, personalContext(subject), text),
    async open(subject, envelope) {
      const text = await open(keyring, personalContext(subject), envelope);
      if (text === undefined) throw new Error("the personal part of a record does not open");
      return { text };
    },
  };
}

function personalContext(subject: PersonalSubject): EnvelopeContext {
  const { merchantId, merchantOrderId, customer } = subject;
  return { purpose: "backup", identity: [merchantId, "personal", customer ?? "", merchantOrderId] };
}
