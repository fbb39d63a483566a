import * as z from "zod";

/** What the API accepts. Razorpay refuses fields that it does not know. */

const paisa = z.coerce.number().int().min(100);
const notes = z
  .record(z.string().max(256), z.union([z.string().max(256), z.number()]))
  .refine((all) => Object.keys(all).length <= 15, "maximum 15 key-value pairs")
  .default({});

export const linkBodySchema = z
  .strictObject({
    amount: paisa,
    currency: z.literal("INR").default("INR"),
    accept_partial: z.literal(false, "partial payments are not simulated").default(false),
    first_min_partial_amount: z.number().int().optional(),
    upi_link: z.boolean().optional(),
    description: z.string().max(2048).default(""),
    reference_id: z.string().max(40).default(""),
    customer: z.looseObject({}).optional(),
    expire_by: z.number().int().optional(),
    notify: z.looseObject({}).optional(),
    reminder_enable: z.boolean().optional(),
    notes,
    callback_url: z.url().optional(),
    callback_method: z.literal("get").optional(),
    options: z.looseObject({}).optional(),
  })
  .refine((body) => !body.callback_url || body.callback_method, {
    path: ["callback_method"],
    message: "is required with callback_url",
  });

export const refundBodySchema = z.strictObject({
  amount: z.coerce.number().int().min(1).optional(),
  speed: z.enum(["normal", "optimum"]).default("normal"),
  receipt: z.string().max(40).default(""),
  notes,
});
