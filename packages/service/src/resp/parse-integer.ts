// SPDX-License-Identifier: Apache-2.0

const INTEGER = /^(0|-?[1-9][0-9]{0,18})$/;

/**
 * A signed 64-bit number as Redis writes it (`string2ll`): no plus, no leading zeros, no spaces; null for anything else.
 */
export function parseInteger(text: Uint8Array): bigint | null {
  if (text.length > 20) return null;
  const digits = Buffer.from(text).toString("latin1");
  if (!INTEGER.test(digits)) return null;
  const number = BigInt(digits);
  return BigInt.asIntN(64, number) === number ? number : null;
}
