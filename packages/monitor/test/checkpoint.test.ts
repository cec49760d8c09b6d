// SPDX-License-Identifier: Apache-2.0
import { decodeCertificate } from "@zeta/protocol/certificate";
import { decodeCheckpoint, verifyCheckpoint } from "@zeta/protocol/checkpoint";
import { isZetaError } from "@zeta/protocol/error";
import { EMPTY_ROOT_VALUE, rootHash } from "@zeta/protocol/root-value";
import { NO_ORIGIN } from "@zeta/protocol/statement";
import { decodeViolation } from "@zeta/protocol/violation";
import { describe, expect, test } from "vitest";
import { createEnclave, type Enclave } from "../src/enclave.ts";
import { CHECKPOINT_ATTACKS } from "./attacks/checkpoint-attacks.ts";
import { enclaveOptions, feed, rootValueAfter } from "./support/restart.ts";
import { app, Script } from "./support/script.ts";
import { isSequentiallyConsistent } from "./support/sequential.ts";

/** Runs a script on a fresh enclave and takes a checkpoint. */
function ended(script: Script, seed = 1) {
  const enclave = createEnclave(enclaveOptions(script.threads, seed));
  const { statements, check } = feed(enclave, script);
  expect(check).toBe(null);
  const rootValue = rootValueAfter(script, script.threads);
  const checkpoint = enclave.checkpoint();
  return { enclave, statements, continues: { checkpoint, rootValue } };
}

/** Epochs 0 and 1 of two threads: A = v2, C = c; at the end all is back in the tree. */
function firstPart(): Script {
  const script = new Script(2);
  script.on(0).addM(app("A", null), 1, 0).put("A", "v1", 1, false);
  script.on(0).addM(app("C", null), 2, 0).evictBM(2, 0, [0, 1]);
  script.on(1).addB(app("C", null), 1, [0, 1], 0).put("C", "c", 1, false);
  script.closeEpoch();
  script.on(0).put("A", "v2", 1, true).evictM(1, 0);
  script.on(1).evictB(1, [1, 3]);
  script.on(0).addB(app("C", "c"), 2, [1, 3], 1).evictM(2, 0);
  return script.closeEpoch();
}

/** Epoch 2: both are read, and A is written. */
function secondPart(): Script {
  const script = new Script(2, 2);
  script.on(0).addM(app("A", "v2"), 1, 0).get("A", 1, "v2").put("A", "v3", 1, true).evictM(1, 0);
  script.on(0).addM(app("C", "c"), 2, 0).get("C", 2, "c").evictM(2, 0);
  return script.closeEpoch();
}

