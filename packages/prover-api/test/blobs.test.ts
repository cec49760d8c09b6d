// SPDX-License-Identifier: Apache-2.0
/** One contract, three stores. */
import { buffer } from "node:stream/consumers";
import { sha256 } from "@zeta/protocol/digest";
import { toHex } from "@zeta/protocol/hex";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { BlobStore } from "../src/blobs/blob-store.ts";
import { FileBlobs } from "../src/blobs/file-blobs.ts";
import { PostgresBlobs } from "../src/blobs/postgres-blobs.ts";
import { S3Blobs } from "../src/blobs/s3-blobs.ts";
import type { OpenDatabase } from "../src/database/open-database.ts";
import { isStoreError } from "../src/store-error.ts";
import { startS3, type TestS3 } from "./support/s3.ts";
import { openTestDatabase, temporaryDirectory } from "./support/server.ts";

const folder = temporaryDirectory();
let database: OpenDatabase;
let s3: TestS3;
const stores = new Map<string, BlobStore>();

beforeAll(async () => {
  database = await openTestDatabase({ kind: "embedded", directory: `${folder.path}/db` });
  s3 = await startS3();
  const keys = { accessKeyId: "key", secretAccessKey: "secret", region: "auto" };
  stores.set("files", new FileBlobs(`${folder.path}/blobs`));
  stores.set("postgres", new PostgresBlobs(database.db));
  stores.set("s3", new S3Blobs({ ...keys, endpoint: s3.endpoint, prefix: "zeta/" }));
});
afterAll(async () => {
  await database.close();
  s3.server.close();
  folder.remove();
});

describe.each(["files", "postgres", "s3"])("blobs in %s", (name) => {
  const store = () => stores.get(name) as BlobStore;
  const data = Uint8Array.from({ length: 300_000 }, (_, index) => index % 251);
  const digest = toHex(sha256(data));

  test("what was put is there, whole, also when put twice", async () => {
    expect([await store().has(digest), await store().open(digest)]).toEqual([false, null]);
    await Promise.all([store().put(digest, data), store().put(digest, data)]);
    await store().put(digest, data);
    expect(await store().has(digest)).toBe(true);
    const blob = await store().open(digest);
    expect(blob?.bytes).toBe(data.length);
    expect(Buffer.compare(await buffer(blob!.stream), data)).toBe(0);
  });
});

test("a store that is away is not the same as a blob that is missing", async () => {
  const keys = { accessKeyId: "key", secretAccessKey: "secret", region: "auto" };
  const away = new S3Blobs({ ...keys, endpoint: "http://127.0.0.1:1/batches" });
  const error = await away.has("00").catch((caught: unknown) => caught);
  expect(isStoreError(error)).toBe(true);
});
