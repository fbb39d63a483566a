/**
 * Who was seen together with a key, and when last: a list of bounded length, so counts of distinct members stop at its
 * length. The member that was quiet longest makes room for a new one. Members are short keyed hashes, never raw values.
 */

/** Two numbers a member: its hash, and when it was last seen. */
export type Members = number[];

export const MEMBER_NUMBERS = 2;

/** Whether the member was not in the list. A late event does not set its time back. */
export function meet(members: Members, hash: number, { atMs, max }: { atMs: number; max: number }) {
  let oldest = 0;
  for (let at = 0; at < members.length; at += MEMBER_NUMBERS) {
    if (members[at] === hash) {
      members[at + 1] = Math.max(members[at + 1] ?? 0, atMs);
      return false;
    }
    if ((members[at + 1] ?? 0) < (members[oldest + 1] ?? 0)) oldest = at;
  }
  if (members.length < max * MEMBER_NUMBERS) {
    members.push(hash, atMs);
  } else if ((members[oldest + 1] ?? 0) <= atMs) {
    members[oldest] = hash;
    members[oldest + 1] = atMs;
  }
  return true;
}

export function membersAfter(members: Members, afterMs: number): number {
  let count = 0;
  for (let at = 1; at < members.length; at += MEMBER_NUMBERS) {
    if ((members[at] ?? 0) > afterMs) count += 1;
  }
  return count;
}
