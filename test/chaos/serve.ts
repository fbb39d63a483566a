/** One worker in a process group of its own, so that a chaos run can kill it whole. Reads its orders from a file. */
import { readFileSync } from "node:fs";
import * as z from "zod";
import { runWorker } from "../bench/runtime.ts";

const ordersSchema = z.object({
  name: z.string(),
  bundle: z.string(),
  settings: z.record(z.string(), z.unknown()),
  stateDirectory: z.string(),
  port: z.int(),
});
export type ServeOrders = z.infer<typeof ordersSchema>;

const { bundle, ...orders } = ordersSchema.parse(
  JSON.parse(readFileSync(process.argv[2] ?? "", "utf8")),
);
await runWorker({ ...orders, modules: { "index.js": readFileSync(bundle, "utf8") } });
process.stdout.write("ready\n");
