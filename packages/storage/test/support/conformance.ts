// SPDX-License-Identifier: Apache-2.0
/** What every storage must do, whatever it keeps its bytes in. */
import { KEY_BYTES_MAX, VALUE_BYTES_MAX } from "@zeta/protocol/limits";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { copyStorage } from "../../src/copy-storage.ts";
import { JOURNAL_ENTRY_BYTES_MAX, MANIFEST_BYTES_MAX, PAGE_BYTES_MAX } from "../../src/limits.ts";
import { MemoryPlace } from "../../src/memory/memory-place.ts";
import type { Storage, StorageOptions } from "../../src/storage.ts";
import { content, everythingIn, expected, page, record, text } from "./contents.ts";

export interface TestPlace {
  open(options: StorageOptions): Promise<Storage>;
  /** What the format line of the place is, overwritten; the place is closed. */
  setFormat(line: string): Promise<void>;
  /** Makes the place one of the format before, which had no pages; the place is closed. */
  makeFormer(): Promise<void>;
  /** Changes a byte of the newest journal entry, or takes an entry out of the middle; the place is closed. */
  damageJournal(how: "byte" | "gap"): Promise<void>;
  remove(): Promise<void>;
}

const KV = { serviceId: "kv" };

/** @param ownPerService does each service have its own data in this place, so that another one's are not met? */
export function describeConformance(
  name: string,
  makePlace: () => Promise<TestPlace>,
  { ownPerService = false }: { readonly ownPerService?: boolean } = {},
): void {
  describe(name, () => {
    let place: TestPlace;
    let storage: Storage;
    const open: Storage[] = [];

    const openPlace = async (options: StorageOptions = KV) => {
      const opened = await place.open(options);
      open.push(opened);
      return opened;
    };
    const reopen = async () => {
      await storage.close();
      storage = await openPlace();
    };

    beforeEach(async () => {
      place = await makePlace();
      storage = await openPlace();
    });
    afterEach(async () => {
      for (const opened of open.splice(0)) await opened.close().catch(() => {});
      await place.remove();
    });

    test("a new place holds nothing", async () => {
      expect(await everythingIn(storage)).toEqual(expected(null));
      await reopen();
      expect(await everythingIn(storage)).toEqual(expected(null));
    });

    test("is copied from another place and to another place", async () => {
      const records = Array.from({ length: 5000 }, (_, i) => record(i, `value ${i}`));
      const names = records.map((_, i) => `name ${i}`);
      const source = await new MemoryPlace().open(KV);
      const listed = names.map((name) => ({ name: text(name), isThere: true }));
      await source.checkpoint(content("m", records, listed, [page(3, "p")]));
      source.append(text("after"));
      await copyStorage(source, storage);
      await reopen();
      const all = expected("m", records, names, ["after"], [[3, "p"]]);
      expect(await everythingIn(storage)).toEqual(all);
      const back = await new MemoryPlace().open(KV);
      await copyStorage(storage, back);
      expect(await everythingIn(back)).toEqual(all);
    });

    test("entries come back in their order, also before any checkpoint", async () => {
      const entries = Array.from({ length: 10_000 }, (_, i) => `entry ${i}`);
      for (const entry of entries) storage.append(text(entry));
      expect(storage.pendingBytes).toBeGreaterThan(0);
      await storage.flush();
      expect(storage.pendingBytes).toBe(0);
      expect(await everythingIn(storage)).toEqual(expected(null, [], [], entries));
      await reopen();
      storage.append(text("one more"));
      await reopen();
      expect(await everythingIn(storage)).toEqual(expected(null, [], [], [...entries, "one more"]));
    });

    test("a checkpoint replaces manifest, records and names, and ends the journal before it", async () => {
      storage.append(text("before"));
      await storage.checkpoint(
        content(
          "first",
          [record(1, "a"), record(2, null), record(3, "")],
          [
            { name: text("x"), isThere: true },
            { name: text(""), isThere: true },
          ],
        ),
      );
      await reopen();
      const first = [record(1, "a"), record(2, null), record(3, "")];
      expect(await everythingIn(storage)).toEqual(expected("first", first, ["x", ""]));
      await storage.checkpoint(
        content(
          "second",
          [record(1, null), record(2, "b"), record(4, "c"), record(4, "d")],
          [
            { name: text("x"), isThere: false },
            { name: text("never there"), isThere: false },
            { name: text("y"), isThere: false },
            { name: text("y"), isThere: true },
          ],
        ),
      );
      const second = [record(1, null), record(2, "b"), record(3, ""), record(4, "d")];
      expect(await everythingIn(storage)).toEqual(expected("second", second, ["", "y"]));
      await reopen();
      expect(await everythingIn(storage)).toEqual(expected("second", second, ["", "y"]));
    });

    test("entries after a checkpoint are kept, also those appended while it is written", async () => {
      const append = (...names: string[]) => {
        for (const name of names) storage.append(text(name));
      };
      append("1", "2");
      await storage.flush();
      append("3");
      const saved = storage.checkpoint(content("at 3"));
      append("4");
      const savedAgain = storage.checkpoint(content("at 4", [record(1, "x")]));
      append("5", "6");
      await Promise.all([saved, savedAgain, storage.flush()]);
      append("7");
      await reopen();
      const now = expected("at 4", [record(1, "x")], [], ["5", "6", "7"]);
      expect(await everythingIn(storage)).toEqual(now);
    });

    test("what is handed in is the caller's again at once", async () => {
      const entry = text("entry");
      const manifest = text("manifest");
      const value = text("value");
      const name = text("name");
      storage.append(text("gone"));
      const names = [{ name, isThere: true }];
      const saved = storage.checkpoint(content(manifest, [record(1, value)], names));
      storage.append(entry);
      for (const bytes of [entry, manifest, value, name]) bytes.fill(0);
      await saved;
      await storage.flush();
      const kept = expected("manifest", [record(1, "value")], ["name"], ["entry"]);
      expect(await everythingIn(storage)).toEqual(kept);
    });

    test("pages come back in the order of their numbers, replaced or gone as a checkpoint says", async () => {
      const far = Number.MAX_SAFE_INTEGER;
      await storage.checkpoint(
        content("first", [], [], [page(7, "seven"), page(far, "far"), page(0, ""), page(3, "x")]),
      );
      const first = expected(
        "first",
        [],
        [],
        [],
        [
          [0, ""],
          [3, "x"],
          [7, "seven"],
          [far, "far"],
        ],
      );
      expect(await everythingIn(storage)).toEqual(first);
      const later = [page(3, "three"), page(0, null), page(1, null), page(7, "a"), page(7, "b")];
      await storage.checkpoint(content("second", [], [], later));
      const second = expected(
        "second",
        [],
        [],
        [],
        [
          [3, "three"],
          [7, "b"],
          [far, "far"],
        ],
      );
      expect(await everythingIn(storage)).toEqual(second);
      await reopen();
      expect(await everythingIn(storage)).toEqual(second);
    });

    test("many pages, the longest among them; nothing longer, and no other numbers", async () => {
      const bytes = (n: number) => new Uint8Array(n % 10 === 0 ? PAGE_BYTES_MAX : 30).fill(n);
      const numbers = Array.from({ length: 40 }, (_, n) => n);
      await storage.checkpoint(
        content(
          "many",
          [],
          [],
          numbers.map((n) => page(n, bytes(n))),
        ),
      );
      await reopen();
      const pages = numbers.map((n) => [n, bytes(n)] as const);
      expect(await everythingIn(storage)).toEqual(expected("many", [], [], [], pages));
      const save = async (number: number, length: number) =>
        storage.checkpoint(content("m", [], [], [page(number, new Uint8Array(length))]));
      const wrong = { code: "assertion" };
      await expect(save(1, PAGE_BYTES_MAX + 1)).rejects.toMatchObject(wrong);
      await expect(save(-1, 1)).rejects.toMatchObject(wrong);
      await expect(save(2 ** 53, 1)).rejects.toMatchObject(wrong);
    });

    test("thousands of records come back once each, in pieces", async () => {
      const records = Array.from({ length: 10_000 }, (_, i) => record(i, `value ${i}`));
      const names = Array.from({ length: 10_000 }, (_, i) => `name ${i}`);
      const there = names.map((name) => ({ name: text(name), isThere: true }));
      await storage.checkpoint(content("many", records, there));
      await reopen();
      expect(await everythingIn(storage)).toEqual(expected("many", records, names));
    });

    test("the longest entry, manifest, value and name; nothing longer", async () => {
      const entry = new Uint8Array(JOURNAL_ENTRY_BYTES_MAX).fill(1);
      const manifest = new Uint8Array(MANIFEST_BYTES_MAX).fill(2);
      const value = new Uint8Array(VALUE_BYTES_MAX).fill(3);
      const name = new Uint8Array(KEY_BYTES_MAX).fill(4);
      const named = [{ name, isThere: true }];
      await storage.checkpoint(content(manifest, [record(1, value), record(2, "small")], named));
      storage.append(entry);
      storage.append(new Uint8Array(0));
      await reopen();
      const told = await everythingIn(storage);
      expect(told.manifest?.length).toBe(2 * MANIFEST_BYTES_MAX);
      expect(told).toEqual({
        ...expected(null, [record(1, value), record(2, "small")], [], [entry, ""]),
        manifest: "02".repeat(MANIFEST_BYTES_MAX),
        names: ["04".repeat(KEY_BYTES_MAX)],
      });
      const longer = (length: number) => new Uint8Array(length + 1);
      const save = async (what: Parameters<Storage["checkpoint"]>[0]) => storage.checkpoint(what);
      const wrong = { code: "assertion" };
      expect(() => storage.append(longer(JOURNAL_ENTRY_BYTES_MAX))).toThrow(/at most 16777216/);
      await expect(save(content(longer(MANIFEST_BYTES_MAX)))).rejects.toMatchObject(wrong);
      const tooLong = content("m", [record(1, longer(VALUE_BYTES_MAX))]);
      await expect(save(tooLong)).rejects.toMatchObject(wrong);
      const tooLongName = content("m", [], [{ name: longer(KEY_BYTES_MAX), isThere: true }]);
      await expect(save(tooLongName)).rejects.toMatchObject(wrong);
      expect((await everythingIn(storage)).journal.length).toBe(2);
    });

    test("a second writer is refused, and let in when the first has closed", async () => {
      storage.append(text("mine"));
      await expect(openPlace()).rejects.toMatchObject({ code: "storage_in_use" });
      storage.append(text("mine, still"));
      await reopen();
      const { journal } = await everythingIn(storage);
      expect(journal).toEqual(expected(null, [], [], ["mine", "mine, still"]).journal);
    });

    test("who only reads sees the state as of the opening, and is let in beside the writer", async () => {
      await storage.checkpoint(content("seen", [record(1, "seen")]));
      storage.append(text("seen"));
      await storage.flush();
      const reader = await openPlace({ ...KV, isReadOnly: true });
      expect(await everythingIn(reader)).toEqual(
        expected("seen", [record(1, "seen")], [], ["seen"]),
      );
      expect(() => reader.append(text("no"))).toThrow(/opened for writing/);
      await reader.close();
      storage.append(text("goes on"));
      await storage.flush();
    });

    test("what is read is of one state: nothing is saved meanwhile", async () => {
      await storage.checkpoint(content("m", [record(1, "a")]));
      const reading = storage.records()[Symbol.asyncIterator]();
      await reading.next();
      expect(() => storage.checkpoint(content("n"))).toThrow(/being read/);
      await reading.return?.();
      await storage.checkpoint(content("n"));
    });

    test("a closed storage is of no use", async () => {
      await storage.close();
      await storage.close();
      expect(() => storage.append(text("late"))).toThrow(/is open/);
      await expect(storage.manifest()).rejects.toThrow(/is open/);
    });

    test("another format version is refused", async () => {
      await storage.close();
      await place.setFormat("zeta.storage 3 kv");
      await expect(openPlace()).rejects.toMatchObject({ code: "storage_foreign" });
      await place.setFormat("zeta.storage 2 kv");
      await openPlace();
    });

    test("the format before, which had no pages, is read, and made the newest by who writes", async () => {
      await storage.checkpoint(content("old", [record(1, "a")]));
      storage.append(text("entry"));
      await storage.close();
      await place.makeFormer();
      const old = expected("old", [record(1, "a")], [], ["entry"]);
      const reader = await openPlace({ ...KV, isReadOnly: true });
      expect(await everythingIn(reader)).toEqual(old);
      await reader.close();
      storage = await openPlace();
      expect(await everythingIn(storage)).toEqual(old);
      await storage.checkpoint(content("new", [], [], [page(1, "a page")]));
      await storage.close();
      const newest = await openPlace({ ...KV, isReadOnly: true });
      const now = expected("new", [record(1, "a")], [], [], [[1, "a page"]]);
      expect(await everythingIn(newest)).toEqual(now);
    });

    test("another service's data are not met", async () => {
      await storage.checkpoint(content("of kv"));
      await storage.close();
      const other = openPlace({ serviceId: "bank" });
      if (ownPerService) expect(await (await other).manifest()).toBe(null);
      else await expect(other).rejects.toMatchObject({ code: "storage_foreign" });
      storage = await openPlace();
      expect(await everythingIn(storage)).toEqual(expected("of kv"));
    });

    test.each(["byte", "gap"] as const)("a damaged journal is noticed: %s", async (how) => {
      for (const entry of ["1", "2", "3"]) storage.append(text(entry));
      await storage.close();
      await place.damageJournal(how);
      const read = async () => everythingIn(await openPlace());
      await expect(read()).rejects.toMatchObject({ code: "storage_damaged" });
    });
  });
}
