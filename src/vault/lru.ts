/** A map of bounded size that forgets what was used longest ago. */
export interface Lru<Value> {
  readonly get: (name: string) => Value | undefined;
  readonly set: (name: string, value: Value) => void;
  readonly drop: (name: string) => void;
}

export function makeLru<Value>(entriesMax: number): Lru<Value> {
  const entries = new Map<string, Value>(); // in the order of their last use
  let newest: string | undefined;
  const put = (name: string, value: Value) => {
    entries.delete(name);
    entries.set(name, value);
    newest = name;
  };
  return {
    get(name) {
      const value = entries.get(name);
      if (value !== undefined && name !== newest) put(name, value);
      return value;
    },
    set(name, value) {
      put(name, value);
      const [oldest] = entries.keys();
      if (entries.size > entriesMax && oldest !== undefined) entries.delete(oldest);
    },
    drop: (name) => void entries.delete(name),
  };
}
