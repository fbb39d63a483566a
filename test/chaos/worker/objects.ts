/** The production objects, each in its merchant's scope. */
import { PaymentObjectBase } from "#payments";
import type {
  AskRefundCommand,
  InitiateCommand,
  Provider,
  StatusCommand,
  WebhookHint,
} from "#payments";
import {
  BreakerObjectBase,
  type BreakerReport,
  type OperationName,
  TokenObjectBase,
} from "#providers";
import type { Bindings } from "../../../src/env.ts";
import { wireBreaker, wirePayments, wireTokens } from "../../../src/wiring/index.ts";
import { counted, prepare, within } from "./scopes.ts";
import { staleKv } from "./stale-kv.ts";

export interface ChaosBindings extends Bindings {
  readonly PAYMENTS: DurableObjectNamespace<PaymentObject>;
  readonly CHAOS: string;
}

let bent: ChaosBindings | undefined;

/** One for the isolate: the gateway parses its configuration once for each environment it meets. */
export function bentEnv(env: ChaosBindings): ChaosBindings {
  prepare(env.CHAOS);
  bent ??= { ...env, TOKENS: staleKv(env.TOKENS) };
  return bent;
}

const ANSWER_BUDGET_MS = 8_000;
const SAME_KEY_BUDGET_MS = 10_000;

function scopeOf(ctx: DurableObjectState) {
  const [merchantId = ""] = (ctx.id.name ?? "").split("/");
  return { merchantId, place: "object" } as const;
}

function chaosDeps(env: ChaosBindings) {
  const deps = wirePayments(bentEnv(env));
  const { scale } = prepare(env.CHAOS);
  return {
    ...deps,
    answerBudgetMs: ANSWER_BUDGET_MS / scale,
    sameKeyBudgetMs: SAME_KEY_BUDGET_MS / scale,
    providerFor: (...args: Parameters<typeof deps.providerFor>) =>
      countedProvider(deps.providerFor(...args)),
    deliver: (...args: Parameters<typeof deps.deliver>) => counted(() => deps.deliver(...args)),
  };
}

function countedProvider(provider: Provider): Provider {
  return {
    ...provider,
    pay: (command) => counted(() => provider.pay(command)),
    orderStatus: (id) => counted(() => provider.orderStatus(id)),
    refund: (command) => counted(() => provider.refund(command)),
    refundStatus: (id) => counted(() => provider.refundStatus(id)),
  };
}

export class PaymentObject extends PaymentObjectBase<ChaosBindings> {
  protected override readonly deps = chaosDeps(this.env);

  override initiate(command: InitiateCommand) {
    return within(scopeOf(this.ctx), () => super.initiate(command));
  }

  override status(command: StatusCommand) {
    return within(scopeOf(this.ctx), () => super.status(command));
  }

  override refund(command: AskRefundCommand) {
    return within(scopeOf(this.ctx), () => super.refund(command));
  }

  override webhook(hint: WebhookHint) {
    return within(scopeOf(this.ctx), () => super.webhook(hint));
  }

  override alarm() {
    return within(scopeOf(this.ctx), () => super.alarm());
  }

  dueAtMs(): Promise<number | null> {
    return this.ctx.storage.getAlarm();
  }

  /** What the runtime does at an alarm's time, `times` at once: it is told at least once, if it still stands. */
  async fireAlarm(dueAtMs: number, times: number): Promise<void> {
    if ((await this.ctx.storage.getAlarm()) !== dueAtMs) return;
    await Promise.all(Array.from({ length: times }, () => this.alarm()));
    // The runtime takes an alarm off when its handler has ended, not before: a crash must not lose it.
    if ((await this.ctx.storage.getAlarm()) === dueAtMs) await this.ctx.storage.deleteAlarm();
  }

  /** Memory and all that is under way are lost; storage stays. */
  die(): void {
    this.ctx.abort("chaos");
  }
}

export class TokenObject extends TokenObjectBase<ChaosBindings> {
  protected override readonly deps = wireTokens(bentEnv(this.env));

  override token(refused: string | null) {
    return within(scopeOf(this.ctx), () => super.token(refused));
  }

  override alarm() {
    return within(scopeOf(this.ctx), () => super.alarm());
  }
}

export class BreakerObject extends BreakerObjectBase<ChaosBindings> {
  protected override readonly deps = wireBreaker();

  override exchange(report: BreakerReport) {
    return within(scopeOf(this.ctx), () => super.exchange(report));
  }

  override askProbe(operation: OperationName, probe: string) {
    return within(scopeOf(this.ctx), () => super.askProbe(operation, probe));
  }

  override alarm() {
    return within(scopeOf(this.ctx), () => super.alarm());
  }
}
