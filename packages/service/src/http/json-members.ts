// SPDX-License-Identifier: Apache-2.0

import { shown } from "@zeta/http/shown";
import { refuse } from "../problem.ts";

/** Members of a JSON object that somebody sent. */
export type Members = Readonly<Record<string, unknown>>;

/** How keys and values are written in a request. */
export type TextEncoding = "base64" | "utf8";

/** A surrogate without its partner: it has no UTF-8. */
const LONE_SURROGATE = /\p{Surrogate}/u;

/** Is it a JSON object, and not an array or null? */
export function isJsonObject(input: unknown): input is Members {
  return typeof input === "object" && input !== null && !Array.isArray(input);
}

/** @throws ZetaError `invalid_request`. */
export function onlyMembers(input: Members, known: ReadonlySet<string>, where: string): void {
  for (const member in input) {
    if (known.has(member)) continue;
    const names = [...known].join(", ");
    refuse("invalid_request", `expected only ${names} in ${where}, got ${shown(member)}`);
  }
}

/** @throws ZetaError `invalid_request`. */
export function encodingOf(encoding: unknown, where: string): TextEncoding {
  if (encoding === undefined || encoding === "base64") return "base64";
  if (encoding === "utf8") return "utf8";
  refuse("invalid_request", `expected encoding base64 or utf8 in ${where}, got ${shown(encoding)}`);
}

/** The bytes that a text stands for, in its one encoding. @throws ZetaError `invalid_request`. */
export function decodeText(text: unknown, encoding: TextEncoding, what: string): Uint8Array {
  if (typeof text !== "string") {
    refuse("invalid_request", `expected a string as ${what}, got ${shown(text)}`);
  }
  if (encoding === "utf8") {
    if (LONE_SURROGATE.test(text))
      refuse(
        "invalid_request",
        `expected whole characters as ${what}, got half of a surrogate pair`,
      );
    return Buffer.from(text, "utf8");
  }
  const bytes = Buffer.from(text, "base64");
  // Node skips what is not base64; only a text that comes out again is the one encoding of these bytes.
  if (bytes.toString("base64") !== text) {
    refuse(
      "invalid_request",
      `expected canonical base64 with padding as ${what}, got ${shown(text)}`,
    );
  }
  return bytes;
}
