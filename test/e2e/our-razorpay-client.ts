/**
 * The gateway's client in Node. Its room's entry needs workerd, the client itself does not: the file is taken past the
 * entry, and what these tests need of it is said here.
 */
import { addMissingBytes } from "../dev/node-bytes.ts";
import type { OutboundRequest, OutboundResult } from "../../src/providers/outbound.ts";

interface Outcome {
  readonly type: string;
  readonly providerRef?: string;
}

interface RefundIds {
  readonly merchantRefundId: string;
  readonly providerOrderId: string;
}

export interface OurRazorpayClient {
  pay(command: {
    readonly providerOrderId: string;
    readonly amountPaisa: number;
    readonly order: object;
  }): Promise<Outcome>;
  orderStatus(providerOrderId: string): Promise<Outcome>;
  refund(command: RefundIds & { readonly amountPaisa: number }): Promise<Outcome>;
  refundStatus(query: RefundIds): Promise<Outcome>;
}

interface ClientModule {
  makeRazorpayClient(options: {
    readonly guarded: (
      operation: string,
      request: Omit<OutboundRequest, "timeoutMs">,
    ) => Promise<OutboundResult>;
    readonly nowMs: () => number;
    readonly url: string;
    readonly credentials: object;
  }): OurRazorpayClient;
}

// Not a literal, so that the types of half the gateway, which are workerd's, stay out of Node's.
const path: string = new URL("../../src/providers/razorpay/client.ts", import.meta.url).href;
const client: ClientModule = await import(path);

addMissingBytes();

export const ourRazorpayClient: ClientModule["makeRazorpayClient"] = (options) =>
  client.makeRazorpayClient(options);
