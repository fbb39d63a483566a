import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";
import { TEST_BOOTSTRAP, TEST_MASTER_KEYS } from "./support/secrets.ts";

export default defineConfig({
  // MODEL_RUNS is set by `npm run model -- --runs N`.
  define: {
    MODEL_RUNS: process.env["MODEL_RUNS"] ?? "10000",
    RESTORE_PAYMENTS: process.env["RESTORE_PAYMENTS"] ?? "150", // docs/backup.md measures 10,000
  },
  plugins: [
    cloudflareTest({
      main: "./test/support/worker.ts", // the app with fakes behind its ports
      wrangler: { configPath: "./wrangler.toml" },
      miniflare: { bindings: { BOOTSTRAP: TEST_BOOTSTRAP, MASTER_KEYS: TEST_MASTER_KEYS } },
    }),
  ],
  test: {
    // One isolate for all files: starting one per file takes four times the tests' own time.
    isolate: false,
    // How fast the machine is must not decide whether a test passes.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    setupFiles: ["test/support/fresh-world.ts"],
    include: ["test/**/*.test.ts"],
    exclude: ["test/e2e/**", "test/conformance/**", "test/browser/**", "test/sandbox/**"],
  },
});
