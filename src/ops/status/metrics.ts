/** The same look as Prometheus text, exposition format 0.0.4. Pure. */
import { SECOND_MS } from "#base";
import type { Circuit, SecurityFacts } from "../checks/check.ts";
import { securityScore } from "../checks/score.ts";
import type { SecurityLook } from "./security-status.ts";

interface Sample {
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}

interface Family {
  readonly name: string;
  readonly help: string;
  readonly samples: readonly Sample[];
}

/** Every figure is as it is now, so that all are gauges; one that nobody could find out is left out. */
export function metricsText(look: SecurityLook): string {
  return familiesOf(look)
    .filter(({ samples }) => samples.length > 0)
    .map(familyText)
    .join("");
}

function familiesOf({ results, refusals, facts }: SecurityLook): Family[] {
  return [
    {
      name: "foolproof_security_score",
      help: "Share of the weight of all checks that hold, 0 to 100.",
      samples: [{ value: securityScore(results) }],
    },
    {
      name: "foolproof_check_ok",
      help: "Whether a check of docs/security-status.md holds (1) or not (0).",
      samples: results.map(({ id, ok }) => ({ labels: { id }, value: ok ? 1 : 0 })),
    },
    {
      name: "foolproof_refusals_last_hour",
      help: "Requests that the deployment refused within the last hour, by problem code.",
      samples: Object.entries(refusals).map(([code, value]) => ({ labels: { code }, value })),
    },
    {
      name: "foolproof_breaker_state",
      help: "Circuit breaker by provider and operation: 0 closed, 1 half open, 2 open.",
      samples: (facts.circuits ?? []).map(circuitSample),
    },
    ...factFamilies(facts),
  ];
}

function factFamilies(facts: Partial<SecurityFacts>): Family[] {
  const { parkedNotifications, webhookSilenceMs, auditUnsealed } = facts;
  const silenceSec = webhookSilenceMs === undefined ? undefined : webhookSilenceMs / SECOND_MS;
  return [
    {
      name: "foolproof_notifications_parked",
      help: "Notifications that wait for an operator; counted up to 200.",
      samples: known(parkedNotifications),
    },
    {
      name: "foolproof_webhook_silence_seconds",
      help: "For how long payments have ended without a webhook; 0 when webhooks are heard.",
      samples: known(silenceSec),
    },
    {
      name: "foolproof_audit_unsealed_entries",
      help: "Entries of the audit log that wait for their seal.",
      samples: known(auditUnsealed),
    },
  ];
}

function known(value: number | undefined): Sample[] {
  return value === undefined ? [] : [{ value }];
}

const STATE_VALUES = { closed: 0, half_open: 1, open: 2 } as const;

function circuitSample({ provider, operation, state }: Circuit): Sample {
  return { labels: { provider, operation }, value: STATE_VALUES[state] };
}

function familyText({ name, help, samples }: Family): string {
  const lines = samples.map(({ labels = {}, value }) => `${name}${labelsText(labels)} ${value}\n`);
  return `# HELP ${name} ${escapeHelp(help)}\n# TYPE ${name} gauge\n${lines.join("")}`;
}

function labelsText(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapeLabel(value)}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

function escapeHelp(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
}

function escapeLabel(text: string): string {
  return escapeHelp(text).replaceAll('"', '\\"');
}
