import { defineConfig } from "vitest/config";

/** Takes as long as all others. */
const FAULTS = ["test/e2e/fault-scenarios.test.ts"];

/** What they need they start themselves: these can run beside the tests of the shared stack. */
const OWN = [
  "test/e2e/audit-verify.test.ts",
  "test/e2e/commands.test.ts",
  "test/e2e/crash.test.ts",
  "test/e2e/leaks.test.ts",
  "test/e2e/official-sdk.test.ts",
  "test/e2e/razorpay-sdk.test.ts",
  "test/e2e/restart.test.ts",
  "test/e2e/restore.test.ts",
  "test/e2e/secret-scanner.test.ts",
];

const common = {
  fileParallelism: false, // two cores, shared with the processes
  maxConcurrency: 60, // tests that wait for PhonePe's schedule wait side by side
  testTimeout: 60_000,
  hookTimeout: 90_000,
};

/** Tests that run in Node beside real processes: the sandbox, the gateway, a browser. */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          ...common,
          name: "stack",
          include: [
            "test/e2e/**/*.test.ts",
            "test/conformance/**/*.test.ts",
            "test/browser/**/*.test.ts",
          ],
          exclude: [...OWN, ...FAULTS],
          globalSetup: "test/e2e/global-stack.ts",
        },
      },
      { test: { ...common, name: "own", include: OWN } },
      { test: { ...common, name: "faults", include: FAULTS } },
    ],
  },
});
