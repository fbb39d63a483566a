/** A group of scenarios that is killed together: each comes to its moment and waits for the others. */
export interface KillSwitch {
  /** Resolves when the gateway has been killed and is up again. */
  pull(): Promise<void>;
  /** Somebody will not pull any more. */
  leave(): void;
}

export function openKillSwitch(members: number, killAndRestart: () => Promise<void>): KillSwitch {
  let left = members;
  let waiting: (() => void)[] = [];
  const strike = async () => {
    if (waiting.length === 0 || waiting.length < left) return;
    const released = waiting;
    waiting = [];
    await killAndRestart();
    for (const release of released) release();
  };
  return {
    pull: () =>
      new Promise((resolve) => {
        waiting.push(resolve);
        void strike();
      }),
    leave() {
      left -= 1;
      void strike();
    },
  };
}
