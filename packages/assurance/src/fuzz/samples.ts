// SPDX-License-Identifier: Apache-2.0
import { serviceAttestationToJson } from "@zeta/attestation/service-attestation";
import { toBase64 } from "@zeta/client/http/base64";
import { createEnclave } from "@zeta/monitor/enclave";
import { encodeFrame, honestLog } from "@zeta/monitor/test/support/honest-log";
import { Random } from "@zeta/monitor/test/support/random";
import type { EpochContribution } from "@zeta/monitor/verdict";
import { loadMonitorModule } from "@zeta/monitor/wasm-module";
import { dataKey } from "@zeta/protocol/base-key";
import { encodeBatchHeader } from "@zeta/protocol/batch";
import { concatBytes, utf8 } from "@zeta/protocol/bytes";
import { decodeCertificate } from "@zeta/protocol/certificate";
import { toHex } from "@zeta/protocol/hex";
import { encodeKvArgument } from "@zeta/protocol/kv";
import { encodeReceipt } from "@zeta/protocol/receipt";
import { EMPTY_ROOT_VALUE, encodeRootValue } from "@zeta/protocol/root-value";
import { NO_ORIGIN } from "@zeta/protocol/statement";
import { signViolation } from "@zeta/protocol/violation";
import { attestEnclave } from "@zeta/service/attest-enclave";
import { StoreWorker } from "@zeta/store/store-worker";

const SHAPE = { threads: 1, slots: 64, valueMemoryBytes: 2 << 20 };

/** Genuine bytes and documents of every kind, made by a real enclave from a seed: what the mutator starts from. */
export type Samples = ReturnType<typeof makeSamples>;

export function makeSamples(seed: number) {
  const random = new Random(seed);
  const enclave = createEnclave({
    ...SHAPE,
    profile: "bytes",
    serviceId: "kv",
    module: loadMonitorModule("bytes"),
    random: (count) => Uint8Array.from(random.bytes(count)),
  });
  const store = new StoreWorker({ ...SHAPE, thread: 0 });
  const certificates: Uint8Array[] = [];
  for (let epoch = 0; epoch < 2; epoch++) {
    const argument = encodeKvArgument({ operation: "put", key: utf8("k"), value: utf8("v") });
    store.execute({ function: 1, argument, requestId: random.bytes(16) });
    store.beginEpochClose();
    store.continueEpochClose(1000);
    for (const frame of store.drain()) certificates.push(...enclave.verifyLog(0, frame).statements);
  }
  const certificate = certificates[0] as Uint8Array;
  store.seal();
  for (const frame of store.drain()) enclave.verifyLog(0, frame);
  const checkpoint = enclave.checkpoint();
  const continuation = { checkpoint, rootValue: store.rootValue };
  const { instanceId, measurement } = enclave;
  const origin = NO_ORIGIN;
  const head = { serviceId: "kv", profile: "bytes", instanceId, measurement, origin } as const;
  const violation = signViolation(
    {
      ...head,
      epoch: 1,
      thread: 0,
      position: 9n,
      check: "M.hash",
      previous: decodeCertificate(certificate).hash,
    },
    new Uint8Array(32).fill(3),
  );
  const contribution: EpochContribution = {
    ...{ thread: 0, epoch: 1, addCount: 2n, evictCount: 3n, operations: 4n, leafCount: 1n },
    ...{ add: random.bytes(32), evict: random.bytes(32), receiptsRoot: random.bytes(32) },
  };
  const receipt = encodeReceipt({
    requestId: random.bytes(16),
    function: 1,
    thread: 0,
    epoch: 0,
    index: 1n,
    leafCount: 3n,
    path: [random.bytes(32), random.bytes(32)],
  });
  const attestation = serviceAttestationToJson(attestEnclave(enclave, "kv"));
  const statements = { certificates, certificate, violation, checkpoint, receipt, attestation };
  return {
    contribution,
    continuation,
    ...statements,
    ...documents(statements, random),
    ...batchOf(random),
    frames: framesOf(),
  };
}

