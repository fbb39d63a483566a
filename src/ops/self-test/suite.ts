import { CALL_CHAPTER } from "./call-tests.ts";
import type { Chapter } from "./chapter.ts";
import { DOOR_CHAPTER } from "./door-tests.ts";

/** Each is a piece of work of its own, so that a run stays within what the platform allows one request. */
export const CHAPTERS: readonly Chapter[] = [DOOR_CHAPTER, CALL_CHAPTER];
