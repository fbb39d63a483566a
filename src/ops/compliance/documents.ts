/** Pages of this repository that a control may rest on. Whoever changes what a page says moves its date. */
export const DOCUMENTS = {
  apiKeys: { path: "docs/api-keys.md", title: "API keys", datedOn: "2026-11-24" },
  architecture: { path: "docs/architecture.md", title: "Architecture", datedOn: "2026-11-25" },
  audit: { path: "docs/audit.md", title: "The audit log", datedOn: "2026-11-25" },
  backup: { path: "docs/backup.md", title: "Backups", datedOn: "2026-11-25" },
  compliance: { path: "docs/compliance.md", title: "Compliance report", datedOn: "2026-11-25" },
  configuration: {
    path: "docs/configuration.md",
    title: "Configuration and credentials",
    datedOn: "2026-11-24",
  },
  degradation: {
    path: "docs/degradation.md",
    title: "When something is down",
    datedOn: "2026-11-25",
  },
  deploy: { path: "docs/deploy.md", title: "Deploying", datedOn: "2026-11-25" },
  disaster: { path: "docs/disaster.md", title: "When everything is lost", datedOn: "2026-11-25" },
  encryption: {
    path: "docs/encryption.md",
    title: "Encrypted requests, encrypted and signed answers",
    datedOn: "2026-11-24",
  },
  keys: { path: "docs/keys.md", title: "The gateway's own keys", datedOn: "2026-11-25" },
  notifications: {
    path: "docs/notifications.md",
    title: "Notifications to a merchant's server",
    datedOn: "2026-11-24",
  },
  openapi: { path: "docs/openapi.json", title: "The API described", datedOn: "2026-11-25" },
  privacy: { path: "docs/privacy.md", title: "Personal data", datedOn: "2026-11-25" },
  providers: { path: "src/providers/README.md", title: "providers", datedOn: "2026-11-24" },
  reliability: {
    path: "docs/reliability.md",
    title: "Reliability: killed under load",
    datedOn: "2026-11-24",
  },
  residency: { path: "docs/residency.md", title: "Payment data in India", datedOn: "2026-11-25" },
  retention: {
    path: "docs/retention.md",
    title: "What is kept, how long, where, why",
    datedOn: "2026-11-25",
  },
} as const satisfies Record<string, DatedDocument>;

export interface DatedDocument {
  readonly path: string;
  readonly title: string;
  /** A UTC date. */
  readonly datedOn: string;
}

export type DocumentId = keyof typeof DOCUMENTS;
