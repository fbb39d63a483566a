/**
 * The gateway as a process that can be killed: it runs the bundle it is told to over IPC, says when it is ready, and
 * ends with the process that started it.
 */
import { readFileSync } from "node:fs";
import * as z from "zod";
import { runWorker } from "../bench/runtime.ts";

const orderSchema = z.object({
  bundle: z.string(),
  settings: z.record(z.string(), z.unknown()),
  stateDirectory: z.string(),
  port: z.int(),
});

process.once("message", (message) => void run(orderSchema.parse(message)));

async function run({ bundle, ...order }: z.infer<typeof orderSchema>): Promise<void> {
  const modules = { "index.js": readFileSync(bundle, "utf8") };
  const worker = await runWorker({ name: "gateway", modules, ...order });
  process.once("disconnect", () => void worker.stop().finally(() => process.exit()));
  process.send?.({ workerdPid: worker.pid });
}
