// SPDX-License-Identifier: Apache-2.0
import { ByteReader } from "./byte-reader.ts";
import { ByteWriter } from "./byte-writer.ts";
import { concatBytes, utf8 } from "./bytes.ts";
import { type CheckId, isCheckId } from "./checks.ts";
import { ZetaError } from "./error.ts";
import { DIGEST_BYTES } from "./limits.ts";
import { SIGNATURE_BYTES, signBody, verifyBody } from "./signature.ts";
import { ascii, readHead, type StatementHead, writeHead } from "./statement.ts";

/** A proof of misbehaviour that anybody can check: the enclave refused this host's log (ARCHITECTURE: failure is sticky and signed). */
export interface ViolationStatement extends StatementHead {
  /** The thread's epoch, or the epoch whose hashes do not balance. */
  readonly epoch: number;
  /** The monitor thread, or {@link AGGREGATE_THREAD}. */
  readonly thread: number;
  /** Log bytes this thread had consumed before the refused entry; 0 for the aggregate. */
  readonly position: bigint;
  readonly check: CheckId;
  /** Hash of the last certificate of the instance, its origin if there is none. */
  readonly previous: Uint8Array;
}

export interface SignedViolation {
  readonly violation: ViolationStatement;
  readonly body: Uint8Array;
  readonly signature: Uint8Array;
}

/** `thread` of a statement about the aggregate: the hashes of all threads together do not balance. */
export const AGGREGATE_THREAD = 0xffff;

const DOMAIN = "zeta.violation.v2";

/** Head, numbers, check ID and hash take below 400 bytes. */
const VIOLATION_BYTES_MAX = 512;

export function signViolation(
  violation: ViolationStatement,
  secretKey: Uint8Array,
): Uint8Array<ArrayBuffer> {
  const writer = new ByteWriter(300);
  writeHead(writer, DOMAIN, violation);
  writer.u32(violation.epoch).u16(violation.thread).u64(violation.position);
  writer.frame8(utf8(violation.check)).bytes(violation.previous);
  const body = writer.toBytes();
  return concatBytes(body, signBody(body, secretKey));
}

/** @throws ZetaError `D.short`, `D.length` or `D.kind`. */
export function decodeViolation(bytes: Uint8Array): SignedViolation {
  if (bytes.length > VIOLATION_BYTES_MAX) {
    throw new ZetaError(
      "D.length",
      `expected a violation of at most ${VIOLATION_BYTES_MAX} bytes, got ${bytes.length}`,
    );
  }
  const reader = new ByteReader(bytes);
  const head = readHead(reader, DOMAIN);
  const epoch = reader.u32("epoch");
  const thread = reader.u16("thread");
  const position = reader.u64("position");
  const check = ascii(reader.frame8(1, 32, "check ID"));
  if (!isCheckId(check))
    throw new ZetaError("D.kind", `expected a check ID, got ${JSON.stringify(check)}`);
  const previous = reader.bytes(DIGEST_BYTES, "previous certificate").slice();
  const body = bytes.slice(0, reader.offset);
  const signature = reader.bytes(SIGNATURE_BYTES, "signature").slice();
  reader.end("violation");
  return { violation: { ...head, epoch, thread, position, check, previous }, body, signature };
}

/** Was it signed by this instance key? */
export function verifyViolation(signed: SignedViolation, publicKey: Uint8Array): boolean {
  return verifyBody(signed.body, signed.signature, publicKey);
}
