/** How traits are read: what arrives invalid changes nothing. */

/** Reads a trait's value; undefined means that it is not valid. */
export type Reader<T> = (value: unknown) => T | undefined;

/** For each trait its value before the kernel has said anything, and how it is read. */
export type Spec<T> = { [K in keyof T]: { first: T[K]; read: Reader<T[K]> } };

export const isNumber = (value: unknown): value is number =>
  typeof value === "number" && Number.isFinite(value);
export const isIndex = (value: unknown): value is number =>
  isNumber(value) && Number.isInteger(value) && value >= 0;
export const isText = (value: unknown): value is string => typeof value === "string";
export const isFlag = (value: unknown): value is boolean => typeof value === "boolean";
export const isPart = (value: unknown): value is number => isNumber(value) && value >= 0 && value <= 1;

export function when<T>(test: (value: unknown) => value is T): Reader<T> {
  return (value) => (test(value) ? value : undefined);
}

/** A list of so many entries, each read the same way. */
export function listOf<T>(length: number, read: Reader<T>): Reader<T[]> {
  return (value) => {
    if (!Array.isArray(value) || value.length !== length) return undefined;
    const items = value.map(read);
    return items.some((item) => item === undefined) ? undefined : (items as T[]);
  };
}
