// SPDX-License-Identifier: Apache-2.0
import { ByteReader } from "./byte-reader.ts";
import { ByteWriter } from "./byte-writer.ts";
import { concatBytes } from "./bytes.ts";
import { sha256 } from "./digest.ts";
import { assert, ZetaError } from "./error.ts";
import { DIGEST_BYTES } from "./limits.ts";
import { SIGNATURE_BYTES, signBody, verifyBody } from "./signature.ts";
import { readHead, type StatementHead, writeHead } from "./statement.ts";

/**
 * What an enclave signs when everything is back in the tree and certified: the one value from which another instance can go on. That one
 * names this statement as its `origin` (PROTOCOL §15.1, docs/formats.md §4).
 *
 * @example
 * const { checkpoint, hash } = decodeCheckpoint(bytes);
 * equalBytes(certificate.origin, hash); // this certificate's instance began where the checkpoint was made
 */
export interface CheckpointStatement extends StatementHead {
  /** The last epoch under the root; it is certified. */
  readonly epoch: number;
  /** Application calls up to that epoch, since the empty store. */
  readonly operations: bigint;
  /** Hash of the root at rest ({@link rootHash} of root-value.ts). */
  readonly root: Uint8Array;
  /** Hash of the certificate of that epoch. */
  readonly previous: Uint8Array;
}

/** A checkpoint as it travels: decoded body, the exact bytes signed, the signature. */
export interface SignedCheckpoint {
  readonly checkpoint: CheckpointStatement;
  readonly body: Uint8Array;
  readonly signature: Uint8Array;
  /** SHA-256(body): the origin of whoever continues from here. */
  readonly hash: Uint8Array;
}

const DOMAIN = "zeta.checkpoint.v1";

/** Head, numbers, hashes and signature take below 400 bytes. */
export const CHECKPOINT_BYTES_MAX = 512;

export function signCheckpoint(
  checkpoint: CheckpointStatement,
  secretKey: Uint8Array,
): Uint8Array<ArrayBuffer> {
  const { epoch, operations, root, previous } = checkpoint;
  assert(root.length === DIGEST_BYTES, "a root of 32 bytes");
  assert(previous.length === DIGEST_BYTES, "a certificate hash of 32 bytes");
  const writer = new ByteWriter(CHECKPOINT_BYTES_MAX);
  writeHead(writer, DOMAIN, checkpoint);
  const body = writer.u32(epoch).u64(operations).bytes(root).bytes(previous).toBytes();
  return concatBytes(body, signBody(body, secretKey));
}

/**
 * Parses a checkpoint; says nothing about who signed it: see {@link verifyCheckpoint}.
 *
 * @throws ZetaError `D.short`, `D.length` or `D.kind`.
 */
export function decodeCheckpoint(bytes: Uint8Array): SignedCheckpoint {
  if (bytes.length > CHECKPOINT_BYTES_MAX) {
    const got = `${bytes.length} bytes`;
    const message = `expected a checkpoint of at most ${CHECKPOINT_BYTES_MAX} bytes, got ${got}`;
    throw new ZetaError("D.length", message);
  }
  const reader = new ByteReader(bytes);
  const head = readHead(reader, DOMAIN);
  const epoch = reader.u32("epoch");
  const operations = reader.u64("operations");
  const root = reader.bytes(DIGEST_BYTES, "root").slice();
  const previous = reader.bytes(DIGEST_BYTES, "previous certificate").slice();
  const body = bytes.slice(0, reader.offset);
  const signature = reader.bytes(SIGNATURE_BYTES, "signature").slice();
  reader.end("checkpoint");
  const checkpoint = { ...head, epoch, operations, root, previous };
  return { checkpoint, body, signature, hash: sha256(body) };
}

/** Was it signed by this instance key? The instance id inside must be compared with the attested one by the caller. */
export function verifyCheckpoint(signed: SignedCheckpoint, publicKey: Uint8Array): boolean {
  return verifyBody(signed.body, signed.signature, publicKey);
}
