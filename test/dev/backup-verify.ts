/** `npm run backup:verify`: is a copy of the backup's bucket whole (docs/backup.md). Needs no secret. */
import { parseArgs } from "node:util";
import { verifyBackup } from "#ops";
import { directoryReader } from "./backup-files.ts";
import { addMissingBytes } from "./node-bytes.ts";

const USAGE = `npm run backup:verify -- --from <directory with a copy of the bucket>`;
const [FAULTY, MISUSED] = [1, 2] as const;

process.exitCode = await main(process.argv.slice(2));

async function main(args: string[]): Promise<number> {
  addMissingBytes();
  const { values } = parseArgs({ args, options: { from: { type: "string" } } });
  if (values.from === undefined) {
    console.error(USAGE);
    return MISUSED;
  }
  const { manifests, chunks, newest, faults } = await verifyBackup(directoryReader(values.from));
  if (newest === null) {
    console.error("there is no backup here");
    return FAULTY;
  }
  for (const { file, reason } of faults) console.error(`${reason}: ${file}`);
  console.log(`${manifests} backups with ${chunks} chunks, the newest ${newest}`);
  if (faults.length > 0) return FAULTY;
  console.log("whole: every hash holds, and every backup follows the one that it names");
  return 0;
}
