// SPDX-License-Identifier: Apache-2.0
import { fromHex } from "@zeta/protocol/hex";
import { type AttestationCode, refuse } from "./error.ts";

/**
 * Reads a parsed JSON value member by member, refusing anything of another shape and naming where
 * it stands. Members that nobody asks for are ignored: Intel adds some now and then, and what it
 * signs is not ours to forbid.
 */
export class JsonNode {
  readonly #value: unknown;
  readonly #path: string;
  readonly #code: AttestationCode;

  constructor(value: unknown, path: string, code: AttestationCode) {
    this.#value = value;
    this.#path = path;
    this.#code = code;
  }

  /** Parses a text. */
  static parse(text: string, what: string, code: AttestationCode): JsonNode {
    try {
      return new JsonNode(JSON.parse(text), what, code);
    } catch (error) {
      return refuse(code, `expected JSON as ${what}`, error);
    }
  }

  #expected(what: string): never {
    return refuse(this.#code, `expected ${what} as ${this.#path}, got another value`);
  }

  #object(): Readonly<Record<string, unknown>> {
    const value = this.#value;
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      return this.#expected("an object");
    }
    return value as Readonly<Record<string, unknown>>;
  }

  /** A member, or null if it is absent. */
  optional(name: string): JsonNode | null {
    const object = this.#object();
    if (!Object.hasOwn(object, name)) return null;
    return new JsonNode(object[name], `${this.#path}.${name}`, this.#code);
  }

  member(name: string): JsonNode {
    return this.optional(name) ?? this.#expected(`an object with ${name}`);
  }

  items(max: number): JsonNode[] {
    const value = this.#value;
    if (!Array.isArray(value) || value.length > max) {
      return this.#expected(`an array of at most ${max}`);
    }
    return value.map((item, index) => new JsonNode(item, `${this.#path}[${index}]`, this.#code));
  }

  string(): string {
    return typeof this.#value === "string" ? this.#value : this.#expected("a string");
  }

  /** 0 <= n <= max. */
  integer(max: number): number {
    const value = this.#value;
    if (typeof value !== "number" || !Number.isInteger(value) || value < 0 || value > max) {
      return this.#expected(`an integer of 0..${max}`);
    }
    return value;
  }

  oneOf<T extends string>(choices: readonly T[]): T {
    const text = this.string();
    return choices.find((choice) => choice === text) ?? this.#expected(choices.join("|"));
  }

  /** Bytes in hex of either case (Intel uses both); of exactly `length` bytes if given. */
  hex(length?: number): Uint8Array {
    const text = this.string();
    const fits = length === undefined ? text.length % 2 === 0 : text.length === 2 * length;
    if (!fits || !/^[0-9a-fA-F]*$/.test(text)) {
      return this.#expected(`${length ?? "whole"} bytes of hex`);
    }
    return fromHex(text.toLowerCase());
  }

  /** A time as Intel writes it, `2025-06-19T10:16:03Z`, in Unix milliseconds. */
  time(): number {
    const text = this.string();
    const milliseconds = Date.parse(text);
    // Only the exact form, and only dates that exist: a date that parses to NaN would make every
    // comparison false.
    if (Number.isNaN(milliseconds) || new Date(milliseconds).toISOString() !== asIso(text)) {
      return this.#expected("a time like 2025-06-19T10:16:03Z");
    }
    return milliseconds;
  }
}

function asIso(text: string): string {
  return text.replace(/Z$/, ".000Z");
}
