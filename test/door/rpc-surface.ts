/** The names that a stub can call: those of the class and of its base. */
export function surfaceOf(ofClass: { prototype: object }): string[] {
  const base: unknown = Object.getPrototypeOf(ofClass.prototype);
  const names = [
    ...Object.getOwnPropertyNames(ofClass.prototype),
    ...Object.getOwnPropertyNames(base),
  ];
  return [...new Set(names)].filter((name) => name !== "constructor").toSorted();
}
