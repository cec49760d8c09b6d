// SPDX-License-Identifier: Apache-2.0

interface Target<T, R> {
  readonly name: string;
  /** The product's functions that read the input, so that a test can tell which of them nobody fuzzes. */
  readonly decoders: readonly { readonly name: string }[];
  /** Genuine inputs: what the mutator starts from. */
  readonly samples: readonly T[];
  /** Decodes, and encodes what came out once more. Throws ZetaError for what it refuses. */
  readonly recode: (input: T) => R;
}

/** A decoder of foreign bytes; null: there is no encoder. */
export type ByteTarget = Target<Uint8Array, Uint8Array | null>;

/** A reader of a foreign JSON value or text; undefined: there is no one way to write it. */
export type JsonTarget = Target<unknown, unknown>;

/** Reads only: there is no one way to write it. */
export const silent = (read: (value: unknown) => unknown) => (value: unknown) => {
  read(value);
  return undefined;
};

/** Texts only: other values do not come this way. */
export const textual = (recode: (text: string) => unknown) => (value: unknown) =>
  typeof value === "string" ? recode(value) : undefined;

/** Reads bytes that have no encoder here. */
export const bytewise = (read: (bytes: Uint8Array) => unknown) => (bytes: Uint8Array) => {
  read(bytes);
  return null;
};
