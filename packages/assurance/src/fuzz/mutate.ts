// SPDX-License-Identifier: Apache-2.0
import type { Random } from "@zeta/monitor/test/support/random";

/** Numbers at which decoders have been wrong before: lengths, counts, tags. */
const INTERESTING = [0, 1, 2, 0x7f, 0x80, 0xfe, 0xff];

/** Bytes with one to four small changes, now and then mixed with another sample, now and then pure noise. */
export function mutateBytes(samples: readonly Uint8Array[], random: Random): Uint8Array {
  if (random.oneIn(50)) return random.bytes(random.below(200));
  let bytes: Uint8Array = random.pick(samples).slice();
  for (let changes = random.below(4); changes >= 0; changes--) {
    bytes = mutateOnce(bytes, samples, random);
  }
  return bytes;
}

function mutateOnce(bytes: Uint8Array, samples: readonly Uint8Array[], random: Random): Uint8Array {
  const at = random.below(bytes.length + 1);
  switch (random.below(7)) {
    case 0:
      return splice(bytes, at, 1, random.bytes(1));
    case 1:
      return splice(bytes, at, 1, Uint8Array.of(random.pick(INTERESTING)));
    case 2:
      return bytes.slice(0, at);
    case 3:
      return splice(bytes, at, 0, random.bytes(1 + random.below(8)));
    case 4:
      return splice(bytes, at, 1 + random.below(8), new Uint8Array(0));
    case 5: {
      const other = random.pick(samples);
      return splice(bytes, at, bytes.length, other.slice(random.below(other.length + 1)));
    }
    default:
      return splice(bytes, at, 0, bytes.slice(at, at + random.below(40)));
  }
}

function splice(bytes: Uint8Array, at: number, remove: number, insert: Uint8Array): Uint8Array {
  const kept = bytes.slice(at + remove);
  const spliced = new Uint8Array(at + insert.length + kept.length);
  spliced.set(bytes.subarray(0, at));
  spliced.set(insert, at);
  spliced.set(kept, at + insert.length);
  return spliced;
}

/** What a JSON value may be replaced by. */
const STRANGERS: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  0.5,
  1e308,
  2 ** 53,
  "",
  "00",
  "0",
  "zz",
  "\ud800",
  "é".repeat(100),
  [],
  [[]],
  {},
  { __proto__: null, length: 3 },
];

function stranger(random: Random): unknown {
  return structuredClone(random.pick(STRANGERS));
}

/** A copy of a JSON value with one to three parts replaced, removed, repeated, added or changed. */
export function mutateJson(sample: unknown, random: Random): unknown {
  const copy = structuredClone(sample);
  let holder: unknown[] = [copy];
  for (let changes = random.below(3); changes >= 0; changes--) holder = mutatePart(holder, random);
  return holder[0];
}

function mutatePart(root: unknown[], random: Random): unknown[] {
  const places = placesIn(root);
  const { holder, name } = random.pick(places);
  const value = holder[name];
  switch (random.below(6)) {
    case 0:
      if (holder !== (root as unknown)) delete holder[name];
      break;
    case 1:
      holder[name] = typeof value === "string" ? mutateText(value, random) : stranger(random);
      break;
    case 2:
      if (Array.isArray(holder)) holder.push(stranger(random));
      else addMember(holder, random);
      break;
    case 3:
      holder[name] = [value, structuredClone(value)];
      break;
    default:
      holder[name] = stranger(random);
  }
  return root;
}

/** As `JSON.parse` makes it: even `__proto__` is an ordinary member. */
function addMember(holder: Record<string, unknown>, random: Random): void {
  const name = random.pick(["extra", "__proto__", "constructor", "length"]);
  const value = stranger(random);
  Object.defineProperty(holder, name, {
    value,
    enumerable: true,
    writable: true,
    configurable: true,
  });
}

function mutateText(text: string, random: Random): string {
  const at = random.below(text.length + 1);
  const piece = random.pick(["", "0", "F", " ", "=", "\n", "é", text.slice(0, 20)]);
  return text.slice(0, at) + piece + text.slice(at + random.below(3));
}

interface JsonPlace {
  readonly holder: Record<string, unknown>;
  readonly name: string;
}

function placesIn(value: unknown): JsonPlace[] {
  if (typeof value !== "object" || value === null) return [];
  const holder = value as Record<string, unknown>;
  return Object.keys(holder).flatMap((name) => [{ holder, name }, ...placesIn(holder[name])]);
}
