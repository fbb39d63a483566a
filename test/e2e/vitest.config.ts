import { defineConfig } from "vitest/config";

/** What they need they start themselves; in lanes that take equally long, since they run side by side. */
const OWN = {
  faults: ["test/e2e/fault-scenarios.test.ts"],
  losses: ["test/e2e/crash.test.ts", "test/e2e/leaks.test.ts", "test/e2e/restore.test.ts"],
  tools: [
    "test/e2e/audit-verify.test.ts",
    "test/e2e/commands.test.ts",
    "test/e2e/official-sdk.test.ts",
    "test/e2e/razorpay-sdk.test.ts",
    "test/e2e/restart.test.ts",
    "test/e2e/secret-scanner.test.ts",
  ],
};

/** Half of those that share a stack; the other half has another one. */
const SHARED = ["test/e2e/doctor.test.ts", "test/e2e/repeats.test.ts", "test/e2e/waits.test.ts"];

const common = {
  fileParallelism: false, // two cores, shared with the processes
  // Tests that wait for PhonePe's schedule wait side by side; more of them at once would wait for the machine.
  maxConcurrency: 16,
  // How fast the machine is must not decide whether a test passes.
  testTimeout: 180_000,
  hookTimeout: 180_000,
};

const shared = { ...common, globalSetup: "test/e2e/global-stack.ts" };

/** Tests that run in Node beside real processes: the sandbox, the gateway, a browser. */
export default defineConfig({
  test: {
    projects: [
      { test: { ...shared, name: "shared", include: SHARED } },
      {
        test: {
          ...shared,
          name: "stack",
          include: [
            "test/e2e/**/*.test.ts",
            "test/conformance/**/*.test.ts",
            "test/browser/**/*.test.ts",
          ],
          exclude: [...SHARED, ...Object.values(OWN).flat()],
        },
      },
      ...Object.entries(OWN).map(([name, include]) => ({ test: { ...common, name, include } })),
    ],
  },
});
