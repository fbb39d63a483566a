/**
 * What is kept of a person's key outside its object, so that a lost deployment can be restored: one file per person
 * that is written over, never a file of a backup. An erasure takes the key out of it; then no backup opens any more.
 */
import * as z from "zod";
import { once } from "#base";
import { adoptPerson, loadPerson, noteCopied, type Person } from "./customer-store.ts";

/** One file per person. Both reject when they cannot be reached. */
export interface PersonCopies {
  write(text: string): Promise<void>;
  read(): Promise<string | undefined>;
}

const copySchema = once(() =>
  z.object({
    v: z.literal(1),
    /** Closed by the merchant's record key. */
    key: z.object({ id: z.string(), sealed: z.string() }).nullable(),
    erasedAtMs: z.int().nullable(),
    erasedUntilMs: z.int().nullable(),
  }),
);

/** Whoever is not known here may be known to the copy: then this deployment was restored. */
export async function loadOrAdopt(
  storage: DurableObjectStorage,
  copies: PersonCopies,
): Promise<Person> {
  const person = loadPerson(storage);
  const isKnown = person.key !== null || person.erasedAtMs !== null || person.copyDue > 0;
  if (isKnown) return person;
  const text = await copies.read();
  if (text !== undefined) adoptPerson(storage, copySchema().parse(JSON.parse(text)));
  return loadPerson(storage);
}

/** Brings the copy up to date, if it is not. */
export async function writeCopy(
  storage: DurableObjectStorage,
  copies: PersonCopies,
): Promise<void> {
  const { key, erasedAtMs, erasedUntilMs, copyDue } = loadPerson(storage);
  if (copyDue === 0) return;
  await copies.write(JSON.stringify({ v: 1, key, erasedAtMs, erasedUntilMs }));
  noteCopied(storage, copyDue);
}
