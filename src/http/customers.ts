/** What is kept of one of the merchant's customers: shown, and made unreadable for good (GDR-3, GDR-4). */
import { merchantOrderIdSchema } from "#base";
import { orUnavailable } from "./call-payment.ts";
import { changedBy } from "./changed-by.ts";
import { customerHash } from "./customer-hash.ts";
import { KEPT_AFTER_ERASURE, KEPT_OF_A_CUSTOMER } from "./customer-places.ts";
import { type Call, jsonAnswer, noBody, type Operation } from "./operation.ts";
import { invalidField } from "./validate.ts";

/** As long as `customer.id` of initiate may be. */
const CUSTOMER_ID_MAX = 256;

/** `POST /api/admin/customers/{id}/export`: all that is kept of the person, and where. */
export const exportCustomerOperation: Operation<typeof noBody> = {
  scope: "admin",
  rateClass: "security",
  schema: noBody,
  handle: exportCustomer,
};

/** `POST /api/admin/customers/{id}/erase`: nobody reads it any more, here or in any copy. Repeating it says the same. */
export const eraseCustomerOperation: Operation<typeof noBody> = {
  scope: "admin",
  rateClass: "security",
  schema: noBody,
  handle: eraseCustomer,
};

async function exportCustomer(call: Call<undefined>): Promise<Response> {
  const { c, deps, merchant } = call;
  const customerId = customerIdOf(c.req.param("id"));
  const after = afterOf(c.req.query("after"));
  const customer = await customerHash(customerId);
  const page = await orUnavailable("The export cannot be made now: repeat the call.", () =>
    deps.customers.export(merchant.id, customer, { after, by: changedBy(call) }),
  );
  const { erasedAtMs, payments, next } = page;
  const answer = { customerId, erasedAt: erasedAtMs, payments, next, places: KEPT_OF_A_CUSTOMER };
  return jsonAnswer(200, JSON.stringify(answer));
}

/** Somebody unknown is answered like somebody of whom nothing is kept: whose customer a person is stays untold. */
async function eraseCustomer(call: Call<undefined>): Promise<Response> {
  const { c, deps, merchant } = call;
  const customerId = customerIdOf(c.req.param("id"));
  const customer = await customerHash(customerId);
  const erasure = await orUnavailable("The erasure is not sure yet: repeat the call.", () =>
    deps.customers.erase(merchant.id, customer, changedBy(call)),
  );
  const { erasedAtMs, payments, pending } = erasure;
  const answer = { customerId, erasedAt: erasedAtMs, payments, pending, kept: KEPT_AFTER_ERASURE };
  return jsonAnswer(200, JSON.stringify(answer));
}

function customerIdOf(id: string | undefined): string {
  if (id === undefined || id.length > CUSTOMER_ID_MAX) {
    throw invalidField("/id", "too_big", `at most ${CUSTOMER_ID_MAX} characters`);
  }
  return id;
}

function afterOf(after: string | undefined): string {
  if (after === undefined) return "";
  const id = merchantOrderIdSchema.safeParse(after);
  if (!id.success) throw invalidField("/after", "invalid_value", "`next` of the page before");
  return id.data;
}
