// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from "node:fs";
import { ByteWriter } from "@zeta/protocol/byte-writer";
import { fromHex } from "@zeta/protocol/hex";

/** One golden vector; see fixtures/vectors/PROVENANCE.md. */
export interface Vector {
  readonly id: string;
  readonly desc: string;
  readonly threads: number;
  readonly store_size: number;
  readonly keyhash: "identity" | "blake2b";
  readonly frames: readonly { readonly tid: number; readonly log: string }[];
  readonly expect: readonly Record<string, unknown>[];
  readonly final_max: number | null | "error";
  readonly ideal_final_max?: number | null;
}

export function loadVectors(name: "accepted" | "rejected" | "forgery"): Vector[] {
  const file = new URL(`../fixtures/vectors/${name}.json`, import.meta.url);
  return JSON.parse(readFileSync(file, "utf8")) as Vector[];
}

/** The frames of a vector as `replay` reads them. */
export async function* streamOf(vector: Vector): AsyncGenerator<Uint8Array> {
  for (const { tid, log } of vector.frames) {
    const bytes = fromHex(log);
    yield new ByteWriter().u16(tid).u32(bytes.length).bytes(bytes).toBytes();
  }
}
