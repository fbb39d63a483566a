/** A merchant's first call, against `npm run dev`: makes a payment, prints where to pay, waits for the money. */
import { readFileSync } from "node:fs";
import { parseEnv } from "node:util";
import { createClient } from "#client";
import { SHOP_KEY_ID } from "./dev-vars.ts";

const secrets = JSON.parse(parseEnv(readFileSync(".dev.vars", "utf8"))["BOOTSTRAP"] ?? "{}");
const key = secrets.merchants[0].apiKeys.find((one: { id: string }) => one.id === SHOP_KEY_ID);

const client = createClient({
  baseUrl: "http://127.0.0.1:8787",
  keyId: key.id,
  secret: key.secret,
});
const { merchantOrderId } = await client.initiate({
  amount: 49_900,
  redirectUrl: "http://127.0.0.1:8788/shop/orders",
});
console.log(`Order ${merchantOrderId}: settle it at http://127.0.0.1:8788/ (the sandbox's books).`);

for (;;) {
  const payment = await client.status(merchantOrderId);
  console.log(`${new Date().toLocaleTimeString()}  ${payment.state}`);
  if (payment.state !== "PENDING" && payment.state !== "INITIATING") break;
  await new Promise((resolve) => setTimeout(resolve, 3_000));
}