interface Statements {
  readonly certificates: readonly Uint8Array[];
  readonly certificate: Uint8Array;
  readonly violation: Uint8Array;
  readonly checkpoint: Uint8Array;
  readonly receipt: Uint8Array;
  readonly attestation: unknown;
}

/** JSON documents around the statements. */
function documents(statements: Statements, random: Random) {
  const [certificate, violation, receipt] = [
    toHex(statements.certificate),
    toHex(statements.violation),
    toHex(statements.receipt),
  ];
  const requestId = toHex(random.bytes(16));
  const answer = { requestId, epoch: 0, thread: 0, result: toBase64(Uint8Array.of(1, 65)) };
  const ancestor = {
    attestation: statements.attestation,
    checkpoint: toHex(statements.checkpoint),
  };
  const evidence = {
    format: "zeta.evidence",
    version: 1,
    attestation: statements.attestation,
    lineage: [ancestor],
    certificates: statements.certificates.map(toHex),
    question: { operation: "get", requestId, argument: "6b" },
    answer: { result: "0176" },
    receipt,
    violation,
    other: {
      attestation: statements.attestation,
      lineage: [ancestor],
      certificates: [certificate],
    },
    refusal: { code: "violation", check: "M.hash", detail: "text" },
    createdAt: "2026-01-01T00:00:00Z",
  };
  return {
    evidence,
    lineage: { format: "zeta.lineage", version: 1, ancestors: [ancestor, ancestor] },
    batchAnswer: { results: [answer, answer] },
    receiptsAnswer: {
      receipts: [
        { status: "certified", requestId, epoch: 0, thread: 0, receipt, certificate },
        { status: "provisional", requestId, epoch: 0, thread: 0 },
      ],
    },
    certificateAnswer: { certificate },
    violationsAnswer: { violations: [violation] },
    stream: `: comment\nevent: certificate\ndata: ${JSON.stringify({ certificate })}\n\nevent: violation\r\ndata: {"violation":\r\ndata: "00"}\r\n\r\n`,
    operations: {
      operations: [
        { operation: "put", requestId, encoding: "utf8", key: "k", value: "v" },
        { operation: "get", key: "aw==" },
        {
          operation: "transact",
          items: [
            { key: "YQ==", condition: { equals: "00".repeat(32) }, write: { put: "dg==" } },
            { key: "Yg==", condition: "absent", write: "delete" },
          ],
        },
      ],
    },
    receiptIds: { ids: [requestId], requestIds: [requestId] },
  };
}

/** A root at rest with a record on either side, and a batch that begins there. */
function batchOf(random: Random) {
  const below = (side: 0 | 1) => {
    const bits = random.bytes(32);
    bits[31] = ((bits[31] ?? 0) & 0xfe) | side;
    return { key: dataKey(bits), hash: random.bytes(32), inDeferred: false };
  };
  const rootValues = [
    EMPTY_ROOT_VALUE,
    encodeRootValue([below(0), null]),
    encodeRootValue([below(0), below(1)]),
  ];
  const header = encodeBatchHeader({
    ...{ number: 1, service: "kv", threads: 1, slots: 64, valueMemoryBytes: 2 << 20 },
    ...{ firstEpoch: 3, lastEpoch: 7, logBytes: 1000 },
    previousRootValue: rootValues[2] as Uint8Array,
    root: random.bytes(32),
    receiptsRoot: random.bytes(32),
  });
  return { rootValues, batchHeader: concatBytes(header, Uint8Array.of(1, 2, 3)) };
}

function framesOf(): Record<"kv64" | "bytes", Uint8Array[]> {
  const of = (profile: "kv64" | "bytes") =>
    [1, 2, 3].flatMap((seed) =>
      honestLog(profile, seed)
        .frames.slice(0, 6)
        .map(({ entries }) => encodeFrame(entries, profile)),
    );
  return { kv64: of("kv64"), bytes: of("bytes") };
}
