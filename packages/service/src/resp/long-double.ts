// SPDX-License-Identifier: Apache-2.0
/**
 * The numbers of INCRBYFLOAT and HINCRBYFLOAT as Redis computes with them on x86-64: C's `long double` in 80 bits, 64 of them the significand, every step
 * rounded to the nearest and to even (IEEE 754). Computed exactly and rounded once, so that every digit of an answer is that of Redis.
 */

/** m · 2^e, where m has at most 64 bits. */
export interface LongDouble {
  readonly m: bigint;
  readonly e: number;
}

const SIGNIFICAND_BITS = 64;
/** The exponents of the smallest number above zero, and of what is too large. */
const EXPONENT_MIN = -16_445;
const EXPONENT_END = 16_384;
/** Redis parses shorter texts only (MAX_LONG_DOUBLE_CHARS). */
const TEXT_BYTES_END = 5 * 1024;
/** No number is written with more digits before the point, or more zeros behind it (10^4932, 10^-4951). */
const DECIMAL_EXPONENT_MAX = 5000;
/** As Redis prints: `%.17Lf`, without the zeros at the end. */
const PLACES = 17;

const DECIMAL = /^([+-]?)(?=\.?\d)(\d*)(?:\.(\d*))?(?:e([+-]?\d+))?$/i;
const HEXADECIMAL = /^([+-]?)0x(?=\.?[\da-f])([\da-f]*)(?:\.([\da-f]*))?(?:p([+-]?\d+))?$/i;
const INFINITE = /^[+-]?inf(?:inity)?$/i;

/** The number that a text says as C's `strtold` reads it; null: it says none, or one that no `long double` is near to. */
export function parseLongDouble(text: Uint8Array): LongDouble | "infinite" | null {
  if (text.length >= TEXT_BYTES_END) return null;
  const characters = Buffer.from(text).toString("latin1");
  if (INFINITE.test(characters)) return "infinite";
  const hexadecimal = HEXADECIMAL.exec(characters);
  const parts = hexadecimal ?? DECIMAL.exec(characters);
  if (parts === null) return null;
  const [, sign, whole = "", fraction = "", exponent = "0"] = parts;
  const digits = (whole + fraction).replace(/^0+/, "");
  if (digits === "") return { m: 0n, e: 0 };
  const size =
    hexadecimal === null
      ? ofDecimal(digits, Number(exponent) - fraction.length)
      : ofHexadecimal(digits, Number(exponent) - 4 * fraction.length);
  if (size === null || size.m === 0n) return null;
  return sign === "-" ? { m: -size.m, e: size.e } : size;
}

function ofDecimal(digits: string, exponent: number): LongDouble | null {
  if (Math.abs(exponent + digits.length) > DECIMAL_EXPONENT_MAX) return null;
  const power = 10n ** BigInt(Math.abs(exponent));
  return exponent < 0 ? rounded(BigInt(digits), power) : rounded(BigInt(digits) * power, 1n);
}

function ofHexadecimal(digits: string, exponent: number): LongDouble | null {
  if (Math.abs(exponent + 4 * digits.length) > 2 * EXPONENT_END) return null;
  return rounded(BigInt(`0x${digits}`), 1n, exponent);
}

/** The nearest to numerator / denominator · 2^exponent; null: that is too large. */
function rounded(numerator: bigint, denominator: bigint, exponent = 0): LongDouble | null {
  // One too small at most: the quotient has 64 or 65 bits then.
  const bits = bitLength(numerator) - bitLength(denominator);
  let shift = Math.max(bits - SIGNIFICAND_BITS, EXPONENT_MIN - exponent);
  if (bitLength(quotient(numerator, denominator, shift)) > SIGNIFICAND_BITS) shift++;
  const m = quotient(numerator, denominator, shift);
  const e = shift + exponent;
  return bitLength(m) + e > EXPONENT_END ? null : { m, e };
}

/** The whole number nearest to numerator / denominator / 2^shift, of two such the even one. */
function quotient(numerator: bigint, denominator: bigint, shift: number): bigint {
  const above = shift < 0 ? numerator << BigInt(-shift) : numerator;
  const below = shift > 0 ? denominator << BigInt(shift) : denominator;
  const whole = above / below;
  const twice = 2n * (above % below);
  const isUp = twice > below || (twice === below && whole % 2n === 1n);
  return isUp ? whole + 1n : whole;
}

/** 0 of 0. */
function bitLength(number: bigint): number {
  const digits = number.toString(16);
  return 4 * digits.length + 28 - Math.clz32(Number.parseInt(digits.charAt(0), 16));
}

/** Null: the sum is infinite. */
export function addLongDoubles(a: LongDouble, b: LongDouble): LongDouble | null {
  const e = Math.min(a.e, b.e);
  const sum = (a.m << BigInt(a.e - e)) + (b.m << BigInt(b.e - e));
  const size = rounded(sum < 0n ? -sum : sum, 1n, e);
  return size === null || sum >= 0n ? size : { m: -size.m, e: size.e };
}

/** As Redis writes it for people (`LD_STR_HUMAN`): up to 17 places, no exponent, no zero that says nothing. */
export function printLongDouble({ m, e }: LongDouble): string {
  const scaled = quotient((m < 0n ? -m : m) * 10n ** BigInt(PLACES), 1n, -e);
  const digits = scaled.toString().padStart(PLACES + 1, "0");
  const fraction = digits.slice(-PLACES).replace(/0+$/, "");
  const text = digits.slice(0, -PLACES) + (fraction === "" ? "" : `.${fraction}`);
  return m < 0n && text !== "0" ? `-${text}` : text;
}
