/** How much of what, and how long: each with its unit. */
import { DAY_MS, HOUR_MS, MINUTE_MS } from "#base";

/** A segment is sealed when it is full, when its first entry is this old, and when its month ends. */
export const SEGMENT_ENTRIES_MAX = 1_000;
export const SEGMENT_CHARS_MAX = 4_000_000;
export const SEAL_AFTER_MS = HOUR_MS;
/** More of them in one run of the alarm would hold up appends. */
export const SEGMENTS_PER_RUN_MAX = 10;

/** After a bucket that does not answer: twice as long each time. */
export const RETRY_FIRST_MS = MINUTE_MS;
export const RETRY_MAX_MS = HOUR_MS;
/** Entries this old that are not sealed mean that something is wrong. */
export const UNSEALED_MS_MAX = 3 * HOUR_MS;

/** One call's events. */
export const EVENTS_MAX = 100;
/** An event whose text is longer keeps its who, what and when, and loses its details. */
export const EVENT_CHARS_MAX = 8_192;
/** A producer's outbox asks again within hours: a repeated event is known that much longer. */
export const IDS_KEPT_MS = 7 * DAY_MS;

/** PCI-10.5.1: a year can be searched. */
export const SEARCHABLE_MS = 366 * DAY_MS;
export const PAGE_MAX = 100;
/** Entries that one page looks at; a search that finds nothing goes on with its cursor. */
export const SCANNED_MAX = 2_000;

/** Whole months that a segment is kept after its own: seven years (PCI-3.2.1). */
export const KEPT_MONTHS = 84;
export const REMOVED_PER_RUN_MAX = 500;

/** The daily check looks at what was sealed since the one before, and a little more. */
export const CHECKED_MS = 26 * HOUR_MS;
export const CHECKED_SEGMENTS_MAX = 50;
export const CHECKED_LIVE_MAX = 5_000;
/** Two days without a check: the job does not run (PCI-10.7.2). */
export const CHECK_LATE_MS = 50 * HOUR_MS;

/** A key that signs segments: so long until the next is made, and so long that one waits for backups to hold it. */
export const KEY_LIFE_MS = 365 * DAY_MS;
export const KEY_WAITS_MS = 6 * HOUR_MS;
