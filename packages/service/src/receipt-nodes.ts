// SPDX-License-Identifier: Apache-2.0
import { existsSync, readFileSync } from "node:fs";
import { assert } from "@zeta/protocol/error";
import { DIGEST_BYTES } from "@zeta/protocol/limits";
import { type LinearMemory, webAssembly } from "@zeta/store/wasm/webassembly";

/** What `assembly/receipt-nodes.ts` exports. */
interface Exports {
  readonly memory: LinearMemory;
  open(): void;
  pairsMax(): number;
  pairsAddress(): number;
  hashPairs(count: number): void;
}

/** This file runs from `src/` in tests and from `dist/` in production; the build puts the module into `dist/wasm/`. */
const PLACES = ["./wasm/receipt-nodes.wasm", "../dist/wasm/receipt-nodes.wasm"];

/** Hashes inner nodes of receipt trees; `receiptNode` of `@zeta/protocol/receipt-tree` gives the same bytes without WebAssembly, more slowly. */
export interface ReceiptNodes {
  /** As many pairs as {@link hash} takes at once: about half a millisecond. */
  readonly pairsMax: number;
  /**
   * @param pairs `left ‖ right` of each node, 64 bytes, one after the other
   * @param out for the nodes, 32 bytes each
   */
  hash(pairs: Uint8Array, out: Uint8Array): void;
}

let opened: ReceiptNodes | null = null;

/** One for all receipt trees of a process: each call begins and ends in one turn. */
export function receiptNodes(): ReceiptNodes {
  opened ??= open();
  return opened;
}

function open(): ReceiptNodes {
  const file = PLACES.map((place) => new URL(place, import.meta.url)).find((url) =>
    existsSync(url),
  );
  assert(file !== undefined, "dist/wasm/receipt-nodes.wasm to be built (scripts/build-wasm.mjs)");
  const module = new webAssembly.Module(new Uint8Array(readFileSync(file)));
  const exports = new webAssembly.Instance(module, {}).exports as Exports;
  exports.open();
  const pairsMax = exports.pairsMax();
  const at = exports.pairsAddress();
  const memory = new Uint8Array(exports.memory.buffer);
  return {
    pairsMax,
    hash(pairs, out) {
      const count = pairs.length / (2 * DIGEST_BYTES);
      assert(Number.isInteger(count) && count <= pairsMax, `at most ${pairsMax} whole pairs`);
      memory.set(pairs, at);
      exports.hashPairs(count);
      out.set(memory.subarray(at, at + count * DIGEST_BYTES));
    },
  };
}
