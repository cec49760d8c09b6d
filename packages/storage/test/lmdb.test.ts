// SPDX-License-Identifier: Apache-2.0
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { open } from "lmdb";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Table } from "../src/lmdb/lmdb-tables.ts";
import { openStorage } from "../src/open-storage.ts";
import { bundleChild } from "./support/bundle-child.ts";
import { describeConformance } from "./support/conformance.ts";
import { content } from "./support/contents.ts";
import { describeCrashes } from "./support/crashes.ts";

const BINARY = { keyEncoding: "binary", encoding: "binary" } as const;

/** Looks into a closed storage with the library itself. */
async function inside(
  directory: string,
  table: string,
  change: (table: Table) => unknown,
): Promise<void> {
  const root = open<Buffer, Buffer>({ path: directory, noSubdir: false, ...BINARY });
  change(root.openDB(table, BINARY));
  await root.flushed;
  await root.close();
}

function numbered(n: number): Buffer {
  const key = Buffer.alloc(8);
  key.writeBigUInt64BE(BigInt(n));
  return key;
}

describeConformance("LMDB", async () => {
  const folder = mkdtempSync(join(tmpdir(), "zeta-lmdb-"));
  const directory = join(folder, "not", "there.yet");
  return {
    open: (options) => openStorage(`lmdb:${directory}`, options),
    setFormat: (line) =>
      inside(directory, "meta", (meta) => meta.putSync(Buffer.from("format"), Buffer.from(line))),
    makeFormer: async () => {
      await inside(directory, "pages", (pages) => pages.dropSync());
      await inside(directory, "meta", (meta) =>
        meta.putSync(Buffer.from("format"), Buffer.from("zeta.storage 1 kv")),
      );
    },
    damageJournal: (how) =>
      inside(directory, "journal", (journal) => {
        if (how === "gap") return journal.removeSync(numbered(1));
        const entry = Buffer.from(journal.get(numbered(2)) as Buffer);
        entry[12]! ^= 1;
        return journal.putSync(numbered(2), entry);
      }),
    remove: async () => rmSync(folder, { recursive: true }),
  };
});

describeCrashes("LMDB", async () => {
  const folder = mkdtempSync(join(tmpdir(), "zeta-lmdb-"));
  return { place: `lmdb:${folder}/data`, remove: async () => rmSync(folder, { recursive: true }) };
});

describe("an LMDB directory", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "zeta-lmdb-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  test("can be read by its owner only", async () => {
    const storage = await openStorage(`lmdb:${folder}/data`, { serviceId: "kv" });
    await storage.checkpoint(content("m"));
    const modes = ["data", "data/data.mdb", "data/lock.mdb"].map(
      (path) => statSync(join(folder, path)).mode & 0o777,
    );
    expect(modes.map((mode) => mode.toString(8))).toEqual(["700", "600", "600"]);
    await storage.close();
  });

  test("with other files in it is somebody else's", async () => {
    writeFileSync(join(folder, "letter.txt"), "dear");
    const opened = openStorage(`lmdb:${folder}`, { serviceId: "kv" });
    await expect(opened).rejects.toMatchObject({ code: "storage_foreign" });
  });

  test("with another program's environment is somebody else's", async () => {
    await inside(folder, "their table", (table) =>
      table.putSync(Buffer.from("a"), Buffer.from("b")),
    );
    const opened = openStorage(`lmdb:${folder}`, { serviceId: "kv" });
    await expect(opened).rejects.toMatchObject({ code: "storage_foreign" });
  });

  test("that is no LMDB environment at all is refused", async () => {
    writeFileSync(join(folder, "data.mdb"), Buffer.alloc(20_000, 7));
    const opened = openStorage(`lmdb:${folder}`, { serviceId: "kv" });
    await expect(opened).rejects.toMatchObject({ code: "storage_foreign" });
  });

  test("is not made by who only reads", async () => {
    const opened = openStorage(`lmdb:${folder}/none`, { serviceId: "kv", isReadOnly: true });
    await expect(opened).rejects.toMatchObject({ code: "storage_unreachable" });
  });
});

test.each(["", "data", "lmdb:", "sqlite:x", "s3://bucket"])("%o is no place", async (place) => {
  const opened = openStorage(place, { serviceId: "kv" });
  await expect(opened).rejects.toMatchObject({ code: "storage_place_invalid" });
});

/** Runs the shell's `ulimit -f`, in blocks of 512 bytes: to a file of 4 MB the kernel refuses more, as a full disk does. */
const FULL_AT_4_MB = `trap "" XFSZ; ulimit -f 8000; exec "$@"`;

describe.skipIf(process.platform === "win32")("an LMDB place that is full", () => {
  let folder: string;
  let child: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "zeta-lmdb-"));
    child = await bundleChild("full-disk-child");
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test.each(["entries", "checkpoint"])(
    "refuses %s, ends no process, and opens again with what it had",
    async (what) => {
      const place = `lmdb:${folder}/${what}`;
      const command = ["-c", FULL_AT_4_MB, "sh", process.execPath, child, place, what];
      const said = execFileSync("sh", command, { encoding: "utf8", stdio: "pipe" });
      const [{ written, code }, end] = said
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line));
      expect({ code, end }).toEqual({ code: "storage_failed", end: { alive: true } });
      expect(written).toBeGreaterThan(1);
      const storage = await openStorage(place, { serviceId: "kv" });
      let found = 0;
      if (what === "entries") for await (const _ of storage.journal()) found += 0.5;
      else for await (const piece of storage.records()) found += piece.length;
      expect(found).toBe(written);
      await storage.close();
    },
  );
});
