import { defineConfig } from "vitest/config";

/** Tests that run in Node beside real processes: the sandbox, the gateway, a browser. */
export default defineConfig({
  test: {
    include: ["test/e2e/**/*.test.ts", "test/browser/**/*.test.ts"],
    fileParallelism: false, // they share ports and two cores
    testTimeout: 60_000,
    hookTimeout: 90_000,
  },
});
