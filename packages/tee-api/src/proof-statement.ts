// SPDX-License-Identifier: Apache-2.0
/**
 * What a gateway signs when it has verified a batch. The zkSync provers signed the bare root: such a signature says nothing about
 * service, batch, predecessor or prover, and can be carried over to wherever the same root appears.
 */
import type { TeeType } from "./tee-type.ts";

export interface ProofStatement {
  /** 1..64 printable ASCII characters. */
  readonly service: string;
  readonly batchNumber: number;
  /** 32 bytes each; the receipts root is zeros for a batch without receipts. */
  readonly previousRoot: Uint8Array;
  readonly root: Uint8Array;
  readonly receiptsRoot: Uint8Array;
  /** SHA-256 of the batch data that was verified. */
  readonly batchDigest: Uint8Array;
  readonly teeType: TeeType;
  /** Compressed secp256k1 key of the signer, 33 bytes. */
  readonly publicKey: Uint8Array;
}

/** The trailing `.v1` is the format's version. */
export const PROOF_STATEMENT_DOMAIN = "zeta.batch-proof.v1";

/**
 * frame8(domain) ‖ frame8(service) ‖ u64 batch ‖ previous root 32 ‖ root 32 ‖ receipts root 32 ‖ batch digest 32 ‖ frame8(TEE type)
 * ‖ public key 33. Integers big endian; frame8 is u8 length ‖ bytes. The signature is over SHA-256 of these bytes.
 */
export function encodeProofStatement(statement: ProofStatement): Uint8Array<ArrayBuffer> {
  const number = new Uint8Array(8);
  new DataView(number.buffer).setBigUint64(0, BigInt(statement.batchNumber));
  return joined(
    frame8(PROOF_STATEMENT_DOMAIN, 64),
    frame8(statement.service, 64),
    number,
    exactly(32, statement.previousRoot, "previous root"),
    exactly(32, statement.root, "root"),
    exactly(32, statement.receiptsRoot, "receipts root"),
    exactly(32, statement.batchDigest, "batch digest"),
    frame8(statement.teeType, 64),
    exactly(33, statement.publicKey, "public key"),
  );
}

function frame8(text: string, max: number): Uint8Array {
  if (!/^[!-~]+$/.test(text) || text.length > max) {
    throw new TypeError(`expected 1..${max} printable ASCII characters, got "${text}"`);
  }
  const frame = new Uint8Array(1 + text.length);
  frame[0] = text.length;
  for (let i = 0; i < text.length; i++) frame[i + 1] = text.charCodeAt(i);
  return frame;
}

function exactly(length: number, bytes: Uint8Array, what: string): Uint8Array {
  if (bytes.length !== length) {
    throw new TypeError(`expected ${length} bytes of ${what}, got ${bytes.length}`);
  }
  return bytes;
}

function joined(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    out.set(part, offset);
    offset += part.length;
  }
  return out;
}
