// SPDX-License-Identifier: Apache-2.0
/**
 * PEM (RFC 7468) read strictly: only certificates or CRLs, nothing between them but line ends,
 * canonical base64.
 */

import { type AttestationCode, refuse } from "../error.ts";

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const VALUE_OF = new Map([...ALPHABET].map((character, value) => [character, value]));

/**
 * The longest PEM text taken: three certificates of the largest kind (RSA-4096) are under 8 KiB.
 */
const PEM_CHARACTERS_MAX = 65_536;

export interface PemRequest {
  readonly label: "CERTIFICATE" | "X509 CRL";
  /** Most blocks taken. */
  readonly max: number;
  /** The code to refuse with. */
  readonly code: AttestationCode;
}

/** The DER bytes of each block of a PEM text, in order; at least one. */
export function pemBlocks(text: string, request: PemRequest): Uint8Array[] {
  const { label, max, code } = request;
  if (text.length > PEM_CHARACTERS_MAX) {
    refuse(code, `expected at most ${PEM_CHARACTERS_MAX} characters of PEM, got ${text.length}`);
  }
  const begin = `-----BEGIN ${label}-----`;
  const end = `-----END ${label}-----`;
  const blocks: Uint8Array[] = [];
  let body: string[] | null = null;
  for (const line of text.split(/\r?\n/)) {
    if (body === null) {
      if (line === "") continue;
      if (line !== begin) refuse(code, `expected ${begin}, got other text`);
      if (blocks.length === max) refuse(code, `expected at most ${max} blocks of PEM, got more`);
      body = [];
    } else if (line === end) {
      blocks.push(base64Bytes(body.join(""), code));
      body = null;
    } else {
      body.push(line);
    }
  }
  if (body !== null) refuse(code, `expected ${end}, got the end of the text`);
  if (blocks.length === 0) refuse(code, `expected PEM of ${label}, got none`);
  return blocks;
}

/** Standard base64 with padding, in its one canonical form. */
export function base64Bytes(text: string, code: AttestationCode): Uint8Array {
  if (text.length % 4 !== 0 || text.length === 0) {
    refuse(code, `expected base64 of whole groups of four, got ${text.length} characters`);
  }
  const padding = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
  const bytes = new Uint8Array((text.length / 4) * 3 - padding);
  let bits = 0;
  let bitCount = 0;
  let written = 0;
  for (let at = 0; at < text.length - padding; at++) {
    const value = VALUE_OF.get(text.charAt(at));
    if (value === undefined) return refuse(code, "expected base64, got another character");
    bits = ((bits << 6) | value) & 0x3fff;
    bitCount += 6;
    if (bitCount >= 8) {
      bitCount -= 8;
      bytes[written++] = (bits >> bitCount) & 0xff;
    }
  }
  // Bits beyond the last byte must be zero, else one value had several texts.
  if ((bits & ((1 << bitCount) - 1)) !== 0) {
    refuse(code, "expected canonical base64, got stray bits at the end");
  }
  return bytes;
}
