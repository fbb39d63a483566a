import type { Books } from "./books.ts";
import { saveMerchant } from "./merchants.ts";
import { TABLE_NAMES, TABLES } from "./schema.ts";

/** Makes the tables and the merchant of the settings. Safe to run at every start. */
export function openBooks(books: Books): void {
  books.sql.exec(TABLES);
  const merchant = books.settings.defaultMerchant;
  if (merchant !== undefined) saveMerchant(books, merchant);
}

/** Empties everything, switches and faults included. */
export function resetBooks(books: Books): void {
  books.atomically(() => {
    for (const table of TABLE_NAMES) books.sql.exec(`DELETE FROM ${table}`);
    openBooks(books);
  });
}
