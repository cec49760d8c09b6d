// SPDX-License-Identifier: Apache-2.0
import { ByteReader } from "@zeta/protocol/byte-reader";
import { ByteWriter } from "@zeta/protocol/byte-writer";
import { ZetaError } from "@zeta/protocol/error";
import { toHex } from "@zeta/protocol/hex";
import { ARGUMENT_BYTES_MAX, REQUEST_ID_BYTES } from "@zeta/protocol/limits";
import type { EngineCall } from "../engine-call.ts";

/** Calls that ran one after the other in one epoch; without calls: the epoch has begun. */
export interface JournalEntry {
  readonly epoch: number;
  readonly calls: readonly EngineCall[];
}

/**
 * Writes one entry: u32 epoch ‖ calls, each u8 function ‖ u8 flag ‖ request id (16 B, only if flag = 1) ‖ u32 length ‖ argument, big endian.
 */
export class EntryWriter {
  readonly epoch: number;
  readonly #writer = new ByteWriter(4096);

  constructor(epoch: number) {
    this.epoch = epoch;
    this.#writer.u32(epoch);
  }

  get length(): number {
    return this.#writer.length;
  }

  add({ function: number, argument, requestId }: EngineCall): void {
    this.#writer.u8(number).u8(requestId === null ? 0 : 1);
    if (requestId !== null) this.#writer.bytes(Buffer.from(requestId, "hex"));
    this.#writer.u32(argument.length).bytes(argument);
  }

  /** The entry; nothing may be added afterwards. */
  view(): Uint8Array {
    return this.#writer.view();
  }
}

/**
 * Reads what a storage gave back. The bytes are the host's own, but disks fail: so strictly.
 *
 * @throws ZetaError `D.short`, `D.bool`, `D.length`.
 */
export function decodeJournalEntry(bytes: Uint8Array): JournalEntry {
  const reader = new ByteReader(bytes);
  const epoch = reader.u32("epoch");
  const calls: EngineCall[] = [];
  while (reader.remaining > 0) calls.push(readCall(reader));
  return { epoch, calls };
}

function readCall(reader: ByteReader): EngineCall {
  const number = reader.u8("function");
  const hasId = reader.bool("flag of a request id");
  const requestId = hasId ? toHex(reader.bytes(REQUEST_ID_BYTES, "request id")) : null;
  const length = reader.u32("length of the argument");
  if (length > ARGUMENT_BYTES_MAX) {
    const message = `expected an argument of at most ${ARGUMENT_BYTES_MAX} bytes, got ${length}`;
    throw new ZetaError("D.length", message);
  }
  return { function: number, argument: reader.bytes(length, "argument").slice(), requestId };
}
