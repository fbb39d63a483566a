/** The parent's end of driver.ts. */
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Scenario, Target } from "./scenarios.ts";

export interface Order {
  readonly scenario: Scenario;
  readonly target: Target;
  /** The workerd process whose CPU time counts. */
  readonly pid: number;
  /** The loop ends with whichever comes first. */
  readonly secondsMax: number;
  readonly requestsMax: number;
}

export interface Measured {
  readonly requests: number;
  /** Answers with another status than the scenario's. */
  readonly unexpected: number;
  readonly perSec: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** CPU time of workerd per request, in microseconds. */
  readonly cpuUs: number;
}

export type DriverAnswer =
  | { readonly ok: true; readonly measured: Measured }
  | { readonly ok: false; readonly reason: string };

export interface Driver {
  run(order: Order): Promise<Measured>;
  stop(): void;
}

export function startDriver(): Driver {
  const child = fork(fileURLToPath(new URL("driver.ts", import.meta.url)));
  return {
    run: (order) =>
      new Promise((resolve, reject) => {
        const died = () => reject(new Error("the driver ended by itself"));
        child.once("exit", died);
        child.once("message", (answer: DriverAnswer) => {
          child.off("exit", died);
          if (answer.ok) resolve(answer.measured);
          else reject(new Error(`the driver failed: ${answer.reason}`));
        });
        child.send(order);
      }),
    stop: () => {
      child.kill();
    },
  };
}
