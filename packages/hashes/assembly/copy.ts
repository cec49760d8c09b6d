// SPDX-License-Identifier: Apache-2.0
/** Copying without `memory.copy`, which engines turn into a call that costs more than a few bytes do. */

const CALL_PAYS_FROM: u32 = 512;

/** Copies exactly `length` bytes between areas that do not overlap. */
export function copyBytes(to: usize, from: usize, length: u32): void {
  if (length >= CALL_PAYS_FROM) {
    memory.copy(to, from, length);
    return;
  }
  for (; length >= 16; length -= 16, to += 16, from += 16) v128.store(to, v128.load(from));
  if (length & 8) {
    store<u64>(to, load<u64>(from));
    to += 8;
    from += 8;
  }
  if (length & 4) {
    store<u32>(to, load<u32>(from));
    to += 4;
    from += 4;
  }
  if (length & 2) {
    store<u16>(to, load<u16>(from));
    to += 2;
    from += 2;
  }
  if (length & 1) store<u8>(to, load<u8>(from));
}

/** Sets 64 bytes to zero. */
// @ts-ignore: decorator
@inline
export function clearBlock(at: usize): void {
  const zero = i64x2.splat(0);
  v128.store(at, zero);
  v128.store(at, zero, 16);
  v128.store(at, zero, 32);
  v128.store(at, zero, 48);
}

// @ts-ignore: decorator
@inline
export function copyDigest(to: usize, from: usize): void {
  v128.store(to, v128.load(from));
  v128.store(to, v128.load(from, 16), 16);
}

/** Are two digests of 32 bytes equal? */
// @ts-ignore: decorator
@inline
export function sameDigest(a: usize, b: usize): bool {
  const low = v128.xor(v128.load(a), v128.load(b));
  const high = v128.xor(v128.load(a, 16), v128.load(b, 16));
  return !v128.any_true(v128.or(low, high));
}
