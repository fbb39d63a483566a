/** The worker of the tests: the real app and the real objects, with the tests' clock and a fake provider behind the ports. */
import { GateObjectBase, RefusalObjectBase } from "#door";
import { LedgerObjectBase } from "#events";
import { type OutboxNotification, PaymentObjectBase } from "#payments";
import { BreakerObjectBase, TokenObjectBase } from "#providers";
import { PayloadKeyObjectBase, VaultObjectBase, type VaultNotice } from "#vault-objects";
import { makeApp } from "../../src/app.ts";
import type { Bindings } from "../../src/env.ts";
import { log } from "../../src/platform.ts";
import {
  wireBreaker,
  wireHttp,
  wirePayloadKeyObject,
  wirePayments,
  wireTokens,
  wireVault,
} from "../../src/wiring/index.ts";
import { world } from "./world.ts";

export { ClaimObject } from "#payments";

export class GateObject extends GateObjectBase<Bindings> {
  protected override readonly deps = { nowMs: world.nowMs };
}

export class PaymentObject extends PaymentObjectBase<Bindings> {
  protected override readonly deps = {
    ...wirePayments(this.env),
    nowMs: world.nowMs,
    deliver: async (_merchantId: string, notification: OutboxNotification) => {
      world.tries.push(notification);
      return world.deliver(notification);
    },
    providerFor: (merchantId: string) => world.providerOf(merchantId),
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

export default makeApp({ depsFor: wireHttp, log });
