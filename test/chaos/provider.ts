/** The provider's side of one scenario: its books, its faults, its webhooks. */
import { createHash } from "node:crypto";
import * as z from "zod";
import { callAdmin } from "../e2e/sandbox-process.ts";
import type { ChaosMerchant } from "./merchants.ts";
import type { Scenario } from "./scenarios.ts";

const orderSchema = z.object({
  orderId: z.string(),
  merchantOrderId: z.string(),
  state: z.enum(["PENDING", "COMPLETED", "FAILED"]),
  amountPaisa: z.int(),
  expiresAtMs: z.int(),
  pageToken: z.string(),
});
const booksSchema = z.object({
  calls: z.record(z.string(), z.int()),
  orders: z.array(orderSchema),
  captures: z.array(z.object({ orderId: z.string(), amountPaisa: z.int() })),
  refunds: z.array(
    z.object({ merchantRefundId: z.string(), amountPaisa: z.int(), state: z.string() }),
  ),
});
const deliveriesSchema = z.object({
  webhooks: z.array(z.object({ deliveryId: z.int(), body: z.string() })),
});
export type ProviderOrder = z.infer<typeof orderSchema>;
export type Books = z.infer<typeof booksSchema>;

export interface Provider {
  books(): Promise<Books>;
  /** The bodies of all webhooks that are owed so far, in their order. */
  webhookBodies(): Promise<string[]>;
  settle(order: ProviderOrder, outcome: string): Promise<void>;
  hold(endpoints: readonly string[]): Promise<void>;
  setClock(offsetMs: number): Promise<void>;
  /** Sends a webhook's body to the gateway, signed as the provider does. */
  send(gatewayUrl: string, body: string, options?: { readonly wrong?: boolean }): Promise<number>;
}

export async function openProvider(
  sandboxUrl: string,
  merchant: ChaosMerchant,
  { scenario, scale }: { readonly scenario: Scenario; readonly scale: number },
): Promise<Provider> {
  const admin = (method: string, path: string, body?: object) =>
    callAdmin(`${sandboxUrl}/books/${merchant.id}/admin${path}`, method, body);
  const { clientId, clientSecret, merchantId, webhookUsername, webhookPassword } = merchant.phonepe;
  const named = { clientId, clientSecret, merchantId, webhookUsername, webhookPassword };
  // Webhooks are written down and not sent: the scenario sends them, in its own order.
  await admin("POST", "/merchants", { ...named, webhookUrl: "http://127.0.0.1:9/unused" });
  await admin("PUT", "/switches", {
    switches: { webhookModes: ["drop"], ...statusSwitches(scenario.status) },
  });
  for (const fault of faultsOf(scenario, scale)) await admin("POST", "/faults", fault);
  const sha = createHash("sha256").update(`${webhookUsername}:${webhookPassword}`).digest("hex");
  return {
    books: async () => booksSchema.parse(await admin("GET", "/books")),
    webhookBodies: async () =>
      deliveriesSchema.parse(await admin("GET", "/webhooks")).webhooks.map(({ body }) => body),
    async settle({ orderId }, outcome) {
      await admin("POST", `/orders/${orderId}/settle`, { outcome });
    },
    async hold(endpoints) {
      await admin("PUT", "/switches", { switches: { holdAnswers: endpoints } });
    },
    async setClock(offsetMs) {
      await admin("PUT", "/clock", { offsetMs });
    },
    async send(gatewayUrl, body, { wrong = false } = {}) {
      try {
        const response = await fetch(`${gatewayUrl}/api/payments/webhook/${merchant.id}`, {
          method: "POST",
          headers: {
            "content-type": "application/json",
            authorization: wrong ? sha.replaceAll(/[0-4]/g, "f") : sha,
          },
          body,
        });
        await response.body?.cancel();
        return response.status;
      } catch {
        return 0; // The gateway is down: a provider tries again.
      }
    },
  };
}

interface FaultOrder {
  readonly endpoint: string;
  readonly kind: string;
  readonly times?: number;
  readonly delayMs?: number;
  readonly retryAfterSec?: number;
}

const PAY_FAULTS: ReadonlyMap<string, string> = new Map([
  ["timeout_before", "timeout-before"],
  ["timeout_after", "timeout-after"],
  ["reset_before", "reset"],
  ["reset_after", "reset-after"],
  ["500_before", "500"],
  ["500_after", "500-after"],
  ["503_retry_after", "503"],
  ["429", "429"],
  ["401_once", "401"],
  ["drip_20s", "drip"],
  ["malformed_json_after", "malformed"],
  ["truncated_after", "truncated"],
  ["html_after", "html-after"],
  ["redirect_302", "redirect"],
  ["body_10mb_after", "big-after"],
  ["empty_200_after", "empty"],
  ["unknown_fields", "unknown-fields"],
]);

/** Everything that hangs hangs twice as long as the gateway waits, whatever the scale. */
function faultsOf({ pay, token, status }: Scenario, scale: number): FaultOrder[] {
  const createMs = (2 * 12_000) / scale;
  const readMs = (2 * 5_000) / scale;
  const payKind = PAY_FAULTS.get(pay);
  return [
    ...tokenFaults(token, readMs),
    ...statusFaults(status, readMs),
    ...(payKind === undefined
      ? []
      : [{ endpoint: "pay", kind: payKind, delayMs: Math.round(createMs), retryAfterSec: 1 }]),
  ];
}

function tokenFaults(token: string, delayMs: number): FaultOrder[] {
  switch (token) {
    case "500_twice":
      return [{ endpoint: "oauth", kind: "500", times: 2 }];
    case "timeout_once":
      return [{ endpoint: "oauth", kind: "timeout-before", delayMs: Math.round(delayMs) }];
    case "expires_now":
      return [{ endpoint: "oauth", kind: "expires-now" }];
    case "malformed_once":
      return [{ endpoint: "oauth", kind: "malformed" }];
    case "revoked_mid_flight":
      return [{ endpoint: "pay", kind: "revoke" }];
    default:
      return [];
  }
}

function statusFaults(status: string, delayMs: number): FaultOrder[] {
  switch (status) {
    case "500_three_times":
      return [{ endpoint: "status", kind: "500", times: 3 }];
    case "timeout_twice":
      return [
        { endpoint: "status", kind: "timeout-before", times: 2, delayMs: Math.round(delayMs) },
      ];
    case "malformed_once":
      return [{ endpoint: "status", kind: "malformed" }];
    default:
      return [];
  }
}

function statusSwitches(status: string): object {
  switch (status) {
    case "pending_5_polls":
      return { statusStalePolls: 5 };
    case "not_found_5s":
      return { statusNotFoundMs: 5_000 };
    case "stale_pending_60s":
      return { statusStaleMs: 60_000 };
    case "amount_differs":
      return { statusBody: "other-amount" };
    case "other_order_id":
      return { statusBody: "other-order-id" };
    default:
      return {};
  }
}