describe("a checkpoint", () => {
  const { enclave, statements, continues } = ended(firstPart());
  const signed = decodeCheckpoint(continues.checkpoint);

  test("says what the last certificate ended with, signed by the instance key", () => {
    const last = decodeCertificate(statements.at(-1)!);
    expect(verifyCheckpoint(signed, enclave.publicKey)).toBe(true);
    expect(signed.checkpoint).toEqual({
      ...{ serviceId: "kv", profile: "bytes", origin: NO_ORIGIN, epoch: 1, operations: 3n },
      ...{ instanceId: enclave.instanceId, measurement: enclave.measurement },
      root: rootHash(continues.rootValue),
      previous: last.hash,
    });
  });

  test("an instance goes on from it: epochs, operations, chain and answers", () => {
    const next = createEnclave(enclaveOptions(2, 2, continues));
    expect(next.instanceId).not.toEqual(enclave.instanceId);
    expect([enclave.origin, next.origin]).toEqual([NO_ORIGIN, signed.hash]);
    expect(next.latestCertificate).toBe(null);
    const script = secondPart();
    const fed = feed(next, script);
    expect(fed.check).toBe(null);
    expect(fed.leaves).toEqual(script.history.map(({ leaf }) => Buffer.from(leaf).toString("hex")));
    const { certificate, hash } = decodeCertificate(fed.statements[0]!);
    expect(certificate).toMatchObject({ epoch: 2, operations: 6n, origin: signed.hash });
    expect(certificate.previous).toEqual(signed.hash);
    const after = decodeCheckpoint(next.checkpoint()).checkpoint;
    expect(after).toMatchObject({ epoch: 2, operations: 6n, origin: signed.hash, previous: hash });
  });

  test("the instance itself goes on, too, and does not change its mind", () => {
    const old = createEnclave(enclaveOptions(2, 1));
    feed(old, firstPart());
    expect(old.checkpoint()).toEqual(continues.checkpoint);
    expect(old.checkpoint()).toEqual(continues.checkpoint);
    const { statements: later, check } = feed(old, secondPart());
    expect(check).toBe(null);
    expect(decodeCertificate(later[0]!).certificate).toMatchObject({ epoch: 2, operations: 6n });
  });

  test("two instances from one: both name the same origin, and their chains differ", () => {
    const [one, other] = [2, 3].map((seed) => createEnclave(enclaveOptions(2, seed, continues)));
    const hashes = [one!, other!].map((each) => {
      const { certificate, hash } = decodeCertificate(feed(each, secondPart()).statements[0]!);
      expect(certificate.origin).toEqual(signed.hash);
      return Buffer.from(hash).toString("hex");
    });
    expect(new Set(hashes).size).toBe(2);
  });

  test("a violation before the first certificate names the origin", () => {
    const next = createEnclave(enclaveOptions(2, 2, continues));
    const { statements: accused } = next.verifyLog(0, Uint8Array.of(9));
    const { violation } = decodeViolation(accused[0]!);
    expect(violation).toMatchObject({ check: "D.tag", epoch: 2, origin: signed.hash });
    expect(violation.previous).toEqual(signed.hash);
  });

  test("of an empty store", () => {
    const { continues: empty } = ended(new Script(1).closeEpoch());
    expect(empty.rootValue).toEqual(EMPTY_ROOT_VALUE);
    const next = createEnclave(enclaveOptions(1, 2, empty));
    const script = new Script(1, 1);
    script.on(0).addM(app("A", null), 1, 0).get("A", 1, null);
    expect(feed(next, script.closeEpoch()).check).toBe(null);
    const { certificate } = decodeCertificate(next.latestCertificate!);
    expect(certificate).toMatchObject({ epoch: 1, operations: 1n });
  });
});

describe("at rest", () => {
  /** What the enclave says instead of signing. */
  function refusal(enclave: Enclave): string {
    try {
      enclave.checkpoint();
    } catch (error) {
      if (isZetaError(error, "not_at_rest")) return error.message;
      throw error;
    }
    return "signed";
  }

  test.each(CHECKPOINT_ATTACKS)("not: $title", ({ first, got }) => {
    const enclave = createEnclave(enclaveOptions(first.threads, 1));
    expect(feed(enclave, first).check).toBe(null);
    expect(enclave.latestCertificate).not.toBe(null);
    expect(refusal(enclave)).toMatch(got);
  });

  test.each(CHECKPOINT_ATTACKS.filter(({ gain }) => gain === "lie"))(
    "no run would explain: $title",
    ({ certified }) => {
      expect(isSequentiallyConsistent(certified)).toBe(false);
    },
  );

  test("not before the first certificate", () => {
    const enclave = createEnclave(enclaveOptions(1, 1));
    expect(refusal(enclave)).toMatch(/a certified epoch, got none/);
    const { continues } = ended(firstPart());
    expect(refusal(createEnclave(enclaveOptions(2, 2, continues)))).toMatch(/got none/);
  });

  test("not after a failure or a violation", () => {
    const enclave = createEnclave(enclaveOptions(1, 1));
    feed(enclave, new Script(1).closeEpoch());
    enclave.verifyLog(0, Uint8Array.of(9));
    expect(refusal(enclave)).toMatch(/failed/);
  });

  test("again, once the epoch after is certified with everything back", () => {
    const enclave = createEnclave(enclaveOptions(1, 1));
    const script = new Script(1);
    script.on(0).addM(app("A", null), 1, 0).put("A", "v1", 1, false);
    feed(enclave, script.closeEpoch());
    expect(refusal(enclave)).toMatch(/slot 1/);
    const more = new Script(1, 1);
    more.on(0).evictM(1, 0);
    feed(enclave, more.closeEpoch());
    expect(refusal(enclave)).toBe("signed");
  });
});
