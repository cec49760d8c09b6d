// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "vitest";
import { recoverLegacySigner, signLegacyRoot, verifyLegacyRoot } from "../src/legacy-signature.ts";
import { encodeProofStatement, type ProofStatement } from "../src/proof-statement.ts";
import { bytesOfHex, hexOf } from "../src/wire-bytes.ts";

const bytes = (hex: string) => bytesOfHex(hex)!;

/** Key and address are those of zkSync's own test; the signature was made once and checked by recovery. */
const KNOWN = {
  secretKey: bytes("c87509a1c067bbde78beb793e6fa76530b6382a4c0241e5e4a9ec0a0f44dc0d3"),
  publicKey: bytes("03af80b90d25145da28c583359beb47b21796b2fe1a23c1511e443e7a64dfdb27d"),
  root: bytes("3132333435363738393031323334353637383930313233343536373839303132"),
  signature: bytes(
    "21deaeb77c1909b337e113f7a3a6bb73d52590ceaf7f5a1daa6652b3fdd657f1" +
      "0ac96eac9c298839626ce537f7aca7159db381b31a0ad7209fe7b96652ea9ebc1b",
  ),
};

describe("signatures of the raw root", () => {
  const { secretKey, publicKey, root, signature } = KNOWN;

  test("the known answer: signed, verified and recovered", () => {
    expect(hexOf(signLegacyRoot(root, secretKey))).toBe(hexOf(signature));
    expect(hexOf(recoverLegacySigner(root, signature)!)).toBe(hexOf(publicKey));
    expect(verifyLegacyRoot(root, signature, publicKey)).toBe(true);
  });

  test("64 bytes, without the recovery id, are verified against the key", () => {
    expect(verifyLegacyRoot(root, signature.subarray(0, 64), publicKey)).toBe(true);
    const another = signLegacyRoot(root, new Uint8Array(32).fill(7));
    expect(verifyLegacyRoot(root, another.subarray(0, 64), publicKey)).toBe(false);
  });

  test("no other byte, length or recovery id", () => {
    for (let at = 0; at < 65; at++) {
      const wrong = Uint8Array.from(signature);
      wrong[at] = (wrong[at] ?? 0) ^ 1;
      expect([at, verifyLegacyRoot(root, wrong, publicKey)]).toEqual([at, false]);
    }
    for (const length of [0, 63, 66]) {
      const wrong = new Uint8Array(length);
      wrong.set(signature.subarray(0, Math.min(65, length)));
      expect(verifyLegacyRoot(root, wrong, publicKey)).toBe(false);
    }
  });

  test("high s is not accepted: a signature has one encoding", () => {
    const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
    const s = BigInt(`0x${hexOf(signature.subarray(32, 64))}`);
    const high = Uint8Array.from(signature);
    high.set(bytes((order - s).toString(16).padStart(64, "0")), 32);
    high[64] = 27 + 28 - (signature[64] ?? 0);
    expect(verifyLegacyRoot(root, high, publicKey)).toBe(false);
    expect(verifyLegacyRoot(root, high.subarray(0, 64), publicKey)).toBe(false);
  });
});

describe("the proof statement", () => {
  const statement: ProofStatement = {
    service: "kv",
    batchNumber: 7,
    previousRoot: new Uint8Array(32).fill(1),
    root: new Uint8Array(32).fill(2),
    receiptsRoot: new Uint8Array(32).fill(3),
    batchDigest: new Uint8Array(32).fill(4),
    teeType: "sgx",
    publicKey: new Uint8Array(33).fill(5),
  };

  test("its bytes are fixed", () => {
    expect(hexOf(encodeProofStatement(statement))).toBe(
      `137a6574612e62617463682d70726f6f662e7631${"026b76"}${"0000000000000007"}${"01".repeat(32)}` +
        `${"02".repeat(32)}${"03".repeat(32)}${"04".repeat(32)}${"03736778"}${"05".repeat(33)}`,
    );
  });

  test("every member changes them", () => {
    const others: Partial<ProofStatement>[] = [
      { service: "kw" },
      { batchNumber: 8 },
      { previousRoot: new Uint8Array(32) },
      { root: new Uint8Array(32) },
      { receiptsRoot: new Uint8Array(32) },
      { batchDigest: new Uint8Array(32) },
      { teeType: "tdx" },
      { publicKey: new Uint8Array(33) },
    ];
    const all = [statement, ...others.map((other) => ({ ...statement, ...other }))];
    expect(new Set(all.map((one) => hexOf(encodeProofStatement(one)))).size).toBe(9);
  });

  test("what does not fit is a mistake of the caller's", () => {
    const wrong: Partial<ProofStatement>[] = [
      { service: "" },
      { service: "a".repeat(65) },
      { service: "k v" },
      { root: new Uint8Array(31) },
      { publicKey: new Uint8Array(32) },
    ];
    for (const one of wrong) {
      expect(() => encodeProofStatement({ ...statement, ...one })).toThrow(TypeError);
    }
  });
});
