// SPDX-License-Identifier: Apache-2.0
import { KEY_BYTES_MAX } from "@zeta/protocol/limits";
import { refuse } from "../problem.ts";

const PERCENT = 0x25;

/**
 * The key's bytes from one path segment: `%XX` is a byte, any other character stands for itself. Keys are bytes, so this is not
 * `decodeURIComponent`, which knows only UTF-8.
 *
 * @throws ZetaError `invalid_request` or `key_too_long`.
 */
export function keyOfSegment(segment: string): Uint8Array {
  if (segment.length > 3 * KEY_BYTES_MAX) tooLong(segment.length);
  const key = new Uint8Array(segment.length);
  let length = 0;
  for (let i = 0; i < segment.length; i++) {
    let byte = segment.charCodeAt(i);
    if (byte === PERCENT) {
      const digits = segment.slice(i + 1, i + 3);
      if (!/^[0-9A-Fa-f]{2}$/.test(digits)) {
        refuse("invalid_request", `expected two hex digits after %, got ${JSON.stringify(digits)}`);
      }
      byte = Number.parseInt(digits, 16);
      i += 2;
    } else if (byte <= 0x20 || byte >= 0x7f) {
      refuse("invalid_request", "expected visible ASCII or %XX in the path, got another character");
    }
    key[length++] = byte;
  }
  if (length > KEY_BYTES_MAX) tooLong(length);
  return key.slice(0, length);
}

function tooLong(length: number): never {
  refuse("key_too_long", `expected a key of at most ${KEY_BYTES_MAX} bytes, got ${length}`);
}
