// SPDX-License-Identifier: Apache-2.0
import { equalBytes } from "@zeta/protocol/bytes";
import { decodeKvArgument, type KvOperation } from "@zeta/protocol/kv";
import { decodeTransactResult } from "@zeta/protocol/kv-transact-codec";
import type { EngineCall, Executed } from "../engine-call.ts";

/** Old values and answers kept for one key: enough to lie with. */
const PER_KEY_MAX = 8;

/** Keys remembered; beyond it the oldest are forgotten, and a copy of the data lacks them. */
const KEYS_MAX = 1_000_000;

interface Version {
  readonly sequence: number;
  readonly value: Uint8Array | null;
}

interface KeyHistory {
  readonly key: Uint8Array;
  versions: Version[];
  answers: Executed[];
}

/** What a liar has to remember: the values a key had, and the genuine answers given for it. */
export class History {
  readonly #keys = new Map<string, KeyHistory>();
  #sequence = 0;

  /** Notes an executed call with its genuine answer. */
  record(call: EngineCall, answer: Executed): void {
    const operation = decodeKvArgument(call.function, call.argument);
    if (operation.operation === "get") {
      if (answer.requestId !== null) keep(this.#entry(operation.key).answers, answer);
      return;
    }
    this.#sequence++;
    for (const [key, value] of writesOf(operation, answer.result)) {
      keep(this.#entry(key).versions, { sequence: this.#sequence, value });
    }
  }

  /** The value before the present one, the newest that differs from it; undefined when it never had another. */
  previousValue(key: Uint8Array): Uint8Array | null | undefined {
    const versions = this.#keys.get(nameOf(key))?.versions ?? [];
    const current = versions.at(-1);
    if (current === undefined) return undefined;
    const earlier = versions.slice(0, -1).reverse();
    const different = earlier.find(({ value }) => !isSame(value, current.value));
    if (different !== undefined) return different.value;
    return current.value === null ? undefined : null;
  }

  /** An earlier genuine answer for the key, rather one that is no longer true. */
  earlierAnswer(key: Uint8Array, now: Executed): Executed | null {
    const answers = [...(this.#keys.get(nameOf(key))?.answers ?? [])].reverse();
    const earlier = answers.filter(({ requestId }) => requestId !== now.requestId);
    const isOutdated = ({ result }: Executed): boolean => !equalBytes(result, now.result);
    return earlier.find(isOutdated) ?? earlier[0] ?? null;
  }

  /** The number of the last write of this key, or of any key if it was never written. */
  lastWrite(key: Uint8Array): number {
    return this.#keys.get(nameOf(key))?.versions.at(-1)?.sequence ?? this.#sequence;
  }

  /** The present number of writes. */
  get writes(): number {
    return this.#sequence;
  }

  /** The data as they were after write number `sequence`. */
  *dataAt(sequence: number): Generator<readonly [key: Uint8Array, value: Uint8Array]> {
    for (const { key, versions } of this.#keys.values()) {
      const version = versions.filter((one) => one.sequence <= sequence).at(-1);
      if (version?.value) yield [key, version.value];
    }
  }

  /** Forgets answers, and every write after number `sequence`. */
  rewind(sequence: number): void {
    for (const entry of this.#keys.values()) {
      entry.answers = [];
      entry.versions = entry.versions.filter((one) => one.sequence <= sequence);
    }
  }

  #entry(key: Uint8Array): KeyHistory {
    const name = nameOf(key);
    const known = this.#keys.get(name);
    if (known !== undefined) return known;
    if (this.#keys.size >= KEYS_MAX) {
      const [oldest] = this.#keys.keys();
      if (oldest !== undefined) this.#keys.delete(oldest);
    }
    const entry = { key, versions: [], answers: [] };
    this.#keys.set(name, entry);
    return entry;
  }
}

type Write = readonly [key: Uint8Array, value: Uint8Array | null];

/** What a call wrote, as its result says. */
function writesOf(call: KvOperation, result: Uint8Array): readonly Write[] {
  if (call.operation === "put") return [[call.key, call.value]];
  if (call.operation === "delete") return [[call.key, null]];
  if (call.operation === "get" || !decodeTransactResult(result).done) return [];
  return call.items.flatMap(({ key, write }): Write[] => {
    if (write === "keep") return [];
    return [[key, write === "delete" ? null : write.put]];
  });
}

function nameOf(key: Uint8Array): string {
  return Buffer.from(key).toString("latin1");
}

function keep<T>(list: T[], item: T): void {
  list.push(item);
  if (list.length > PER_KEY_MAX) list.shift();
}

function isSame(a: Uint8Array | null, b: Uint8Array | null): boolean {
  return a === null || b === null ? a === b : equalBytes(a, b);
}
