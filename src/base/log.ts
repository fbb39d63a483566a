/** Structured log. Values are codes, counts and our own ids: never a secret, body, URL or person (I10). */
export type LogFields = Readonly<Record<string, string | number | boolean | null>>;
export type Log = (level: "info" | "warn" | "error", message: string, fields?: LogFields) => void;

/** What to log of something caught: the message of an error of our own making, never a whole object. */
export function errorMessage(error: unknown): string {
  return error instanceof Error ? error.message : "unknown";
}
