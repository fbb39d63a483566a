/** What a merchant's configuration names and risk works with: neither room may use the other. */
export const RULE_IDS = [
  "new_device",
  "new_network",
  "device_customers_1h",
  "device_customers_1d",
  "network_customers_1h",
  "network_customers_1d",
  "customer_declines_10m",
  "customer_declines_1h",
  "device_declines_10m",
  "device_declines_1h",
  "network_declines_10m",
  "network_declines_1h",
  "country_mismatch",
  "enumeration",
  "customer_blocked",
  "device_blocked",
  "network_blocked",
  "customer_allowed",
] as const;

export const MODEL_NAMES = ["reference", "none"] as const;
