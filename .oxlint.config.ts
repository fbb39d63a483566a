import { defineConfig } from "oxlint";

/** Who may use whom. A room not listed on the right is out of reach. */
const MAY_USE: Record<string, string[]> = {
  base: [],
  client: [],
  problems: ["base"],
  vault: ["base", "base-objects"],
  audit: ["base", "base-objects", "vault"],
  residency: ["base"], // where records rest; what they say it does not know
  risk: ["base"],
  customers: ["base", "base-objects", "vault"], // keys and lists of persons; what a payment is comes in through ports
  payments: ["base", "vault", "audit", "risk"],
  providers: ["base", "vault", "payments"], // implements payments' ports; payments never sees a provider
  events: ["base", "base-objects", "vault", "audit", "payments"],
  door: ["base", "problems", "vault", "audit", "risk"], // does not know what a payment is
  http: ["base", "problems", "door", "payments", "events", "customers", "residency"],
  ops: ["base", "problems", "vault", "audit", "payments", "events"],
  dashboard: ["base", "problems", "door", "events", "ops"],
};
const rooms = Object.keys(MAY_USE);

const importRule = (room: string, allowed: string[]) => ({
  files: [`src/${room}/**`],
  rules: {
    "no-restricted-imports": [
      "error",
      {
        patterns: [
          {
            group: ["#*", ...allowed.map((name) => `!#${name}`)],
            message: `${room} may use: ${allowed.join(", ") || "nothing"}.`,
          },
          {
            regex: `^([.]{2}/)+((${rooms.join("|")}|wiring)/|(app|env|platform|index)[.]ts)`,
            message: "Enter another room by its #name.",
          },
        ],
      },
    ],
  },
});

/** The sandbox stands for PhonePe and for a merchant: of ours it may see the merchants' SDK only. */
const sandboxRule = {
  files: ["test/sandbox/**"],
  rules: {
    "no-restricted-imports": [
      "error",
      {
        patterns: [
          { group: ["#*", "!#client"], message: "The sandbox may use: client." },
          { regex: "/src/", message: "The sandbox imports nothing of src." },
        ],
      },
    ],
    "no-restricted-globals": "off",
    "no-restricted-properties": "off",
    "no-console": "off",
    "import/no-default-export": "off",
    "typescript/switch-exhaustiveness-check": [
      "error",
      { considerDefaultExhaustiveForUnions: true },
    ],
  },
} as const;

export default defineConfig({
  plugins: ["typescript", "unicorn", "oxc", "import", "promise", "vitest"],
  categories: { correctness: "error", suspicious: "error" },
  options: { typeAware: true },
  rules: {
    "max-lines": ["error", { max: 300, skipBlankLines: true, skipComments: true }],
    "max-lines-per-function": ["error", { max: 50, skipBlankLines: true, skipComments: true }],
    "max-params": ["error", { max: 3 }],
    "max-depth": ["error", { max: 3 }],
    complexity: ["error", { max: 12 }],
    "no-console": "error",
    "no-shadow": "off",
    "vitest/expect-expect": [
      "error",
      { assertFunctionNames: ["expect", "expect*", "assertProperty"] },
    ],
    "no-restricted-globals": ["error", { name: "fetch", message: "Take an Outbound." }],
    "no-restricted-properties": [
      "error",
      { object: "Date", property: "now", message: "Take a Clock." },
      { object: "Math", property: "random", message: "Use crypto." },
    ],
    "import/no-cycle": "error",
    "import/no-default-export": "error",
    "typescript/no-explicit-any": "error",
    "typescript/no-non-null-assertion": "error",
    "typescript/consistent-type-imports": "error",
    "typescript/no-floating-promises": "error",
    "typescript/no-misused-promises": "error",
    "typescript/switch-exhaustiveness-check": "error",
    "typescript/only-throw-error": "error",
  },
  overrides: [
    ...Object.entries(MAY_USE).map(([room, allowed]) => importRule(room, allowed)),
    {
      files: [
        "src/index.ts",
        "test/support/worker.ts",
        "test/bench/verify/worker.ts",
        "test/bench/envelope/worker.ts",
        "test/risk-lab/bench/worker.ts",
        "test/chaos/worker/worker.ts",
        "test/chaos/worker/sandbox.ts",
        "test/vitest.config.ts",
        "test/e2e/vitest.config.ts",
        ".oxlint.config.ts",
      ],
      rules: { "import/no-default-export": "off" },
    },
    {
      files: ["src/platform.ts"],
      rules: {
        "no-console": "off",
        "no-restricted-globals": "off",
        "no-restricted-properties": "off",
      },
    },
    {
      files: ["test/**"],
      rules: {
        "max-lines-per-function": "off",
        "max-lines": "off",
        complexity: "off",
        "unicorn/consistent-function-scoping": "off",
        "import/no-named-as-default-member": "off", // fast-check is used as `fc`
        "import/no-unassigned-import": "off", // a test file may be made of several
        "no-restricted-properties": "off", // a test has its own clock
      },
    },
    sandboxRule,
    {
      files: [
        "test/e2e/**",
        "test/browser/**",
        "test/dev/**",
        "test/bench/**",
        "test/chaos/**",
        "test/risk-lab/**",
      ],
      rules: {
        "no-restricted-globals": "off",
        "no-restricted-properties": "off",
        "no-console": "off",
      },
    },
  ],
});
