/** What Linux tells of a process (proc_pid_stat(5)). */
import { readdirSync, readFileSync } from "node:fs";

/** Processor time for user space counts in hundredths of a second, on every architecture. */
const TICK_MS = 10;

/** CPU time that a process has used so far, user and system, all threads. */
export function cpuMsOf(pid: number): number {
  const { afterName } = statOf(pid);
  return (Number(afterName[11]) + Number(afterName[12])) * TICK_MS; // utime and stime
}

/** The children of this process whose program has this name. */
export function childrenNamed(name: string): number[] {
  const pids = readdirSync("/proc").filter((entry) => /^[0-9]+$/.test(entry));
  return pids.map(Number).filter((pid) => {
    try {
      const stat = statOf(pid);
      return stat.name === name && Number(stat.afterName[1]) === process.pid;
    } catch {
      return false; // The process has ended meanwhile.
    }
  });
}

/** Whether a process runs no more; one that nobody has waited for yet (a zombie) has ended too. */
export function hasEnded(pid: number): boolean {
  try {
    return statOf(pid).afterName[0] === "Z";
  } catch {
    return true;
  }
}

/** "pid (name) state ppid …"; a name may hold anything, so the rest is what comes after its last bracket. */
function statOf(pid: number): { readonly name: string; readonly afterName: readonly string[] } {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const nameEnd = stat.lastIndexOf(")");
  return {
    name: stat.slice(stat.indexOf("(") + 1, nameEnd),
    afterName: stat.slice(nameEnd + 2).split(" "),
  };
}
