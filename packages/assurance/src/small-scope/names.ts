// SPDX-License-Identifier: Apache-2.0
/**
 * The names of the small world. W is read as in docs/formats.md §1: its least significant bit is the first
 * step down from the root. A and B lie below the inner node P, C on the other side of the root.
 */
export const ROOT = 0;
export const NODE_P = 1;
export const KEY_A = 2;
export const KEY_B = 3;
export const KEY_C = 4;

interface KeyPlace {
  readonly name: string;
  readonly depth: number;
  readonly w: number;
}

/** In the protocol's order of keys: by depth, then by W. A key's number is its place in this order. */
export const KEYS: readonly KeyPlace[] = [
  { name: "root", depth: 0, w: 0 },
  { name: "P", depth: 1, w: 0 },
  { name: "A", depth: 256, w: 0 },
  { name: "B", depth: 256, w: 2 },
  { name: "C", depth: 256, w: 3 },
];

export function placeOf(key: number): KeyPlace {
  const place = KEYS[key];
  if (place === undefined) throw new Error(`expected a key of the small world, got ${key}`);
  return place;
}

export function isInner(key: number): boolean {
  return key === ROOT || key === NODE_P;
}

/** k ⊏ a: is `key` strictly below `ancestor`? */
export function isBelow(key: number, ancestor: number): boolean {
  const [k, a] = [placeOf(key), placeOf(ancestor)];
  return k.depth > a.depth && k.w % 2 ** a.depth === a.w;
}

/** The side of a node of key `ancestor` on which `key` lies. */
export function sideOf(key: number, ancestor: number): 0 | 1 {
  const { depth } = placeOf(ancestor);
  return depth > 31 ? 0 : (((placeOf(key).w >> depth) & 1) as 0 | 1);
}
