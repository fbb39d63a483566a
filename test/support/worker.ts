/** The worker of the tests: the real app and the real objects, with the tests' clock and a fake provider behind the ports. */
import { GateObjectBase } from "#door";
import { LedgerObjectBase } from "#events";
import { type OutboxNotification, PaymentObjectBase } from "#payments";
import { TokenObjectBase } from "#providers";
import { PayloadKeyObjectBase } from "#vault";
import { makeApp } from "../../src/app.ts";
import type { Bindings } from "../../src/env.ts";
import { wirePayloadKeyObject } from "../../src/wire-payload-keys.ts";
import { log, wireHttp, wirePayments, wireTokens } from "../../src/wiring.ts";
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

export class LedgerObject extends LedgerObjectBase<Bindings> {
  protected override readonly deps = { nowMs: world.nowMs };
}

export class PayloadKeyObject extends PayloadKeyObjectBase<Bindings> {
  protected override readonly deps = wirePayloadKeyObject(this.env, { nowMs: world.nowMs, log });
}

export default makeApp({ depsFor: wireHttp, log });
