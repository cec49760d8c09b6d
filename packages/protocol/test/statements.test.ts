// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { concatBytes } from "../src/bytes.ts";
import {
  decodeCertificate,
  type EpochCertificate,
  encodeCertificate,
  encodeCertificateBody,
  signCertificate,
  verifyCertificate,
} from "../src/certificate.ts";
import {
  CHECKPOINT_BYTES_MAX,
  type CheckpointStatement,
  decodeCheckpoint,
  signCheckpoint,
  verifyCheckpoint,
} from "../src/checkpoint.ts";
import { CHECK_IDS } from "../src/checks.ts";
import { sha256 } from "../src/digest.ts";
import { isZetaError } from "../src/error.ts";
import { fromHex, toHex } from "../src/hex.ts";
import { instanceIdOf } from "../src/instance.ts";
import { THREADS_MAX } from "../src/limits.ts";
import { decodeReceipt, encodeReceipt, type Receipt } from "../src/receipt.ts";
import { publicKeyOf, recoverSigner, signBody, verifyBody } from "../src/signature.ts";
import {
  decodeViolation,
  signViolation,
  type ViolationStatement,
  verifyViolation,
} from "../src/violation.ts";
import { bytes, digest, SEED, u8, u16, u32, u64 } from "./arbitraries.ts";

const options = { seed: SEED, numRuns: 40 };
const secret = new Uint8Array(32).fill(7);
const publicKey = publicKeyOf(secret);
const otherKey = publicKeyOf(new Uint8Array(32).fill(8));

const head = {
  instanceId: digest,
  serviceId: fc.stringMatching(/^[!-~]{1,64}$/),
  profile: fc.constantFrom("kv64" as const, "bytes" as const),
  measurement: digest,
  origin: digest,
};
const certificate: fc.Arbitrary<EpochCertificate> = fc.record({
  ...head,
  epoch: u32,
  operations: u64,
  threads: fc.array(fc.record({ leafCount: u64, receiptsRoot: digest }), {
    minLength: 1,
    maxLength: 4,
  }),
  previous: digest,
});
const violation: fc.Arbitrary<ViolationStatement> = fc.record({
  ...head,
  epoch: u32,
  thread: u16,
  position: u64,
  check: fc.constantFrom(...CHECK_IDS),
  previous: digest,
});
const checkpoint: fc.Arbitrary<CheckpointStatement> = fc.record({
  ...head,
  epoch: u32,
  operations: u64,
  root: digest,
  previous: digest,
});
const receipt: fc.Arbitrary<Receipt> = fc.record({
  requestId: bytes(16),
  function: u8,
  thread: u16,
  epoch: u32,
  index: u64,
  leafCount: u64,
  path: fc.array(digest, { maxLength: 40 }),
});

const refused = (run: () => unknown) => {
  try {
    run();
    return false;
  } catch (error) {
    return isZetaError(error);
  }
};

describe("signatures", () => {
  test("recover to the signer and bind the body", () => {
    const body = Uint8Array.of(1, 2, 3);
    const signature = signBody(body, secret);
    expect(signature).toHaveLength(65);
    expect(recoverSigner(body, signature)).toEqual(publicKey);
    expect(verifyBody(body, signature, otherKey)).toBe(false);
    expect(verifyBody(Uint8Array.of(1, 2, 4), signature, publicKey)).toBe(false);
  });

  test("are deterministic (RFC 6979), so the same statement has the same bytes", () => {
    const body = Uint8Array.of(1, 2, 3);
    expect(toHex(signBody(body, secret))).toBe(toHex(signBody(body, secret)));
  });

  test("high s, a wrong recovery byte and wrong lengths are refused", () => {
    const body = Uint8Array.of(9);
    const signature = signBody(body, secret);
    const order =
      0xffff_ffff_ffff_ffff_ffff_ffff_ffff_fffe_baae_dce6_af48_a03b_bfd2_5e8c_d036_4141n;
    const s = BigInt(`0x${toHex(signature.slice(32, 64))}`);
    const malleable = concatBytes(
      signature.slice(0, 32),
      fromHex((order - s).toString(16).padStart(64, "0")),
      Uint8Array.of(27 + 28 - signature[64]!),
    );
    expect(verifyBody(body, malleable, publicKey)).toBe(false);
    const flipped = signature.slice();
    flipped[64] = 27 + 28 - flipped[64]!;
    expect(verifyBody(body, flipped, publicKey)).toBe(false);
    for (const wrong of [
      signature.slice(0, 64),
      concatBytes(signature, Uint8Array.of(0)),
      new Uint8Array(65),
    ]) {
      expect(recoverSigner(body, wrong)).toBeNull();
    }
  });
});

