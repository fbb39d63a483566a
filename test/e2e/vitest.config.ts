import { defineConfig } from "vitest/config";

/** Tests that run in Node beside real processes: the sandbox, the gateway, a browser. */
export default defineConfig({
  test: {
    include: [
      "test/e2e/**/*.test.ts",
      "test/conformance/**/*.test.ts",
      "test/browser/**/*.test.ts",
    ],
    globalSetup: "test/e2e/global-stack.ts",
    fileParallelism: false, // two cores, shared with the processes
    maxConcurrency: 60, // tests that wait for PhonePe's schedule wait side by side
    testTimeout: 60_000,
    hookTimeout: 90_000,
  },
});
