/** Notices about keys that end or want a successor (GCM-9), as the merchant's server gets them. */
import type { ApiKeyRecord, KeyNotice } from "./api-key-record.ts";

export interface VaultNotice {
  readonly id: string;
  readonly type: "api_key.rotation_due" | "api_key.expiring";
  readonly body: string;
}

/** The same bytes at every try. */
export function noticeOf(record: ApiKeyRecord, notice: KeyNotice): VaultNotice {
  const { id, name, noticesSent } = record;
  const type = notice.reason === "expiry" ? "api_key.expiring" : "api_key.rotation_due";
  const data = { id, name, dueAt: notice.dueAtMs };
  return {
    id: `${id}_notice_${noticesSent}`,
    type,
    body: JSON.stringify({ type, timestamp: new Date(notice.atMs).toISOString(), data }),
  };
}
