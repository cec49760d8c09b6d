// SPDX-License-Identifier: Apache-2.0
/**
 * Inner nodes of receipt trees, hashed fast: BLAKE3 in derive-key mode over exactly 64 bytes is one compression once the key of the context
 * is known (BLAKE3 specification §2.2, §2.3). The general function of `@zeta/protocol/receipt-tree` gives the same bytes; this one exists because
 * a busy epoch has hundreds of thousands of nodes. Nothing rests on it: a wrong path only makes the client refuse.
 */

const IV = Int32Array.of(
  0x6a09e667,
  0xbb67ae85,
  0x3c6ef372,
  0xa54ff53a,
  0x510e527f,
  0x9b05688c,
  0x1f83d9ab,
  0x5be0cd19,
);

/** Word order of the message in each of the seven rounds: the specification's permutation applied again and again. */
const SCHEDULE = makeSchedule([2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8]);

const CHUNK_START = 1;
const CHUNK_END = 2;
const ROOT = 8;
const DERIVE_KEY_CONTEXT = 32;
const DERIVE_KEY_MATERIAL = 64;

function makeSchedule(permutation: readonly number[]): Uint8Array {
  const rounds: number[] = [];
  let order = permutation.map((_, i) => i);
  for (let round = 0; round < 7; round++) {
    rounds.push(...order);
    order = permutation.map((from) => order[from] ?? 0);
  }
  return Uint8Array.from(rounds);
}

const state = new Int32Array(16);

function mix(a: number, b: number, c: number, d: number, x: number, y: number): void {
  let va = state[a] as number;
  let vb = state[b] as number;
  let vc = state[c] as number;
  let vd = state[d] as number;
  va = (va + vb + x) | 0;
  vd ^= va;
  vd = (vd >>> 16) | (vd << 16);
  vc = (vc + vd) | 0;
  vb ^= vc;
  vb = (vb >>> 12) | (vb << 20);
  va = (va + vb + y) | 0;
  vd ^= va;
  vd = (vd >>> 8) | (vd << 24);
  vc = (vc + vd) | 0;
  vb ^= vc;
  vb = (vb >>> 7) | (vb << 25);
  state[a] = va;
  state[b] = vb;
  state[c] = vc;
  state[d] = vd;
}

/** One root block of `length` bytes; the 32-byte output is words 0..7 of the state. */
function compress(key: Int32Array, message: Int32Array, length: number, flags: number): void {
  state.set(key, 0);
  state.set(IV.subarray(0, 4), 8);
  state[12] = 0;
  state[13] = 0;
  state[14] = length;
  state[15] = flags | CHUNK_START | CHUNK_END | ROOT;
  for (let at = 0; at < 112; at += 16) {
    const word = (i: number): number => message[SCHEDULE[at + i] as number] as number;
    mix(0, 4, 8, 12, word(0), word(1));
    mix(1, 5, 9, 13, word(2), word(3));
    mix(2, 6, 10, 14, word(4), word(5));
    mix(3, 7, 11, 15, word(6), word(7));
    mix(0, 5, 10, 15, word(8), word(9));
    mix(1, 6, 11, 12, word(10), word(11));
    mix(2, 7, 8, 13, word(12), word(13));
    mix(3, 4, 9, 14, word(14), word(15));
  }
  for (let i = 0; i < 8; i++) state[i] = (state[i] as number) ^ (state[i + 8] as number);
}

function contextKey(context: string): Int32Array {
  const block = new Uint8Array(64);
  const { written } = new TextEncoder().encodeInto(context, block);
  const words = new Int32Array(16);
  const view = new DataView(block.buffer);
  for (let i = 0; i < 16; i++) words[i] = view.getInt32(4 * i, true);
  compress(IV, words, written, DERIVE_KEY_CONTEXT);
  return state.slice(0, 8);
}

const NODE_KEY = contextKey("zeta.receipt.node.v1");
const message = new Int32Array(16);

/** Hashes the 64 bytes `left ‖ right` at `from` of `source` into the 32 bytes at `to` of `target`. */
export function hashReceiptNode(
  source: DataView,
  from: number,
  target: DataView,
  to: number,
): void {
  for (let i = 0; i < 16; i++) message[i] = source.getInt32(from + 4 * i, true);
  compress(NODE_KEY, message, 64, DERIVE_KEY_MATERIAL);
  for (let i = 0; i < 8; i++) target.setInt32(to + 4 * i, state[i] as number, true);
}
