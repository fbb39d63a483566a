/** Ports of the HTTP operations: with its neighbours the only place that knows every room. */
import { version } from "../../package.json";
import { type MerchantId, randomId } from "#base";
import { isAllowedNotifyUrl } from "#events";
import type { HttpDeps, InitiateBody, RiskPorts } from "#http";
import {
  claimName,
  DEFAULT_ROUTING,
  type InitiateCommand,
  paymentObjectName,
  type ProviderName,
  routeOf,
} from "#payments";
import type { Merchant } from "#vault";
import { type Bindings, type Config, configOf } from "../env.ts";
import { clock, log, random } from "../platform.ts";
import { compliancePorts } from "./compliance.ts";
import { customerPorts } from "./customers.ts";
import { auditPorts } from "./audit.ts";
import { restorePorts } from "./backup.ts";
import { wireDoor } from "./door.ts";
import { healthPorts } from "./health.ts";
import { keyPorts } from "./keys.ts";
import { wirePayloadKeys } from "./payload-keys.ts";
import { labelPayment } from "./label.ts";
import { assessRisk, riskReport } from "./risk.ts";
import { residencyPorts } from "./residency.ts";
import { lookAt, securityPorts } from "./security.ts";
import { selfTestPorts } from "./self-test.ts";
import { settingsPorts } from "./settings.ts";
import { webhookPorts } from "./webhooks.ts";

let http: { readonly env: object; readonly deps: HttpDeps } | undefined;

/** What the HTTP operations work with; made once per isolate. */
export function wireHttp(env: Bindings): HttpDeps {
  if (http?.env === env) return http.deps;
  const config = configOf(env);
  sayRefusedAddresses(config);
  const payment = (merchantId: MerchantId, orderId: string) =>
    env.PAYMENTS.getByName(paymentObjectName(merchantId, orderId));
  const deps: HttpDeps = {
    nowMs: clock,
    log,
    version,
    urlPolicy: config.environment,
    newRequestId: () => randomId("req"),
    ...wireDoor(env),
    settings: settingsPorts(env),
    routeOf: routeFor,
    ...riskPorts(env),
    analytics: (merchantId, query) => env.LEDGERS.getByName(merchantId).analytics(query),
    payments: {
      initiate: (command) => payment(command.merchantId, command.merchantOrderId).initiate(command),
      status: (merchantId, orderId, command) => payment(merchantId, orderId).status(command),
      refund: (command) => payment(command.merchantId, command.merchantOrderId).refund(command),
      refundStatus: (merchantId, orderId, { merchantRefundId, identity }) =>
        payment(merchantId, orderId).refundStatus(merchantRefundId, identity),
      webhook: (merchantId, orderId, hint) => payment(merchantId, orderId).webhook(hint),
      replayNotification: (merchantId, orderId, sequence) =>
        payment(merchantId, orderId).replayNotification(sequence),
      ownerOfOrderId: (merchantId, id) =>
        env.CLAIMS.getByName(claimName(merchantId, "order", id)).owner(),
    },
    customers: customerPorts(env),
    audit: auditPorts(env),
    restore: restorePorts(env, config),
    health: healthPorts(env),
    residency: residencyPorts(env),
    keys: keyPorts(env, config),
    ...compliancePorts({
      checks: async (merchant) => (await lookAt(env, { deps, merchant })).results,
      residency: () => deps.residency.report(),
    }),
    security: securityPorts(env, () => deps),
    selfTest: selfTestPorts(env),
    webhooks: webhookPorts(env, config),
    payloadKeys: wirePayloadKeys(env),
    ledger: ledgerPorts(env),
  };
  http = { env, deps };
  return deps;
}

/** An address is checked when it is set, beside every send: one merchant's mistake must not stop the others. */
function sayRefusedAddresses({ directory, environment }: Config): void {
  for (const { id: merchantId, notifyUrl } of directory.merchants.values()) {
    if (notifyUrl === undefined || isAllowedNotifyUrl(notifyUrl, environment)) continue;
    log("error", "notifyUrl is refused: nothing will be sent there", { merchantId });
  }
}

function routeFor(merchant: Merchant, body: InitiateBody): InitiateCommand["route"] {
  const { routing: rule = DEFAULT_ROUTING, phonepe, razorpay } = merchant;
  const configured = new Set<ProviderName>();
  if (phonepe) configured.add("phonepe");
  if (razorpay) configured.add("razorpay");
  const { amount: amountPaisa, preferredProvider: preferred } = body;
  return routeOf({ rule, configured, amountPaisa, preferred, random: random() });
}

function riskPorts(env: Bindings): RiskPorts {
  return {
    assessRisk: (merchant, payer) => assessRisk(env, merchant, payer),
    riskReport: (merchant) => riskReport(env, merchant),
    labelPayment: (merchantId, orderId, label) => labelPayment(env, { merchantId, orderId }, label),
  };
}

function ledgerPorts(env: Bindings): HttpDeps["ledger"] {
  return {
    keepUnmatched: (merchantId, webhook) =>
      env.LEDGERS.getByName(merchantId).keepUnmatched(webhook),
    unmatched: (merchantId) => env.LEDGERS.getByName(merchantId).unmatched(),
    silence: (merchantId) => env.LEDGERS.getByName(merchantId).silence(),
    parked: (merchantId) => env.LEDGERS.getByName(merchantId).parked(),
    unpark: (merchantId, orderId, sequence) =>
      env.LEDGERS.getByName(merchantId).unpark(orderId, sequence),
  };
}
