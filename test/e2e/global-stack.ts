import type { TestProject } from "vitest/node";
import { type StackAddress, startStack } from "./stack.ts";

declare module "vitest" {
  interface ProvidedContext {
    stack: StackAddress;
  }
}

/** One stack for all test files that do not break it. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const stack = await startStack();
  project.provide("stack", stack.address);
  return () => stack.stop();
}
