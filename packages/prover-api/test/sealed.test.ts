// SPDX-License-Identifier: Apache-2.0
/** From a service that seals to a server that hands out: sinks, catalogues, and the server that follows them. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type BatchHeader, encodeBatchHeader } from "@zeta/protocol/batch";
import { concatBytes } from "@zeta/protocol/bytes";
import { sha256 } from "@zeta/protocol/digest";
import { toHex } from "@zeta/protocol/hex";
import { EMPTY_ROOT_VALUE, encodeRootValue, rootHash } from "@zeta/protocol/root-value";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { OpenDatabase } from "../src/database/open-database.ts";
import { lastNumber } from "../src/sealed/batch-catalogue.ts";
import {
  type BatchToStore,
  fileBatchSink,
  type OpenBatchSink,
  postgresBatchSink,
  s3BatchSink,
} from "../src/sealed/batch-sinks.ts";
import { FileCatalogue } from "../src/sealed/file-catalogue.ts";
import { hasRealPostgres, startRealPostgres, type TestPostgres } from "./support/real-postgres.ts";
import { startS3, type TestS3 } from "./support/s3.ts";
import {
  openTestDatabase,
  silent,
  startTestServer,
  type TestServer,
  temporaryDirectory,
} from "./support/server.ts";

/** Values of roots that differ by one byte; number 0 is the empty tree. */
function rootValueOf(number: number): Uint8Array {
  if (number === 0) return EMPTY_ROOT_VALUE;
  const bits = new Uint8Array(32);
  bits[0] = number;
  const hash = new Uint8Array(32).fill(number);
  return encodeRootValue([{ key: { depth: 256, bits }, hash, inDeferred: false }, null]);
}

/** A batch whose log nobody replays here. */
function batchOf(number: number, changed: Partial<BatchHeader> = {}): BatchToStore {
  const header: BatchHeader = {
    number,
    service: "kv",
    threads: 1,
    slots: 64,
    valueMemoryBytes: 4096,
    firstEpoch: number - 1,
    lastEpoch: number - 1,
    previousRootValue: rootValueOf(number - 1),
    root: rootHash(rootValueOf(number)),
    receiptsRoot: new Uint8Array(32),
    logBytes: 3,
    ...changed,
  };
  return { header, data: concatBytes(encodeBatchHeader(header), Uint8Array.of(1, 2, number)) };
}

const folder = temporaryDirectory();
let s3: TestS3;
let database: OpenDatabase;
let postgres: TestPostgres | null = null;

beforeAll(async () => {
  s3 = await startS3();
  database = await openTestDatabase({ kind: "embedded", directory: `${folder.path}/db` });
  if (hasRealPostgres) postgres = await startRealPostgres();
});
afterAll(async () => {
  await database.close();
  await postgres?.stop();
  s3.server.close();
  folder.remove();
});

const keys = { accessKeyId: "key", secretAccessKey: "secret", region: "auto" };
const KINDS = hasRealPostgres ? ["files", "s3", "postgres"] : ["files", "s3"];

describe.each(KINDS)("a sink into %s", (kind) => {
  async function open(): Promise<OpenBatchSink> {
    if (kind === "files") return fileBatchSink(join(folder.path, "sink"));
    if (kind === "s3") return s3BatchSink({ ...keys, endpoint: s3.endpoint, prefix: "sink/" });
    return postgresBatchSink((await postgres?.createDatabase()) ?? "", silent);
  }

  test("keeps batches in order; the same one twice is fine", async () => {
    const sink = await open();
    expect(await sink.last()).toBe(null);
    for (const number of [1, 2, 3, 4, 5, 6, 7]) {
      await sink.put(batchOf(number));
      await sink.put(batchOf(number));
      const last = await sink.last();
      const found = { number: last?.number, root: toHex(last?.root ?? new Uint8Array(0)) };
      expect(found).toEqual({ number, root: toHex(batchOf(number).header.root) });
    }
    await sink.close();
  });
});

test("a number keeps its first batch", async () => {
  const sink = fileBatchSink(join(folder.path, "conflict"));
  await sink.put(batchOf(1));
  const other = batchOf(1, { slots: 65 });
  await expect(sink.put(other)).rejects.toMatchObject({ code: "batch_conflict" });
});

test("the last of a long chain is found with few questions", async () => {
  for (const last of [0, 1, 2, 3, 1000, 4095, 4096]) {
    let questions = 0;
    const find = async (number: number) => {
      questions++;
      return number <= last ? "digest" : null;
    };
    expect(await lastNumber({ find, put: async () => {} })).toBe(last);
    expect(questions).toBeLessThan(30);
  }
});

test("an entry that is none is an error, not an absent batch", async () => {
  const directory = join(folder.path, "malformed");
  const catalogue = new FileCatalogue(directory);
  await catalogue.put(1, "ab".repeat(32));
  expect(await catalogue.find(1)).toBe("ab".repeat(32));
  writeFileSync(join(directory, "numbers", "0000000002"), "something else\n");
  await expect(catalogue.find(2)).rejects.toMatchObject({ code: "blob_store" });
});

describe("a server that follows a service's files", () => {
  let server: TestServer;
  let directory: string;
  let count = 0;

  beforeEach(async () => {
    directory = join(folder.path, `followed-${count++}`);
    server = await startTestServer(database, {
      blobs: { kind: "files", directory },
      pollSeconds: 0.02,
    });
    return () => server.close();
  });

  const latest = async () => (await server.get("/tee/present_batches")).json.latest_batch;
  const untilLatest = async (number: number) => {
    while ((await latest()) !== number) await new Promise((resolve) => setTimeout(resolve, 10));
  };

  test("announces what is sealed, with the facts of the header and the digest of the data", async () => {
    const sink = fileBatchSink(directory);
    for (const number of [1, 2, 3]) await sink.put(batchOf(number));
    await untilLatest(3);
    await sink.put(batchOf(4));
    await untilLatest(4);
    const { header, data } = batchOf(4);
    const input = await server.get("/tee/proof_inputs_no_lock/4");
    expect(input.json.Z1).toEqual({
      batch_number: 4,
      service: "kv",
      previous_root: toHex(rootHash(header.previousRootValue)),
      root: toHex(header.root),
      receipts_root: toHex(header.receiptsRoot),
      digest: toHex(sha256(data)),
      bytes: data.length,
    });
  });

  test("stops before a batch that is not what its number says, or breaks the chain", async () => {
    const sink = fileBatchSink(directory);
    await sink.put(batchOf(1));
    await untilLatest(1);
    // Its previous root is not the root of batch 1.
    await sink.put(batchOf(2, { previousRootValue: rootValueOf(9) }));
    await sink.put(batchOf(3));
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(await latest()).toBe(1);
  });
});
