/** The sandbox's books, as the oracle that the gateway is compared with. */
import * as z from "zod";
import { callAdmin } from "./sandbox-process.ts";
import type { StackAddress } from "./stack.ts";

const orderSchema = z.object({
  state: z.string(),
  amountPaisa: z.number(),
  calls: z.array(z.object({ endpoint: z.string(), httpStatus: z.number() })),
  captures: z.array(z.object({ amountPaisa: z.number() })),
  refunds: z.array(z.object({ amountPaisa: z.number(), state: z.string() })),
  webhooks: z.array(z.object({ event: z.string(), state: z.string() })),
});
const booksSchema = z.object({
  tokenRequests: z.number(),
  orders: z.array(z.object({ merchantOrderId: z.string(), state: z.string() })),
});

export function booksOf({ sandbox }: StackAddress) {
  const admin = (method: string, path: string, body?: object) =>
    callAdmin(`${sandbox}${path}`, method, body);
  return {
    admin,
    order: async (id: string) => orderSchema.parse(await admin("GET", `/admin/books/orders/${id}`)),
    all: async () => booksSchema.parse(await admin("GET", "/admin/books")),
    settle: (id: string, outcome: string) =>
      admin("POST", `/admin/orders/${id}/settle`, { outcome, instrument: "UPI" }),
    switches: (switches: object, merchantOrderId?: string) =>
      admin("PUT", "/admin/switches", {
        switches,
        ...(merchantOrderId === undefined ? {} : { merchantOrderId }),
      }),
    fault: (endpoint: string, kind: string, more: object = {}) =>
      admin("POST", "/admin/faults", { endpoint, kind, times: 1, ...more }),
  };
}

export async function callsOf(
  books: ReturnType<typeof booksOf>,
  id: string,
  endpoint: string,
): Promise<number> {
  const { calls } = await books.order(id);
  return calls.filter((call) => call.endpoint === endpoint).length;
}
