/**
 * Makes a value on first use and keeps it. For schemas: building one costs some 50 µs, which an isolate should
 * pay when it meets the data, not while it starts.
 */
export function once<Value extends object>(make: () => Value): () => Value {
  let made: Value | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
