// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "vitest";
import { folderOf, read, roomNames, typescriptFiles } from "./sources.ts";

const LICENCE = "// SPDX-License-Identifier: Apache-2.0";

const all = [
  ...roomNames().flatMap((room) => typescriptFiles(folderOf(room))),
  ...typescriptFiles("test"),
  ...typescriptFiles("examples"),
];
const shipped = all.filter((path) =>
  /^(packages|apps)\/[^/]+\/(src|assembly|reference)\//.test(path),
);

/** Longest file; a protocol file that reads top to bottom may come near it. */
const LINES_MAX = 450;

/** Files of trusted rooms that take their time or randomness from outside must not reach for it themselves. */
const PURE_ROOMS = /^packages\/(protocol|hashes|monitor\/(assembly|reference)|store)\//;

test("every source file starts with the licence line", () => {
  expect(all.filter((path) => !read(path).startsWith(LICENCE))).toEqual([]);
});

test(`no shipped file is longer than ${LINES_MAX} lines: split it by idea`, () => {
  expect(shipped.filter((path) => read(path).split("\n").length > LINES_MAX)).toEqual([]);
});

test("every package that is published says what it is, and has its licence", () => {
  const published = roomNames()
    .map(folderOf)
    .filter((folder) => JSON.parse(read(`${folder}/package.json`)).private !== true);
  expect(published.length).toBeGreaterThan(10);
  for (const folder of published) {
    const { name } = JSON.parse(read(`${folder}/package.json`));
    expect(read(`${folder}/README.md`).split("\n")[0]).toBe(`# ${name}`);
    expect(read(`${folder}/LICENSE`)).toBe(read("LICENSE"));
  }
});

test("file names are kebab-case", () => {
  expect(all.filter((path) => !/^[a-z0-9.-]+\.tsx?$/.test(path.split("/").at(-1) ?? ""))).toEqual(
    [],
  );
});

test("nothing is left open or switched off", () => {
  // AssemblyScript's decorators are not TypeScript's: its documentation has them written under this comment.
  const decorator = ["// @ts", "ignore: decorator"].join("-");
  const source = (path: string) => read(path).replaceAll(decorator, "");
  const marks =
    /\b(TODO|FIXME|XXX|HACK)\b|@ts-(ignore|nocheck|expect-error)|\b(test|it|describe)\.(only|skip)\(/;
  const here = "test/tidy.test.ts";
  expect(all.filter((path) => path !== here && marks.test(source(path)))).toEqual([]);
});

test("pure rooms read no clock and draw no randomness", () => {
  const impure =
    /\bDate\.now\(|\bnew Date\(|\bMath\.random\(|\bperformance\.now\(|\bgetRandomValues\(/;
  const sources = shipped.filter((path) => PURE_ROOMS.test(path));
  expect(sources.filter((path) => impure.test(read(path)))).toEqual([]);
});
