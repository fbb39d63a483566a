/** Ports of customers: whose key closes a payment's personal part, and how an erasure reaches the payments. */
import * as z from "zod";
import { type MerchantId, once } from "#base";
import { type CustomerDeps, customerObjectName, paymentContext } from "#customers";
import type { CustomerPage, HttpDeps } from "#http";
import { paymentObjectName, type PersonalPorts } from "#payments";
import { open, seal } from "#vault";
import type { Bindings } from "../env.ts";
import { clock, log } from "../platform.ts";
import { appendAudit } from "./audit.ts";
import { bucketOf } from "./buckets.ts";
import { forgetProfile } from "./risk.ts";
import { recordKeysOf } from "./record-keys.ts";

export function customerOf(env: Bindings, merchantId: MerchantId, customer: string) {
  return env.CUSTOMERS.getByName(customerObjectName(merchantId, customer));
}

/** What a customer's object works with. */
export function wireCustomers(env: Bindings): CustomerDeps {
  return {
    nowMs: clock,
    log,
    recordKeys: recordKeysOf(env),
    copiesOf: (name) => ({
      write: (text) => bucketOf(env, "backups").put(`persons/${name}`, text),
      async read() {
        const file = await bucketOf(env, "backups").get(`persons/${name}`);
        return file && new TextDecoder().decode(file);
      },
    }),
    audit: (merchantId, events) => appendAudit(env, merchantId, events),
    forgetProfile: ({ merchantId, customer }) => forgetProfile(env, merchantId, customer),
    async erasePayment({ merchantId, merchantOrderId }, atMs) {
      await env.PAYMENTS.getByName(paymentObjectName(merchantId, merchantOrderId)).erase(atMs);
    },
  };
}

/** A payment whose merchant named no customer belongs to nobody who could ask for an erasure: the merchant's record key closes it. */
export function personalPorts(env: Bindings): PersonalPorts {
  return {
    async seal({ customer, ...payment }, text) {
      if (customer === null) {
        const keyring = await recordKeysOf(env).newest(payment.merchantId);
        return seal(keyring, paymentContext(payment), text);
      }
      return customerOf(env, payment.merchantId, customer).seal({ ...payment, customer }, text);
    },
    async open({ customer, ...payment }, envelope) {
      if (customer !== null) {
        return customerOf(env, payment.merchantId, customer).open(
          { ...payment, customer },
          envelope,
        );
      }
      const keyring = await recordKeysOf(env).for(payment.merchantId, envelope);
      const text = await open(keyring, paymentContext(payment), envelope);
      if (text === undefined) throw new Error("a personal envelope does not open");
      return { text };
    },
  };
}

/** Payments per page of an export: each is one call, and may be one reading from the archive. */
const EXPORT_PAGE = 50;
const exportedSchema = once(() => z.record(z.string(), z.json()));

/** What operators may do with a customer. */
export function customerPorts(env: Bindings): HttpDeps["customers"] {
  return {
    erase: (merchantId, customer, by) =>
      customerOf(env, merchantId, customer).erase({ merchantId, customer }, by),
    async export(merchantId, customer, { after, by }): Promise<CustomerPage> {
      const person = customerOf(env, merchantId, customer);
      const page = { after, limit: EXPORT_PAGE };
      const { erasedAtMs, payments: ids } = await person.export({ merchantId, customer }, page, by);
      const texts = await Promise.all(
        ids.map((id) => env.PAYMENTS.getByName(paymentObjectName(merchantId, id)).exportPerson()),
      );
      // A payment that has gone meanwhile has nothing to tell.
      const payments = texts.flatMap((text) =>
        text === null ? [] : [exportedSchema().parse(JSON.parse(text))],
      );
      const next = ids.length < EXPORT_PAGE ? null : (ids.at(-1) ?? null);
      return { erasedAtMs, payments, next };
    },
  };
}
