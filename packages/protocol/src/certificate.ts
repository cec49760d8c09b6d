// SPDX-License-Identifier: Apache-2.0
import { ByteReader } from "./byte-reader.ts";
import { ByteWriter } from "./byte-writer.ts";
import { concatBytes } from "./bytes.ts";
import { sha256 } from "./digest.ts";
import { assert, ZetaError } from "./error.ts";
import { DIGEST_BYTES, THREADS_MAX } from "./limits.ts";
import { SIGNATURE_BYTES, signBody, verifyBody } from "./signature.ts";
import { readHead, type StatementHead, writeHead } from "./statement.ts";

/** The receipts of one monitor thread in the epoch. */
export interface ThreadReceipts {
  readonly leafCount: bigint;
  readonly receiptsRoot: Uint8Array;
}

/**
 * What the enclave signs once all monitors' hashes of an epoch balance: everything up to and including this epoch is explained by one
 * sequential run, and these are the roots of the answers given in it (PROTOCOL §6, docs/formats.md §4).
 */
export interface EpochCertificate extends StatementHead {
  readonly epoch: number;
  /** Application calls certified since the empty store, those of the instances that this one continues included. */
  readonly operations: bigint;
  readonly threads: readonly ThreadReceipts[];
  /** Hash of the certificate before this one; of an instance's first one its origin. A rollback shows as a fork. */
  readonly previous: Uint8Array;
}

/** A certificate as it travels: decoded body, the exact bytes signed, the signature. */
export interface SignedCertificate {
  readonly certificate: EpochCertificate;
  readonly body: Uint8Array;
  readonly signature: Uint8Array;
  /** SHA-256(body): the certificate's name in the chain. */
  readonly hash: Uint8Array;
}

const DOMAIN = "zeta.certificate.v2";

/** `previous` of the very first certificate of an instance that began from nothing. */
export const NO_CERTIFICATE: Uint8Array = new Uint8Array(DIGEST_BYTES);

/** Longest encoding: head and tail below 300 bytes, 40 bytes a thread. */
const CERTIFICATE_BYTES_MAX = 300 + 40 * THREADS_MAX;

export function encodeCertificateBody(certificate: EpochCertificate): Uint8Array<ArrayBuffer> {
  const { threads } = certificate;
  assert(
    threads.length >= 1 && threads.length <= THREADS_MAX,
    `1..${THREADS_MAX} threads, got ${threads.length}`,
  );
  const writer = new ByteWriter(256 + 40 * threads.length);
  writeHead(writer, DOMAIN, certificate);
  writer.u32(certificate.epoch).u64(certificate.operations).u16(threads.length);
  for (const thread of threads) writer.u64(thread.leafCount).bytes(thread.receiptsRoot);
  return writer.bytes(certificate.previous).toBytes();
}

export function signCertificate(
  certificate: EpochCertificate,
  secretKey: Uint8Array,
): Uint8Array<ArrayBuffer> {
  const body = encodeCertificateBody(certificate);
  return concatBytes(body, signBody(body, secretKey));
}

/**
 * Parses a certificate; says nothing about who signed it: see {@link verifyCertificate}.
 *
 * @throws ZetaError `D.short`, `D.length` or `D.kind`.
 */
export function decodeCertificate(bytes: Uint8Array): SignedCertificate {
  if (bytes.length > CERTIFICATE_BYTES_MAX) {
    throw new ZetaError(
      "D.length",
      `expected a certificate of at most ${CERTIFICATE_BYTES_MAX} bytes, got ${bytes.length}`,
    );
  }
  const reader = new ByteReader(bytes);
  const head = readHead(reader, DOMAIN);
  const epoch = reader.u32("epoch");
  const operations = reader.u64("operations");
  const count = reader.u16("thread count");
  if (count < 1 || count > THREADS_MAX) {
    throw new ZetaError("D.length", `expected 1..${THREADS_MAX} threads, got ${count}`);
  }
  const threads = Array.from({ length: count }, () => {
    const leafCount = reader.u64("leaf count");
    return { leafCount, receiptsRoot: reader.bytes(DIGEST_BYTES, "receipts root").slice() };
  });
  const previous = reader.bytes(DIGEST_BYTES, "previous certificate").slice();
  const body = bytes.slice(0, reader.offset);
  const signature = reader.bytes(SIGNATURE_BYTES, "signature").slice();
  reader.end("certificate");
  return {
    certificate: { ...head, epoch, operations, threads, previous },
    body,
    signature,
    hash: sha256(body),
  };
}

/** The bytes of a decoded certificate. */
export function encodeCertificate(signed: SignedCertificate): Uint8Array<ArrayBuffer> {
  return concatBytes(signed.body, signed.signature);
}

/** Was it signed by this instance key? The instance id inside must be compared with the attested one by the caller. */
export function verifyCertificate(signed: SignedCertificate, publicKey: Uint8Array): boolean {
  return verifyBody(signed.body, signed.signature, publicKey);
}
