import { BODY_PROBLEMS, type RouteDoc, SIGNED_PROBLEMS } from "./route-doc.ts";

const MADE_AT = 1_795_600_000_000;
const DUE_AT = 1_827_136_000_000;

const INVENTORY = {
  names: [{ name: "master", version: 2, rotatedAt: MADE_AT, dueAt: DUE_AT }],
  keys: [
    {
      id: "root/k2",
      kind: "root",
      purpose: "key-encryption",
      state: "active",
      madeAt: MADE_AT,
      dueAt: DUE_AT,
      inUse: true,
    },
    {
      id: "kek/vault/k1/1",
      kind: "key-encryption",
      purpose: "vault",
      state: "decrypt-only",
      madeAt: 1_795_500_000_000,
      dueAt: null,
      inUse: false,
    },
  ],
  rewrap: {
    state: "done",
    done: 5,
    left: 0,
    failed: 0,
    unreadable: 0,
    startedAt: MADE_AT,
    endedAt: MADE_AT + 900,
  },
} as const;

/** Operators' routes about the gateway's own keys (api.md 7). */
export const KEY_ROUTES: Readonly<Record<string, RouteDoc>> = {
  "POST /api/payments/rotate-keys": {
    operationId: "rotateKeys",
    tag: "Operations",
    summary: "Rotate the gateway's keys",
    description:
      "Makes the next version of the gateway's own keys, for the whole deployment. New text is sealed with it from now " +
      "on; what is stored opens as before and is wrapped anew behind. Secrets that you hold do not change. Repeating " +
      "the call rotates once more.",
    caller: { type: "signed", scope: "security:write", rateClass: "security" },
    request: {
      schema: "RotateKeysRequest",
      required: true,
      examples: { all: {}, "on suspicion": { keys: ["master", "jwe"] } },
    },
    answers: {
      200: {
        type: "json",
        description: "The new versions.",
        schema: "KeysRotated",
        example: { versions: { master: 2, jwe: 2 } },
      },
    },
    problems: BODY_PROBLEMS,
  },
  "GET /api/payments/keys": {
    operationId: "listKeys",
    tag: "Operations",
    summary: "List the gateway's keys",
    description:
      "Roots, key-encryption keys and payload keys with their states, and how far wrapping anew has come; no material. " +
      "A root that is not in use may be taken out of `MASTER_KEYS`.",
    caller: { type: "signed", scope: "security:read", rateClass: "security" },
    answers: {
      200: {
        type: "json",
        description: "The keys.",
        schema: "KeyInventory",
        example: INVENTORY,
      },
    },
    problems: SIGNED_PROBLEMS,
  },
};
