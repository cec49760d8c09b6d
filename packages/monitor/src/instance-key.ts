// SPDX-License-Identifier: Apache-2.0
import { secp256k1 } from "@noble/curves/secp256k1.js";
import { type EpochCertificate, signCertificate } from "@zeta/protocol/certificate";
import { type CheckpointStatement, signCheckpoint } from "@zeta/protocol/checkpoint";
import { assert } from "@zeta/protocol/error";
import { instanceIdOf } from "@zeta/protocol/instance";
import { publicKeyOf } from "@zeta/protocol/signature";
import { signViolation, type ViolationStatement } from "@zeta/protocol/violation";

/**
 * Fills that many fresh bytes. In production from the operating system; simulations give a seeded
 * one.
 */
export type RandomBytes = (count: number) => Uint8Array;

/** The signing key of one start of the enclave. The secret half stays in here. */
export interface InstanceKey {
  /** Compressed secp256k1, 33 bytes: what a quote binds to. */
  readonly publicKey: Uint8Array;
  /** S.inst: names this start in every statement (docs/formats.md §4). */
  readonly instanceId: Uint8Array;
  signCertificate(certificate: EpochCertificate): Uint8Array;
  signCheckpoint(checkpoint: CheckpointStatement): Uint8Array;
  signViolation(violation: ViolationStatement): Uint8Array;
}

/**
 * 128 bits more than the order of the curve, so that reduction modulo the order leaves no bias
 * (FIPS 186-5, A.2.1).
 */
const SEED_BYTES = 48;

export function createInstanceKey(random: RandomBytes): InstanceKey {
  const seed = random(SEED_BYTES);
  assert(seed.length === SEED_BYTES, `${SEED_BYTES} random bytes, got ${seed.length}`);
  const secretKey = secp256k1.utils.randomSecretKey(seed);
  const publicKey = publicKeyOf(secretKey);
  return {
    publicKey,
    instanceId: instanceIdOf(publicKey),
    signCertificate: (certificate) => signCertificate(certificate, secretKey),
    signCheckpoint: (checkpoint) => signCheckpoint(checkpoint, secretKey),
    signViolation: (violation) => signViolation(violation, secretKey),
  };
}
