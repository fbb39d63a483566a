/** The shop's calls to the gateway. */
import * as z from "zod";
import {
  type Client,
  ConnectionError,
  type Payment,
  type PaymentStatus,
  ProblemError,
} from "#client";
import { type Basket, orderIdOf } from "./basket.ts";
import { isMoving, outcomeOf, refundLabel } from "./outcome.ts";
import { isPayable } from "./pages/outcome-page.ts";

/** The payer as this request shows them. */
interface Payer {
  readonly ip?: string | undefined;
  readonly userAgent?: string | undefined;
}

const USER_AGENT_CHARS_MAX = 256;
const address = z.union([z.ipv4(), z.ipv6()]);

/** Starts the payment of a basket. Safe to repeat: the basket gives the order's id. */
export async function startPayment(
  client: Client,
  basket: Basket,
  shopper: { readonly origin: string; readonly payer: Payer },
): Promise<Payment> {
  const orderId = await orderIdOf(basket);
  return client.initiate({
    merchantOrderId: orderId,
    amount: basket.amountPaisa,
    redirectUrl: `${shopper.origin}/shop/return/${orderId}`,
    message: "Tea from Chai and Co.",
    metaInfo: { udf1: "demo-shop" },
    device: deviceOf(shopper.payer),
  });
}

/**
 * The order as the gateway knows it now. Undefined: the gateway gives no answer, so nobody knows.
 *
 * @throws {ProblemError} for an answer that is no answer to wait for, e.g. `payment_not_found`
 */
export async function readOrder(
  client: Client,
  orderId: string,
): Promise<PaymentStatus | undefined> {
  try {
    return await client.status(orderId, { refresh: true });
  } catch (error) {
    const isPassing = error instanceof ProblemError && (error.status === 429 || error.status > 499);
    if (error instanceof ConnectionError || isPassing) return undefined;
    throw error;
  }
}

/** What the pages' script asks for every two seconds. It holds no pay token. */
export function orderSummary(payment: PaymentStatus) {
  return {
    state: payment.state,
    outcome: outcomeOf(payment.state),
    payable: isPayable(payment),
    moving: isMoving(payment),
    refunds: payment.refunds.map((refund) => ({
      id: refund.merchantRefundId,
      state: refund.state,
      label: refundLabel(refund),
    })),
  };
}

/** Only what the gateway would take: a refused order for a strange user agent helps nobody. */
function deviceOf({ ip, userAgent }: Payer) {
  const parsedIp = address.safeParse(ip);
  return {
    ...(parsedIp.success && { ip: parsedIp.data }),
    ...(userAgent !== undefined && { userAgent: userAgent.slice(0, USER_AGENT_CHARS_MAX) }),
  };
}
