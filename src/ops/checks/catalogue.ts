/** The catalogue: which check looks at what. The weights stand beside the ids (`check.ts`). */
import { type ApiKeyRecord, type KeyInventory, stateOf } from "#vault";
import {
  type Check,
  CHECK_WEIGHTS,
  type CheckId,
  type Circuit,
  type Look,
  type SecurityFacts,
  type Verdict,
} from "./check.ts";
import { type Door, judgeHeaders, judgeSignatures } from "./door.ts";
import {
  judgeCircuits,
  judgeKeyAges,
  judgeKeysDue,
  judgeParked,
  judgeResidency,
  judgeSilence,
  judgeToken,
} from "./judge.ts";
import { judgeMasking, type MaskingPorts } from "./masking.ts";

/** Where the checks look, for one merchant. Each may reject. */
export interface CheckPorts extends MaskingPorts {
  readonly nowMs: () => number;
  readonly newNonce: () => string;
  readonly audit: () => Promise<{
    readonly chain: Verdict;
    readonly sealing: Verdict;
    readonly unsealed: number;
    readonly coverage: SecurityFacts["auditCoverage"];
  }>;
  readonly keys: () => Promise<KeyInventory>;
  readonly token: () => Promise<{
    readonly state: SecurityFacts["token"];
    readonly detail: string;
  }>;
  readonly circuits: () => Promise<readonly Circuit[]>;
  readonly backup: () => Promise<Verdict>;
  readonly kv: () => Promise<Verdict>;
  readonly durableObjects: () => Promise<Verdict>;
  /** Since when webhooks are silent (epoch ms), or null. */
  readonly silence: () => Promise<number | null>;
  readonly parked: () => Promise<number>;
  readonly door: Door;
  readonly secureHeaders: Readonly<Record<string, string>>;
  readonly apiKeys: () => Promise<readonly ApiKeyRecord[]>;
  readonly residency: () => Promise<Parameters<typeof judgeResidency>[0]>;
  /** The merchant's profile, as operators are shown it. */
  readonly risk: () => Promise<Verdict>;
}

/** A key of the merchant that works; without one the forgery names nobody's. */
async function keyIdOf({ apiKeys, nowMs }: CheckPorts): Promise<string> {
  const keys = await apiKeys();
  return keys.find((record) => stateOf(record, nowMs()) === "active")?.id ?? "ak_self_check";
}

/** Every check of a merchant and of the deployment it is served by. */
export function securityChecks(ports: CheckPorts): Check[] {
  const { nowMs } = ports;
  const looks: Record<CheckId, () => Promise<Look>> = {
    async audit_chain() {
      const { chain, coverage } = await ports.audit();
      return { ...chain, facts: { auditCoverage: coverage } };
    },
    async audit_sealing() {
      const { sealing, unsealed } = await ports.audit();
      return { ...sealing, facts: { auditUnsealed: unsealed } };
    },
    keys_due: async () => judgeKeysDue(await ports.keys(), nowMs()),
    async tokens_fresh() {
      const { state, detail } = await ports.token();
      return judgeToken(state, detail);
    },
    breakers_closed: async () => judgeCircuits(await ports.circuits()),
    backup_recent: () => ports.backup(),
    kv: () => ports.kv(),
    durable_objects: () => ports.durableObjects(),
    webhooks_heard: async () => judgeSilence(await ports.silence(), nowMs()),
    notifications_delivered: async () => judgeParked(await ports.parked()),
    masking: async () => judgeMasking(ports),
    secure_headers: () => judgeHeaders(ports.door, ports.secureHeaders),
    async signatures_required() {
      const keyId = await keyIdOf(ports);
      return judgeSignatures(ports.door, { keyId, nowMs: nowMs(), nonce: ports.newNonce() });
    },
    key_ages: async () => judgeKeyAges(await ports.apiKeys(), nowMs()),
    residency: async () => judgeResidency(await ports.residency()),
    risk_profiles: () => ports.risk(),
  };
  const ids = Object.keys(CHECK_WEIGHTS).filter((id) => isCheckId(id));
  return ids.map((id) => ({ id, weight: CHECK_WEIGHTS[id], run: looks[id] }));
}

function isCheckId(name: string): name is CheckId {
  return Object.hasOwn(CHECK_WEIGHTS, name);
}
