/** The worker of the tests: the real app and the real objects, with the tests' clock and a fake provider behind the ports. */
import { GateObjectBase, RefusalObjectBase } from "#door";
import { LedgerObjectBase } from "#events";
import { BackupObjectBase } from "#ops-objects";
import type { MerchantId } from "#base";
import {
  type OutboxNotification,
  type ParkedNotification,
  PaymentObjectBase,
  type PersonalSubject,
  type Provider,
  type ProviderName,
  type Publication,
  type Wait,
} from "#payments";
import { BreakerObjectBase, TokenObjectBase } from "#providers";
import { PayloadKeyObjectBase, VaultObjectBase, type VaultNotice } from "#vault-objects";
import { makeApp } from "../../src/app.ts";
import type { Bindings } from "../../src/env.ts";
import { log } from "../../src/platform.ts";
import {
  wireBackup,
  wireBreaker,
  wireGate,
  wireHttp,
  wirePayloadKeyObject,
  wirePayments,
  wireTokens,
  wireVault,
} from "../../src/wiring/index.ts";
import { world } from "./world.ts";

export { ClaimObject } from "#payments";

export class GateObject extends GateObjectBase<Bindings> {
  protected override readonly deps = { ...wireGate(this.env), nowMs: world.nowMs };
}

/** A call to somebody else, with a place to die before and after it. */
async function passing<Answer>(wait: Wait, call: () => Promise<Answer>): Promise<Answer> {
  await world.at(wait, "before");
  const answer = await call();
  await world.at(wait, "after");
  return answer;
}

/** The fake provider, whose calls pass the places of death. */
function mortalProvider(provider: Provider): Provider {
  return {
    ...provider,
    pay: (command) => passing("pay", () => provider.pay(command)),
    orderStatus: (id) => passing("order_status", () => provider.orderStatus(id)),
    refund: (command) => passing("refund", () => provider.refund(command)),
    refundStatus: (id) => passing("refund_status", () => provider.refundStatus(id)),
  };
}

export class PaymentObject extends PaymentObjectBase<Bindings> {
  readonly #wired = wirePayments(this.env);
  protected override readonly deps = {
    ...this.#wired,
    nowMs: world.nowMs,
    claim: (name: string, owner: string) =>
      passing("claim", () =>
        world.claimsAway ? Promise.reject(new Error("away")) : this.#wired.claim(name, owner),
      ),
    personal: {
      seal: (subject: PersonalSubject, text: string) =>
        passing("personal_seal", () => this.#wired.personal.seal(subject, text)),
      open: (subject: PersonalSubject, envelope: string) =>
        passing("personal_open", () => this.#wired.personal.open(subject, envelope)),
    },
    noteEnd: (merchantId: MerchantId, heard: boolean) =>
      passing("note_end", () => this.#wired.noteEnd(merchantId, heard)),
    publish: (merchantId: MerchantId, publication: Publication) =>
      passing("publish", () => {
        if (world.publishAway) return Promise.reject(new Error("away"));
        world.published.push(publication);
        return this.#wired.publish(merchantId, publication);
      }),
    park: (merchantId: MerchantId, parked: ParkedNotification) =>
      passing("park", () => this.#wired.park(merchantId, parked)),
    deliver: (_merchantId: string, notification: OutboxNotification) =>
      passing("deliver", () => {
        world.tries.push(notification);
        return world.deliver(notification);
      }),
    providerFor: (merchantId: string, name: ProviderName) =>
      mortalProvider(world.providerOf(merchantId, name)),
    get answerBudgetMs() {
      return world.answerBudgetMs;
    },
    get sameKeyBudgetMs() {
      return world.sameKeyBudgetMs;
    },
  };
}

export class TokenObject extends TokenObjectBase<Bindings> {
  protected override readonly deps = { ...wireTokens(this.env), nowMs: world.nowMs };
}

export class BreakerObject extends BreakerObjectBase<Bindings> {
  protected override readonly deps = { ...wireBreaker(), nowMs: world.nowMs };
}

export class LedgerObject extends LedgerObjectBase<Bindings> {
  protected override readonly deps = { nowMs: world.nowMs };
}

export class VaultObject extends VaultObjectBase<Bindings> {
  protected override readonly deps = {
    ...wireVault(this.env),
    nowMs: world.nowMs,
    notify: async (merchantId: string, notice: VaultNotice) => world.notice(merchantId, notice),
  };
}

export class RefusalObject extends RefusalObjectBase<Bindings> {
  protected override readonly deps = { nowMs: world.nowMs };
}

export class PayloadKeyObject extends PayloadKeyObjectBase<Bindings> {
  protected override readonly deps = { ...wirePayloadKeyObject(this.env), nowMs: world.nowMs };
}

export class BackupObject extends BackupObjectBase<Bindings> {
  protected override readonly deps = { ...wireBackup(this.env), nowMs: world.nowMs };
}

export default makeApp({ depsFor: wireHttp, log });
