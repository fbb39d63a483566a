import { AuditObjectBase } from "#audit-objects";
import { CustomerObjectBase } from "#customers";
import { GateObjectBase, RefusalObjectBase } from "#door";
import { LedgerObjectBase } from "#events";
import { BackupObjectBase, SelfTestObjectBase } from "#ops-objects";
import { PaymentObjectBase } from "#payments";
import { BreakerObjectBase, TokenObjectBase } from "#providers";
import { ProfileObjectBase } from "#risk-objects";
import { KeyRegistryObjectBase, PayloadKeyObjectBase, VaultObjectBase } from "#vault-objects";
import { makeApp } from "./app.ts";
import type { Bindings } from "./env.ts";
import { log } from "./platform.ts";
import {
  runScheduled,
  wireAudit,
  wireBackup,
  wireBreaker,
  wireCustomers,
  wireGate,
  wireHttp,
  wireKeyRegistry,
  wireLedger,
  wirePayloadKeyObject,
  wirePayments,
  wireProfiles,
  wireRefusals,
  wireSelfTest,
  wireTokens,
  wireVault,
} from "./wiring/index.ts";

export { ClaimObject } from "#payments";

export class GateObject extends GateObjectBase<Bindings> {
  protected override readonly deps = wireGate(this.env);
}

export class PaymentObject extends PaymentObjectBase<Bindings> {
  protected override readonly deps = wirePayments(this.env);
}

export class CustomerObject extends CustomerObjectBase<Bindings> {
  protected override readonly deps = wireCustomers(this.env);
}

export class TokenObject extends TokenObjectBase<Bindings> {
  protected override readonly deps = wireTokens(this.env);
}

export class BreakerObject extends BreakerObjectBase<Bindings> {
  protected override readonly deps = wireBreaker();
}

export class LedgerObject extends LedgerObjectBase<Bindings> {
  protected override readonly deps = wireLedger();
}

export class VaultObject extends VaultObjectBase<Bindings> {
  protected override readonly deps = wireVault(this.env);
}

export class RefusalObject extends RefusalObjectBase<Bindings> {
  protected override readonly deps = wireRefusals(this.env);
}

export class KeyRegistryObject extends KeyRegistryObjectBase<Bindings> {
  protected override readonly deps = wireKeyRegistry(this.env);
}

export class PayloadKeyObject extends PayloadKeyObjectBase<Bindings> {
  protected override readonly deps = wirePayloadKeyObject(this.env);
}

export class ProfileObject extends ProfileObjectBase<Bindings> {
  protected override readonly deps = wireProfiles();
}

export class AuditObject extends AuditObjectBase<Bindings> {
  protected override readonly deps = wireAudit(this.env);
}

export class BackupObject extends BackupObjectBase<Bindings> {
  protected override readonly deps = wireBackup(this.env);
}

export class SelfTestObject extends SelfTestObjectBase<Bindings> {
  protected override readonly deps = wireSelfTest(this.env);
}

export default {
  ...makeApp({ depsFor: wireHttp, log }),
  scheduled: ({ cron }: ScheduledController, env: Bindings) => runScheduled(cron, env),
};
