/// <reference types="vite/client" />
import { describe, expect, it } from "vitest";
import text from "../../wrangler.toml?raw";
import { readToml, type TomlTable } from "./read-toml.ts";

const CONFIG = readToml(text);
const tables = (name: string): readonly TomlTable[] => CONFIG.get(name) ?? [];
const only = (name: string): TomlTable => {
  const [table, ...more] = tables(name);
  if (!table || more.length > 0) throw new Error(`expected one [${name}]`);
  return table;
};

/** What wrangler does not let an environment inherit; `env.production` has to say it again. */
const NOT_INHERITED = [...CONFIG.keys()].filter(
  (name) =>
    name !== "" && !name.startsWith("env.") && !/^(exports|observability|dependencies_)/.test(name),
);
const IN_PRODUCTION = [...CONFIG.keys()].filter((name) => /^env\.production\../.test(name));

describe("wrangler.toml", () => {
  it("api.md 8: production repeats every kind of binding, and has none that development lacks", () => {
    const kinds = IN_PRODUCTION.map((name) => name.slice("env.production.".length));
    expect(kinds.toSorted()).toEqual(NOT_INHERITED.toSorted());
    expect(NOT_INHERITED).toContain("durable_objects.bindings");
    expect(NOT_INHERITED).toContain("kv_namespaces");
  });

  it.each(NOT_INHERITED.filter((name) => name !== "vars"))(
    "api.md 8: production repeats every entry of %s",
    (name) => {
      const named = (place: string) =>
        tables(place).map((table) => {
          // Names of what is bound may differ per environment, the names that the code uses may not.
          const { binding, name: bindingName, class_name } = Object.fromEntries(table);
          return { binding, name: bindingName, class_name };
        });
      expect(named(`env.production.${name}`)).toEqual(named(name));
    },
  );

  it("api.md 8: production has every variable", () => {
    const names = (place: string) => [...only(place).keys()].toSorted();
    expect(names("env.production.vars")).toEqual(names("vars"));
    expect(only("env.production.vars").get("ENVIRONMENT")).toBe("production");
    expect(only("vars").get("ENVIRONMENT")).toBe("development");
  });

  it.each([...only("env.production.vars")])(
    "api.md 8: production's %s points neither to this machine nor to a sandbox",
    (_, value) => {
      expect(String(value)).not.toMatch(/localhost|127\.|0\.0\.0\.0|\[::|preprod|sandbox|uat|stg/i);
      expect(String(value)).toMatch(/^(https:\/\/[a-z0-9.-]+(\/|$)|[^:]*$)/);
    },
  );

  it("contract.md 1.1: production talks to PhonePe's own hosts", () => {
    expect(Object.fromEntries(only("env.production.vars"))).toMatchObject({
      PHONEPE_PG_URL: "https://api.phonepe.com/apis/pg",
      PHONEPE_OAUTH_URL: "https://api.phonepe.com/apis/identity-manager",
      PHONEPE_CHECKOUT_SCRIPT_URL: "https://mercury.phonepe.com/web/bundle/checkout.js",
    });
  });

  it("api.md 8: production talks to Razorpay's own host", () => {
    expect(only("env.production.vars").get("RAZORPAY_URL")).toBe("https://api.razorpay.com");
  });

  it("api.md 8: development talks to this machine alone", () => {
    for (const value of [...only("vars").values()].map(String)) {
      expect(value).toMatch(/^(http:\/\/(127\.0\.0\.1|localhost):|[^:]*$)/);
    }
  });

  it("PCI-8.6.2: no secret is a variable", () => {
    const names = [...only("vars").keys(), ...only("env.production.vars").keys()];
    expect(names.filter((name) => /SECRET|KEY|PASSWORD|TOKEN|BOOTSTRAP|SALT/.test(name))).toEqual(
      [],
    );
  });

  it("style.md 7: every object of a binding is exported with SQLite storage", () => {
    for (const binding of tables("durable_objects.bindings")) {
      expect(
        Object.fromEntries(only(`exports.${String(binding.get("class_name"))}`)),
      ).toMatchObject({
        type: "durable-object",
        storage: "sqlite",
      });
    }
  });
});
