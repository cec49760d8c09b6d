// SPDX-License-Identifier: Apache-2.0
import { ByteWriter } from "@zeta/protocol/byte-writer";
import type { ZetaRecord } from "@zeta/protocol/record";
import { Pen, Script } from "./script.ts";

/**
 * Hand-written logs of profile `kv64`: keys and values are numbers, and the key is its own base
 * key.
 */
export class Kv64Pen extends Pen {
  readonly #told: Kv64Script;
  readonly #by: number;

  constructor(script: Kv64Script, thread: number) {
    super(script, thread);
    this.#told = script;
    this.#by = thread;
  }

  /** vget: the log itself says what the client is told. */
  vget(key: number, value: number, slot: number): this {
    const operation = { operation: "get", key: u64(key) } as const;
    const result = { value: u64(value) };
    this.#told.history.push({ thread: this.#by, operation, result, leaf: NO_LEAF });
    return this.entry({ type: "RunApp", function: 0, payload: payload(key, value, slot) });
  }

  /** vput tells nothing but that it was done. */
  vput(key: number, value: number, slot: number): this {
    return this.entry({ type: "RunApp", function: 1, payload: payload(key, value, slot) });
  }
}

const NO_LEAF = new Uint8Array(0);

export class Kv64Script extends Script {
  override on(thread: number): Kv64Pen {
    return new Kv64Pen(this, thread);
  }
}

export function record64(key: number, value: number | null): ZetaRecord {
  return { kind: "app", key: u64(key), value: value === null ? null : u64(value) };
}

export function payload(key: number, value: number, slot: number): Uint8Array {
  return new ByteWriter().bytes(u64(key)).bytes(u64(value)).u16(slot).toBytes();
}

function u64(value: number): Uint8Array {
  return new ByteWriter().u64(BigInt(value)).toBytes();
}
