// SPDX-License-Identifier: Apache-2.0
import {
  decodeCertificate,
  encodeCertificate,
  NO_CERTIFICATE,
  type SignedCertificate,
  verifyCertificate,
} from "@zeta/protocol/certificate";
import { isZetaError } from "@zeta/protocol/error";
import { receiptsRoot } from "@zeta/protocol/receipt-tree";
import { AGGREGATE_THREAD, decodeViolation, verifyViolation } from "@zeta/protocol/violation";
import { describe, expect, test } from "vitest";
import { createEnclave, type Enclave } from "../src/enclave.ts";
import { encodeFrame, honestLog } from "./support/honest-log.ts";
import { monitorModule } from "./support/monitors.ts";
import { Random } from "./support/random.ts";
import { app, Script } from "./support/script.ts";

function start(threads = 1, seed = 1): Enclave {
  const random = new Random(seed);
  return createEnclave({
    profile: "bytes",
    threads,
    slots: 64,
    serviceId: "kv",
    module: monitorModule("bytes"),
    random: (count) => random.bytes(count),
  });
}

/** Feeds a script frame by frame; all statements in order. */
function feed(enclave: Enclave, script: Script): Uint8Array[] {
  return script.frames.flatMap(({ thread, entries }) => [
    ...enclave.verifyLog(thread, encodeFrame(entries, "bytes")).statements,
  ]);
}

function decodeAll(statements: readonly Uint8Array[]): SignedCertificate[] {
  return statements.map((statement) => decodeCertificate(statement));
}

/** Two threads, two epochs, some calls in each. */
function honestScript(): Script {
  const script = new Script(2);
  script.on(0).addM(app("A", null), 1, 0).put("A", "v1", 1, false).get("A", 1, "v1");
  script.on(0).addM(app("C", null), 2, 0).evictBM(2, 0, [0, 1]);
  script.on(1).addB(app("C", null), 1, [0, 1], 0).put("C", "c", 1, false);
  script.closeEpoch();
  script.on(0).put("A", "v2", 1, true);
  script.closeEpoch();
  return script;
}

describe("certificates", () => {
  const enclave = start(2);
  const script = honestScript();
  const statements = feed(enclave, script);
  const certificates = decodeAll(statements);

  test("one for each epoch, signed by the instance key", () => {
    expect(certificates.map(({ certificate }) => certificate.epoch)).toEqual([0, 1]);
    for (const signed of certificates) {
      expect(verifyCertificate(signed, enclave.publicKey)).toBe(true);
      expect(signed.certificate).toMatchObject({ serviceId: "kv", profile: "bytes" });
      expect(signed.certificate.instanceId).toEqual(enclave.instanceId);
      expect(signed.certificate.measurement).toEqual(monitorModule("bytes").measurement);
    }
  });

  test("each names the one before it; the first names none", () => {
    const [first, second] = certificates;
    expect(first!.certificate.previous).toEqual(NO_CERTIFICATE);
    expect(second!.certificate.previous).toEqual(first!.hash);
    expect(enclave.latestCertificate).toEqual(statements[1]);
  });

  test("operations add up over the epochs", () => {
    expect(certificates.map(({ certificate }) => certificate.operations)).toEqual([3n, 4n]);
  });

  test("the receipts roots are those of the leaves that clients compute", () => {
    const [a, b, c, d] = script.history.map(({ leaf }) => leaf);
    const threads = certificates.map(({ certificate }) => certificate.threads);
    expect(threads).toEqual([
      [
        { leafCount: 2n, receiptsRoot: receiptsRoot([a!, b!]) },
        { leafCount: 1n, receiptsRoot: receiptsRoot([c!]) },
      ],
      [
        { leafCount: 1n, receiptsRoot: receiptsRoot([d!]) },
        { leafCount: 0n, receiptsRoot: receiptsRoot([]) },
      ],
    ]);
  });

  test("decode and encode are inverse; every other byte string is refused or not signed", () => {
    const [bytes] = statements;
    expect(encodeCertificate(decodeCertificate(bytes!))).toEqual(bytes);
    for (let i = 0; i < bytes!.length; i += 3) {
      const changed = bytes!.with(i, bytes![i]! ^ 1);
      expect(isVerified(changed, enclave.publicKey), `byte ${i}`).toBe(false);
    }
    expect(() => decodeCertificate(Uint8Array.from([...bytes!, 0]))).toThrow();
  });

  test("random honest logs certify every epoch in an unbroken chain", () => {
    for (let seed = 1; seed <= 12; seed++) {
      const log = honestLog("bytes", seed);
      const running = start(log.threads, seed);
      const signed = log.frames.flatMap(({ thread, entries }) => [
        ...running.verifyLog(thread, encodeFrame(entries, "bytes")).statements,
      ]);
      const chain = decodeAll(signed);
      expect(chain.map(({ certificate }) => certificate.epoch)).toEqual(
        Array.from({ length: log.epochs }, (_, epoch) => epoch),
      );
      const links = chain.map(({ certificate }) => certificate.previous);
      expect(links).toEqual([NO_CERTIFICATE, ...chain.slice(0, -1).map(({ hash }) => hash)]);
    }
  });
});

function isVerified(bytes: Uint8Array, publicKey: Uint8Array): boolean {
  try {
    return verifyCertificate(decodeCertificate(bytes), publicKey);
  } catch (error) {
    if (isZetaError(error)) return false;
    throw error;
  }
}

