/** The worker of the tests: the real app and the real objects, with the tests' clock and a fake provider behind the ports. */
import { AuditObjectBase } from "#audit-objects";
import { type CustomerDeps, CustomerObjectBase } from "#customers";
import { GateObjectBase, RefusalObjectBase } from "#door";
import { LedgerObjectBase } from "#events";
import type { AuditEvent, MerchantId } from "#base";
import { BackupObjectBase, type SecurityAlert, SelfTestObjectBase } from "#ops-objects";
import {
  type Archive,
  type ArchivePlace,
  type Enrolment,
  type OutboxNotification,
  type ParkedNotification,
  PaymentObjectBase,
  type PersonalPorts,
  type Provider,
  type ProviderName,
  type Publication,
  type Wait,
} from "#payments";
import { BreakerObjectBase, TokenObjectBase } from "#providers";
import { ProfileObjectBase } from "#risk-objects";
import {
  KeyRegistryObjectBase,
  PayloadKeyObjectBase,
  VaultObjectBase,
  type VaultNotice,
} from "#vault-objects";
import type { Keyring } from "#vault";
import { makeApp } from "../../src/app.ts";
import type { Bindings } from "../../src/env.ts";
import { log } from "../../src/platform.ts";
import {
  runScheduled,
  wireAudit,
  wireBackup,
  wireBreaker,
  wireCustomers,
  wireGate,
  wireHttp,
  wireKeyRegistry,
  wirePayloadKeyObject,
  wirePayments,
  wireProfiles,
  wireRefusals,
  wireSelfTest,
  wireTokens,
  wireVault,
} from "../../src/wiring/index.ts";
import { LIVE_MS, world } from "./world.ts";

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

function mortalArchive(archive: Archive): Archive {
  const reached = <Answer>(call: () => Promise<Answer>) =>
    world.archiveAway ? Promise.reject(new Error("away")) : call();
  return {
    write: (place, record) =>
      passing("archive_write", () => reached(() => archive.write(place, record))),
    read: (place) => passing("archive_read", () => reached(() => archive.read(place))),
    remove: (place) => passing("archive_remove", () => reached(() => archive.remove(place))),
  };
}

function mortalPersonal(personal: PersonalPorts): PersonalPorts {
  return {
    seal: (subject, text) => passing("personal_seal", () => personal.seal(subject, text)),
    open: (subject, envelope) => passing("personal_open", () => personal.open(subject, envelope)),
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
    noteEnd: (merchantId: MerchantId, heard: boolean) =>
      passing("note_end", () => this.#wired.noteEnd(merchantId, heard)),
    publish: (merchantId: MerchantId, publication: Publication) =>
      passing("publish", () => {
        if (world.publishAway) return Promise.reject(new Error("away"));
        world.published.push(publication);
        return this.#wired.publish(merchantId, publication);
      }),
    enrol: (enrolment: Enrolment) => passing("enrol", () => this.#wired.enrol(enrolment)),
    forget: (place: ArchivePlace, customer: string | null) =>
      passing("forget", () => this.#wired.forget(place, customer)),
    archive: mortalArchive(this.#wired.archive),
    personal: mortalPersonal(this.#wired.personal),
    liveMs: LIVE_MS,
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

export class CustomerObject extends CustomerObjectBase<Bindings> {
  readonly #wired = wireCustomers(this.env);
  protected override readonly deps = {
    ...this.#wired,
    nowMs: world.nowMs,
    erasePayment: (...args: Parameters<CustomerDeps["erasePayment"]>) =>
      world.erasuresAway ? Promise.reject(new Error("away")) : this.#wired.erasePayment(...args),
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
    audit: async (_merchantId: string, events: readonly AuditEvent[]) => world.audit(events),
  };
}

export class RefusalObject extends RefusalObjectBase<Bindings> {
  readonly #wired = wireRefusals(this.env);
  protected override readonly deps = {
    ...this.#wired,
    nowMs: world.nowMs,
    audit: (merchantId: MerchantId, events: readonly AuditEvent[]) =>
      world.unloggedMerchant === merchantId
        ? Promise.reject(new Error("away"))
        : this.#wired.audit(merchantId, events),
  };
}

/** Keys come after a while, if the world says so. */
function slowKeyring(keyring: Keyring): Keyring {
  return {
    ...keyring,
    async kek(purpose, rootId) {
      if (world.keyDelayMs > 0) await scheduler.wait(world.keyDelayMs);
      return keyring.kek(purpose, rootId);
    },
  };
}

export class AuditObject extends AuditObjectBase<Bindings> {
  readonly #wired = wireAudit(this.env);
  protected override readonly deps = {
    ...this.#wired,
    nowMs: world.nowMs,
    bucket: world.bucketOf(this.#wired.bucket),
    keyring: slowKeyring(this.#wired.keyring),
  };
}

export class ProfileObject extends ProfileObjectBase<Bindings> {
  protected override readonly deps = { ...wireProfiles(), nowMs: world.nowMs };
}

export class KeyRegistryObject extends KeyRegistryObjectBase<Bindings> {
  protected override readonly deps = { ...wireKeyRegistry(this.env), nowMs: world.nowMs };
}

export class PayloadKeyObject extends PayloadKeyObjectBase<Bindings> {
  protected override readonly deps = { ...wirePayloadKeyObject(this.env), nowMs: world.nowMs };
}

export class BackupObject extends BackupObjectBase<Bindings> {
  protected override readonly deps = { ...wireBackup(this.env), nowMs: world.nowMs };
}

export class SelfTestObject extends SelfTestObjectBase<Bindings> {
  readonly #wired = wireSelfTest(this.env);
  protected override readonly deps = {
    ...this.#wired,
    nowMs: world.nowMs,
    portsOf: async (merchantId: MerchantId) =>
      world.selfTestPorts(await this.#wired.portsOf(merchantId)),
    alert: async (_merchantId: MerchantId, alert: SecurityAlert) => {
      world.alerts.push(alert);
      return world.noticesArrive;
    },
  };
}

export default {
  ...makeApp({ depsFor: wireHttp, log }),
  scheduled: ({ cron }: ScheduledController, env: Bindings) => runScheduled(cron, env),
};