describe("certificates", () => {
  test("survive encoding, verify under their key only, and have one encoding", () => {
    fc.assert(
      fc.property(certificate, (content) => {
        const signed = decodeCertificate(signCertificate(content, secret));
        expect(signed.certificate).toEqual(content);
        expect(verifyCertificate(signed, publicKey)).toBe(true);
        expect(verifyCertificate(signed, otherKey)).toBe(false);
        expect(decodeCertificate(encodeCertificate(signed))).toEqual(signed);
      }),
      options,
    );
  });

  test("a changed byte, a cut or a tail is refused or breaks the signature", () => {
    fc.assert(
      fc.property(certificate, fc.nat(), fc.integer({ min: 1, max: 255 }), (content, at, flip) => {
        const encoded = signCertificate(content, secret);
        const changed = encoded.slice();
        changed[at % changed.length]! ^= flip;
        expect(
          refused(() => decodeCertificate(changed)) ||
            !verifyCertificate(decodeCertificate(changed), publicKey),
        ).toBe(true);
        expect(refused(() => decodeCertificate(encoded.slice(0, at % encoded.length)))).toBe(true);
        expect(refused(() => decodeCertificate(concatBytes(encoded, Uint8Array.of(0))))).toBe(true);
      }),
      options,
    );
  });

  test(`${THREADS_MAX} threads fit, one more does not`, () => {
    const thread = { leafCount: 1n, receiptsRoot: new Uint8Array(32) };
    const sample = fc.sample(certificate, { ...options, numRuns: 1 })[0]!;
    const full = { ...sample, threads: Array.from({ length: THREADS_MAX }, () => thread) };
    expect(decodeCertificate(signCertificate(full, secret)).certificate.threads).toHaveLength(
      THREADS_MAX,
    );
    expect(() => encodeCertificateBody({ ...full, threads: [...full.threads, thread] })).toThrow();
  });

  test("a violation does not pass for a certificate, nor the reverse", () => {
    const [c] = fc.sample(certificate, { ...options, numRuns: 1 });
    const [v] = fc.sample(violation, { ...options, numRuns: 1 });
    expect(refused(() => decodeCertificate(signViolation(v!, secret)))).toBe(true);
    expect(refused(() => decodeViolation(signCertificate(c!, secret)))).toBe(true);
  });
});

describe("violation statements", () => {
  test("survive encoding and verify under their key only", () => {
    fc.assert(
      fc.property(violation, (content) => {
        const signed = decodeViolation(signViolation(content, secret));
        expect(signed.violation).toEqual(content);
        expect(verifyViolation(signed, publicKey)).toBe(true);
        expect(verifyViolation(signed, otherKey)).toBe(false);
      }),
      options,
    );
  });
});

describe("checkpoints", () => {
  test("survive encoding, verify under their key only, and are named by their body", () => {
    fc.assert(
      fc.property(checkpoint, (content) => {
        const encoded = signCheckpoint(content, secret);
        const signed = decodeCheckpoint(encoded);
        expect(signed.checkpoint).toEqual(content);
        expect(verifyCheckpoint(signed, publicKey)).toBe(true);
        expect(verifyCheckpoint(signed, otherKey)).toBe(false);
        expect(concatBytes(signed.body, signed.signature)).toEqual(encoded);
        expect(signed.hash).toEqual(sha256(signed.body));
      }),
      options,
    );
  });

  test("a changed byte, a cut or a tail is refused or breaks the signature", () => {
    fc.assert(
      fc.property(checkpoint, fc.nat(), fc.integer({ min: 1, max: 255 }), (content, at, flip) => {
        const encoded = signCheckpoint(content, secret);
        const changed = encoded.slice();
        changed[at % changed.length]! ^= flip;
        expect(
          refused(() => decodeCheckpoint(changed)) ||
            !verifyCheckpoint(decodeCheckpoint(changed), publicKey),
        ).toBe(true);
        expect(refused(() => decodeCheckpoint(encoded.slice(0, at % encoded.length)))).toBe(true);
        expect(refused(() => decodeCheckpoint(concatBytes(encoded, Uint8Array.of(0))))).toBe(true);
      }),
      options,
    );
  });

  test("the longest is within the limit, and no other statement passes for one", () => {
    const [sample] = fc.sample(checkpoint, { ...options, numRuns: 1 });
    const longest = signCheckpoint({ ...sample!, serviceId: "s".repeat(64) }, secret);
    expect(longest.length).toBeLessThanOrEqual(CHECKPOINT_BYTES_MAX);
    expect(refused(() => decodeCheckpoint(new Uint8Array(CHECKPOINT_BYTES_MAX + 1)))).toBe(true);
    const [c] = fc.sample(certificate, { ...options, numRuns: 1 });
    expect(refused(() => decodeCheckpoint(signCertificate(c!, secret)))).toBe(true);
    expect(refused(() => decodeCertificate(longest))).toBe(true);
  });
});

describe("receipts", () => {
  test("survive encoding; cuts, tails and another version are refused", () => {
    fc.assert(
      fc.property(receipt, fc.nat(), (content, cut) => {
        const encoded = encodeReceipt(content);
        expect(decodeReceipt(encoded)).toEqual(content);
        expect(refused(() => decodeReceipt(encoded.slice(0, cut % encoded.length)))).toBe(true);
        expect(refused(() => decodeReceipt(concatBytes(encoded, Uint8Array.of(0))))).toBe(true);
        expect(refused(() => decodeReceipt(concatBytes(Uint8Array.of(2), encoded.slice(1))))).toBe(
          true,
        );
      }),
      options,
    );
  });
});

test("S.inst: two keys never share an instance id", () => {
  expect(instanceIdOf(publicKey)).not.toEqual(instanceIdOf(otherKey));
  expect(instanceIdOf(publicKey)).toEqual(instanceIdOf(publicKey));
});
