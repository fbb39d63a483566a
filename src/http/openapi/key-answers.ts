/** What operators are told of the gateway's own keys (api.md 7). */
import * as z from "zod";
import { once } from "#base";
import { KEY_NAMES } from "#door";
import { timeMs } from "./answer-schemas.ts";

const version = once(() => z.int().min(1).describe("Counts from 1."));

export const keysRotated = once(() =>
  z
    .strictObject({
      versions: z
        .partialRecord(z.enum(KEY_NAMES), version())
        .describe("The new version of each key that was rotated."),
    })
    .describe("Keys were rotated."),
);

const namedKey = once(() =>
  z
    .strictObject({
      name: z.enum(KEY_NAMES).describe("As `rotate-keys` takes it."),
      version: version(),
      rotatedAt: timeMs("When this version was made."),
      dueAt: timeMs("When the gateway makes the next one by itself."),
    })
    .describe("A name under which keys are rotated."),
);

const gatewayKey = once(() =>
  z
    .strictObject({
      id: z.string().describe("What envelopes and logs call it."),
      kind: z
        .enum(["root", "key-encryption", "payload", "record", "signing"])
        .describe(
          "A root of `MASTER_KEYS`; a key derived from one; a pair for encrypted requests; of your own: what closes records, " +
            "what signs the audit log.",
        ),
      purpose: z.string().describe("What it is for."),
      state: z
        .enum(["active", "decrypt-only", "destroyed"])
        .describe("`decrypt-only` opens what it closed. What a `destroyed` key closed is gone."),
      madeAt: timeMs("When it was made; of a root: when the gateway first saw it."),
      dueAt: timeMs("")
        .nullable()
        .describe("When it is to be replaced, or ends; null: it has been replaced."),
      inUse: z
        .boolean()
        .describe("Whether something is, or may be, closed by it. A root without use may go."),
    })
    .describe("A key of the gateway, without its material."),
);

const rewrapProgress = once(() =>
  z
    .strictObject({
      state: z
        .enum(["running", "planned", "done"])
        .describe("`planned`: once more, when every isolate works with the newest keys."),
      done: z.int().min(0).describe("Stores that are wrapped anew."),
      left: z.int().min(0).describe("Stores that are not yet."),
      failed: z.int().min(0).describe("Of those left, the ones whose last try failed."),
      unreadable: z.int().min(0).describe("Envelopes that do not open."),
      startedAt: timeMs("When this turn began."),
      endedAt: timeMs("").nullable().describe("When it ended; null: it is under way."),
    })
    .describe("How far wrapping everything anew has come."),
);

export const keyInventory = once(() =>
  z
    .strictObject({
      names: z.array(namedKey()).describe("All six names."),
      keys: z
        .array(gatewayKey())
        .describe("Roots, key-encryption keys, payload keys, your own record and signing keys."),
      rewrap: rewrapProgress(),
    })
    .describe("The gateway's own keys."),
);

export const SHARED_KEY_SCHEMAS = {
  NamedKey: namedKey,
  GatewayKey: gatewayKey,
  RewrapProgress: rewrapProgress,
} as const;
