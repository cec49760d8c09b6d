// SPDX-License-Identifier: Apache-2.0

/** A seeded source of numbers: the same seed gives the same workload on every machine. Not for secrets. */
export interface Random {
  /** Uniform in [0, 2^32). */
  u32(): number;
  /** Uniform in [0, 1), 53 bits. */
  fraction(): number;
  /** Uniform in [0, limit), limit <= 2^32. */
  below(limit: number): number;
}

/**
 * sfc32 (small fast counter, Doty-Humphrey's PractRand): 128 bits of state, passes the usual statistical batteries, needs only 32-bit
 * operations, which JavaScript does without boxing.
 */
export function seededRandom(seed: number): Random {
  // The state's constants are pi and e, so that small seeds do not start in a sparse state; twelve rounds mix the seed in.
  let a = 0x243f6a88;
  let b = 0x85a308d3;
  let c = seed >>> 0;
  let counter = (Math.floor(seed / 0x1_0000_0000) ^ 0x2b7e1516) | 1;
  const u32 = (): number => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + sum) | 0;
    return sum >>> 0;
  };
  for (let round = 0; round < 12; round++) u32();
  return {
    u32,
    fraction: () => ((u32() >>> 5) * 0x400_0000 + (u32() >>> 6)) / 2 ** 53,
    below: (limit) => Math.floor((u32() / 2 ** 32) * limit),
  };
}