describe("violations", () => {
  test("a refused entry: signed at once, with thread, position and check", () => {
    const enclave = start(2);
    const script = honestScript();
    feed(enclave, script);
    const before = enclave.latestCertificate;
    const fine = encodeFrame([{ type: "NextEpoch" }, { type: "NextEpoch" }], "bytes");
    expect(enclave.verifyLog(1, fine).statements).toEqual([]);
    const position = 2n + bytesOf(script, 1);

    const { statements, verdict, check } = enclave.verifyLog(1, Uint8Array.of(5, 5, 5, 9));
    expect([verdict, check]).toEqual(["parsing_failure", "D.tag"]);
    const signed = decodeViolation(statements[0]!);
    expect(verifyViolation(signed, enclave.publicKey)).toBe(true);
    expect(signed.violation).toMatchObject({ check: "D.tag", thread: 1, position: position + 3n });
    expect(signed.violation.epoch).toBe(7);
    expect(signed.violation.previous).toEqual(decodeCertificate(before!).hash);
    expect(enclave.violation).toEqual(statements[0]);
  });

  test("a changed value: the epoch does not balance, and the aggregate is accused", () => {
    const enclave = start(1);
    const script = new Script();
    script.on(0).addM(app("A", null), 1, 0).put("A", "v1", 1, false).evictBM(1, 0, [0, 1]);
    script.on(0).addB(app("A", "changed"), 1, [0, 1], 0).get("A", 1, "changed");
    script.closeEpoch();
    const statements = feed(enclave, script);
    expect(statements.length).toBe(1);
    const signed = decodeViolation(statements[0]!);
    expect(verifyViolation(signed, enclave.publicKey)).toBe(true);
    const thread = AGGREGATE_THREAD;
    expect(signed.violation).toMatchObject({ check: "A.hash", thread, epoch: 0, position: 0n });
    expect(signed.violation.previous).toEqual(NO_CERTIFICATE);
  });

  test("nothing is certified after a violation, even if the other threads balance", () => {
    const enclave = start(2);
    const script = new Script(2);
    // Thread 1 commits epoch 0 and then fails; thread 0 completes the epoch afterwards.
    script.on(1).nextEpoch().verifyEpoch().evictM(3, 4);
    script.on(0).nextEpoch().verifyEpoch();
    const statements = feed(enclave, script);
    expect(statements.length).toBe(1);
    expect(decodeViolation(statements[0]!).violation.check).toBe("E.slots");
    expect(enclave.latestCertificate).toBe(null);
  });

  test("an epoch completed earlier in the same frame is still certified", () => {
    const enclave = start(1);
    const frame = Uint8Array.of(5, 6, 6, 5);
    const { statements } = enclave.verifyLog(0, frame);
    expect(statements.length).toBe(2);
    const certificate = decodeCertificate(statements[0]!);
    const { violation } = decodeViolation(statements[1]!);
    expect(violation).toMatchObject({ check: "P.clock", position: 3n });
    expect(violation.previous).toEqual(certificate.hash);
  });

  test("one violation only; input that reaches no thread is none", () => {
    const enclave = start(1);
    expect(enclave.verifyLog(0, new Uint8Array(0)).statements).toEqual([]);
    expect(enclave.verifyLog(5, Uint8Array.of(5)).statements).toEqual([]);
    expect(enclave.violation).toBe(null);
    expect(enclave.verifyLog(0, Uint8Array.of(8)).statements.length).toBe(1);
    const first = enclave.violation;
    const dead = enclave.verifyLog(0, Uint8Array.of(9));
    expect([dead.verdict, dead.statements]).toEqual(["thread_dead", []]);
    expect(enclave.violation).toEqual(first);
  });
});

function bytesOf(script: Script, thread: number): bigint {
  const frames = script.frames.filter((frame) => frame.thread === thread);
  return frames.reduce(
    (sum, { entries }) => sum + BigInt(encodeFrame(entries, "bytes").length),
    0n,
  );
}

describe("S.inst: a new start is another instance", () => {
  test("fresh key, fresh id; certificates of the old one are not the new one's", () => {
    const [old, fresh] = [start(1, 1), start(1, 2)];
    expect(fresh.instanceId).not.toEqual(old.instanceId);
    const [statement] = old.verifyLog(0, Uint8Array.of(5, 6)).statements;
    expect(isVerified(statement!, old.publicKey)).toBe(true);
    expect(isVerified(statement!, fresh.publicKey)).toBe(false);
  });

  test("without a seed the randomness is the operating system's", () => {
    const options = { profile: "bytes", threads: 1, slots: 4, serviceId: "kv" } as const;
    const module = monitorModule("bytes");
    const [a, b] = [createEnclave({ ...options, module }), createEnclave({ ...options, module })];
    expect(a.instanceId).not.toEqual(b.instanceId);
  });

  test("what the host holds of the enclave cannot be used to change it", () => {
    const enclave = start();
    enclave.publicKey.fill(0);
    enclave.instanceId.fill(0);
    const [statement] = enclave.verifyLog(0, Uint8Array.of(5, 6)).statements;
    statement!.fill(0);
    expect(isVerified(enclave.latestCertificate!, enclave.publicKey)).toBe(true);
  });
});
