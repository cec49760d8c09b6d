// SPDX-License-Identifier: Apache-2.0

/** A pattern of `KEYS` and `SCAN ... MATCH`, taken apart once. */
export type Glob = readonly GlobItem[];

type GlobItem =
  | { readonly kind: "any" }
  | { readonly kind: "one" }
  | { readonly kind: "byte"; readonly byte: number }
  | { readonly kind: "set"; readonly isNegated: boolean; readonly bytes: ReadonlySet<number> };

const [STAR, QUESTION, OPEN, CLOSE, CARET, DASH, BACKSLASH] = Buffer.from(
  "*?[]^-\\",
) as unknown as readonly [number, number, number, number, number, number, number];

/**
 * Reads a pattern by the rules of Redis (`stringmatchlen`): `*`, `?`, `[abc]`, `[^a]`, `[a-z]`, `\` before a byte that stands for itself. A set
 * that does not end ends with the pattern.
 *
 * @example
 * matchGlob(parseGlob(Buffer.from("user:[0-9]*")), Buffer.from("user:7"));
 */
export function parseGlob(pattern: Uint8Array): Glob {
  const items: GlobItem[] = [];
  for (let at = 0; at < pattern.length; at++) {
    const byte = pattern[at] as number;
    if (byte === STAR) {
      if (items.at(-1)?.kind !== "any") items.push({ kind: "any" });
    } else if (byte === QUESTION) items.push({ kind: "one" });
    else if (byte === OPEN) {
      const [set, end] = parseSet(pattern, at + 1);
      items.push(set);
      at = end;
    } else if (byte === BACKSLASH && at + 1 < pattern.length) {
      at++;
      items.push({ kind: "byte", byte: pattern[at] as number });
    } else items.push({ kind: "byte", byte });
  }
  return items;
}

/** Returns the place of the closing bracket as well. */
function parseSet(pattern: Uint8Array, start: number): [set: GlobItem, end: number] {
  const isNegated = pattern[start] === CARET;
  const bytes = new Set<number>();
  let at = isNegated ? start + 1 : start;
  for (; at < pattern.length && pattern[at] !== CLOSE; at++) {
    const byte = pattern[at] as number;
    if (byte === BACKSLASH && at + 1 < pattern.length) {
      at++;
      bytes.add(pattern[at] as number);
    } else if (pattern[at + 1] === DASH && at + 2 < pattern.length) {
      addRange(bytes, byte, pattern[at + 2] as number);
      at += 2;
    } else bytes.add(byte);
  }
  return [{ kind: "set", isNegated, bytes }, at];
}

function addRange(bytes: Set<number>, a: number, b: number): void {
  for (let byte = Math.min(a, b); byte <= Math.max(a, b); byte++) bytes.add(byte);
}

/**
 * Does the whole key match? Only the last `*` is ever tried again, since what an earlier one could still take the last one can take as well: at most
 * key × pattern steps, where Redis's own recursion takes exponentially many.
 */
export function matchGlob(glob: Glob, key: Uint8Array): boolean {
  let item = 0;
  let at = 0;
  let star = -1;
  let starAt = 0;
  while (at < key.length) {
    const next = glob[item];
    if (next?.kind === "any") {
      star = item++;
      starAt = at;
    } else if (next !== undefined && takes(next, key[at] as number)) {
      item++;
      at++;
    } else if (star >= 0) {
      item = star + 1;
      at = ++starAt;
    } else return false;
  }
  while (glob[item]?.kind === "any") item++;
  return item === glob.length;
}

function takes(item: GlobItem, byte: number): boolean {
  switch (item.kind) {
    case "byte":
      return item.byte === byte;
    case "set":
      return item.bytes.has(byte) !== item.isNegated;
    default:
      return true;
  }
}
