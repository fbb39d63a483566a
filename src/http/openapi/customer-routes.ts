import * as z from "zod";
import { merchantOrderIdSchema, once } from "#base";
import { EXAMPLES } from "./examples.ts";
import { type ParameterDoc, type RouteDoc, SIGNED_PROBLEMS } from "./route-doc.ts";

const customerId = once(() => z.string().min(1).max(256));

const ID_IN_PATH: ParameterDoc = {
  name: "id",
  in: "path",
  description: "Your id of the customer: `customer.id` of initiate, percent-encoded.",
  schema: customerId,
  required: true,
  example: "customer-17",
};

const ADMIN = { type: "signed", scope: "admin", rateClass: "security" } as const;

/** What the law gives a merchant's customers (docs/privacy.md). */
export const CUSTOMER_ROUTES: Readonly<Record<string, RouteDoc>> = {
  "POST /api/admin/customers/:id/export": {
    operationId: "exportCustomer",
    tag: "Customers",
    summary: "Export what is kept of a customer",
    description:
      "Everything that the gateway keeps of one of your customers, payment by payment, and where it lies. " +
      "A payment counts from some seconds after its initiate. Somebody unknown has no payments.",
    caller: ADMIN,
    parameters: [
      ID_IN_PATH,
      {
        name: "after",
        in: "query",
        description: "`next` of the page before.",
        schema: () => merchantOrderIdSchema,
        required: false,
        example: "order-1001",
      },
    ],
    answers: {
      200: {
        type: "json",
        description: "What is kept.",
        schema: "CustomerExport",
        example: EXAMPLES.customerExport,
      },
    },
    problems: [...SIGNED_PROBLEMS, "validation_failed"],
  },
  "POST /api/admin/customers/:id/erase": {
    operationId: "eraseCustomer",
    tag: "Customers",
    summary: "Erase a customer",
    description:
      "Makes what is kept of one of your customers unreadable for good, in every copy. Amounts, states and ids stay, " +
      "as the law asks. There is no way back. Repeating it says the same; somebody unknown is answered alike.",
    caller: ADMIN,
    parameters: [ID_IN_PATH],
    answers: {
      200: {
        type: "json",
        description: "The customer is erased.",
        schema: "CustomerErased",
        example: EXAMPLES.customerErased,
      },
    },
    problems: [...SIGNED_PROBLEMS, "validation_failed"],
  },
};
