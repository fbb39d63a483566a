/** The bodies of the API keys' endpoints (api.md 1). */
import * as z from "zod";
import { once, parseCidr } from "#base";
import { SCOPES, TIERS } from "#door";
import { noted } from "./noted.ts";

const NAME_MAX = 64;
const ALLOW_IPS_MAX = 64;
const CIDR_MAX = 49; // an IPv6 address with a dotted end, and /128
const ROTATE_EVERY_DAYS = { min: 1, max: 365, default: 90 } as const;
const OVERLAP_HOURS = { min: 1, max: 720, default: 24 } as const;

export const createApiKeySchema = once(() =>
  z.strictObject({
    name: noted(z.string().min(1).max(NAME_MAX).optional(), "What the key is for, in your words."),
    scopes: noted(
      z
        .array(z.enum(SCOPES))
        .min(1)
        .max(SCOPES.length)
        .default(["payments:write", "payments:read", "refunds:write"]),
      "What the key may do.",
    ),
    tier: noted(
      z.enum(TIERS).optional(),
      "Which rate limits it has. Absent: those of the key that makes it.",
    ),
    allowIps: noted(
      z
        .array(
          z
            .string()
            .max(CIDR_MAX)
            .refine((text) => parseCidr(text) !== undefined, "not a CIDR block"),
        )
        .min(1)
        .max(ALLOW_IPS_MAX)
        .optional(),
      "Networks (CIDR) it may be used from. Absent: from anywhere.",
    ),
    expiresAt: noted(
      z.int().min(0).optional(),
      "When it ends by itself, epoch milliseconds. Absent: never.",
    ),
    rotateEveryDays: noted(
      z
        .int()
        .min(ROTATE_EVERY_DAYS.min)
        .max(ROTATE_EVERY_DAYS.max)
        .default(ROTATE_EVERY_DAYS.default),
      "After so many days a successor is due.",
    ),
  }),
);

export const rotateApiKeySchema = once(() =>
  z.strictObject({
    overlapHours: noted(
      z.int().min(OVERLAP_HOURS.min).max(OVERLAP_HOURS.max).default(OVERLAP_HOURS.default),
      "How long the old key works beside the new one.",
    ),
  }),
);
