/** The tests' hold on the worker they run in: its clock and its providers. One world per test file (own isolate). */
import type { SegmentBucket } from "#audit-objects";
import type { AuditEvent } from "#base";
import type {
  DeliveryOutcome,
  OutboxNotification,
  ProviderName,
  Publication,
  Wait,
} from "#payments";
import type { SecurityAlert, SelfTestPorts } from "#ops-objects";
import type { VaultNotice } from "#vault-objects";
import { makeFakeProvider, type FakeProvider } from "./fake-provider.ts";

/** How long a payment at rest lives in its object. */
export const LIVE_MS = 180 * 86_400_000;

export interface World {
  /** Added to the real time everywhere: moves the clock without sleeping. */
  offsetMs: number;
  /** How long an initiate or refund waits for a sure answer. */
  answerBudgetMs: number;
  sameKeyBudgetMs: number;
  /** What the merchants' server answers to a notification; all tries are kept in `tries`. */
  deliver: (notification: OutboxNotification) => Promise<DeliveryOutcome>;
  readonly tries: OutboxNotification[];
  /** What payments gave to the audit log and the ledger. */
  readonly published: Publication[];
  /** Whether neither can be reached. */
  publishAway: boolean;
  /** Whether the archive cannot be reached. */
  archiveAway: boolean;
  /** Whether an erasure does not get to the payments. */
  erasuresAway: boolean;
  /** Notices about API keys that went out, and what the merchant's server says to them. */
  readonly notices: VaultNotice[];
  noticesArrive: boolean;
  readonly notice: (merchantId: string, notice: VaultNotice) => boolean;
  /** Security alerts that went out. */
  readonly alerts: SecurityAlert[];
  /** What a self-test works with, as the test wants it. */
  selfTestPorts: (ports: SelfTestPorts) => SelfTestPorts;
  /** What the audit log has taken; while it is away it takes nothing. */
  readonly audited: AuditEvent[];
  auditAway: boolean;
  readonly audit: (events: readonly AuditEvent[]) => void;
  /** Where the next death is to strike; see `at`. */
  death: { readonly wait: Wait; readonly side: "before" | "after"; readonly nth: number } | null;
  /** Whose refusals cannot be logged. */
  unloggedMerchant: string | null;
  /** How long the audit log waits for a key: meanwhile others come between. */
  keyDelayMs: number;
  /** What the audit log's bucket does instead of what it is asked. */
  bucketFault: Partial<SegmentBucket>;
  readonly bucketOf: (bucket: SegmentBucket) => SegmentBucket;
  /** Whether ids cannot be claimed. */
  claimsAway: boolean;
  /** Whether the object now hangs where it is to die. */
  dying: boolean;
  /** How often each place was passed. */
  readonly passed: Map<string, number>;
  /** Objects pass here around every call to somebody else. */
  readonly at: (wait: Wait, side: "before" | "after") => Promise<void>;
  /** Back to how a world begins: real time, good receivers, providers with empty books. */
  readonly renew: () => void;
  readonly nowMs: () => number;
  /** The provider of one merchant order; each has its own books, so that tests do not meet. */
  readonly providerOf: (merchantId: string, name?: ProviderName) => FakeProvider;
}

const providers = new Map<string, FakeProvider>();

export const world: World = {
  offsetMs: 0,
  answerBudgetMs: 8_000,
  sameKeyBudgetMs: 10_000,
  deliver: async () => ({ type: "delivered" }),
  tries: [],
  published: [],
  publishAway: false,
  archiveAway: false,
  erasuresAway: false,
  notices: [],
  noticesArrive: true,
  notice(_merchantId, notice) {
    world.notices.push(notice);
    return world.noticesArrive;
  },
  alerts: [],
  selfTestPorts: (ports) => ports,
  audited: [],
  auditAway: false,
  audit(events) {
    if (world.auditAway) throw new Error("the audit log is away");
    world.audited.push(...events);
  },
  death: null,
  unloggedMerchant: null,
  keyDelayMs: 0,
  bucketFault: {},
  bucketOf: (bucket) => ({
    put: (name, text) => (world.bucketFault.put ?? bucket.put)(name, text),
    get: (name) => (world.bucketFault.get ?? bucket.get)(name),
    remove: (names) => (world.bucketFault.remove ?? bucket.remove)(names),
  }),
  claimsAway: false,
  dying: false,
  passed: new Map(),
  async at(wait, side) {
    const name = `${wait} ${side}`;
    const times = (world.passed.get(name) ?? 0) + 1;
    world.passed.set(name, times);
    const { death } = world;
    if (!death || death.wait !== wait || death.side !== side || death.nth !== times) return;
    world.dying = true;
    // Polls, since a promise belongs to one context only; the object is aborted while it hangs here.
    for (;;) await scheduler.wait(1_000);
  },
  renew() {
    world.death = null;
    world.unloggedMerchant = null;
    world.keyDelayMs = 0;
    world.bucketFault = {};
    world.claimsAway = false;
    world.dying = false;
    world.passed.clear();
    world.notices.length = 0;
    world.noticesArrive = true;
    world.alerts.length = 0;
    world.selfTestPorts = (ports) => ports;
    world.audited.length = 0;
    world.auditAway = false;
    world.offsetMs = 0;
    world.answerBudgetMs = 8_000;
    world.sameKeyBudgetMs = 10_000;
    world.deliver = async () => ({ type: "delivered" });
    world.tries.length = 0;
    world.published.length = 0;
    world.publishAway = false;
    world.archiveAway = false;
    world.erasuresAway = false;
    providers.clear();
  },
  nowMs: () => Date.now() + world.offsetMs,
  providerOf(merchantId, name = "phonepe") {
    const known = providers.get(`${merchantId}/${name}`) ?? makeFakeProvider(world.nowMs, name);
    providers.set(`${merchantId}/${name}`, known);
    return known;
  },
};
