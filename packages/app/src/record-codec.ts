// SPDX-License-Identifier: Apache-2.0
import { utf8 } from "@zeta/protocol/bytes";
import { KEY_BYTES_MAX } from "@zeta/protocol/limits";
import type { Codec, Maker } from "./codec/codec.ts";
import { CodecError } from "./codec/codec-error.ts";
import { compileCodec } from "./codec/compile-codec.ts";
import type { Writer } from "./codec/writer.ts";
import type { ManifestRecord } from "./manifest.ts";

/** First byte of a record's key: the service's own records, or those of running workflows, which no operation can name. */
const KEY_SPACE = { service: 1, workflow: 2 } as const;

/** One kind of records: u8 key space, u8 length and name of the kind, then the key by its schema (docs/formats.md). */
export class RecordCodec {
  readonly value: Codec;
  readonly #key: Codec;
  readonly #head: Uint8Array;

  constructor(name: string, record: ManifestRecord, maker: Maker) {
    this.#key = compileCodec(record.key, `a key of ${name}`, maker);
    this.value = compileCodec(record.value, `a value of ${name}`, maker);
    const space = record.hidden ? KEY_SPACE.workflow : KEY_SPACE.service;
    this.#head = Uint8Array.of(space, name.length, ...utf8(name));
  }

  writeKey(key: unknown, writer: Writer): void {
    writer.raw(this.#head);
    this.#key.write(key, writer);
    if (writer.length > KEY_BYTES_MAX) {
      throw new CodecError(
        `expected a key of at most ${KEY_BYTES_MAX} bytes, got ${writer.length}`,
      );
    }
  }
}
