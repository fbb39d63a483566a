import { GateObjectBase } from "#door";
import { LedgerObjectBase } from "#events";
import { PaymentObjectBase } from "#payments";
import { TokenObjectBase } from "#providers";
import { PayloadKeyObjectBase } from "#vault";
import { makeApp } from "./app.ts";
import type { Bindings } from "./env.ts";
import { wirePayloadKeyObject } from "./wire-payload-keys.ts";
import { clock, log, wireGate, wireHttp, wireLedger, wirePayments, wireTokens } from "./wiring.ts";

export { ClaimObject } from "#payments";

export class GateObject extends GateObjectBase<Bindings> {
  protected override readonly deps = wireGate();
}

export class PaymentObject extends PaymentObjectBase<Bindings> {
  protected override readonly deps = wirePayments(this.env);
}

export class TokenObject extends TokenObjectBase<Bindings> {
  protected override readonly deps = wireTokens(this.env);
}

export class LedgerObject extends LedgerObjectBase<Bindings> {
  protected override readonly deps = wireLedger();
}

export class PayloadKeyObject extends PayloadKeyObjectBase<Bindings> {
  protected override readonly deps = wirePayloadKeyObject(this.env, { nowMs: clock, log });
}

export default makeApp({ depsFor: wireHttp, log });
