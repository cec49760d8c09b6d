// SPDX-License-Identifier: Apache-2.0
import { CHECK_IDS } from "@zeta/protocol/checks";
import { expect, test } from "vitest";
import { read, typescriptFiles } from "./sources.ts";

/** IDs in the first column of the tables of docs/protocol.md. */
const documented = read("docs/protocol.md")
  .split("\n")
  .flatMap((line) => /^\| ((?:`[\w.-]+` ?)+)\|/.exec(line)?.[1]?.match(/[\w.-]+/g) ?? []);

const text = (folder: string) => typescriptFiles(folder).map(read).join("\n");
const names = (source: string, id: string) =>
  new RegExp(`(?<![\\w.])${id.replace(".", "\\.")}(?![\\w])`).test(source);

const trusted = ["assembly", "src"].map((folder) => text(`packages/monitor/${folder}`)).join("\n");
const tests = text("packages/monitor/test");

test("every check of the monitor is documented, and the documents name no other", () => {
  expect(CHECK_IDS.filter((id) => id !== "ok" && !documented.includes(id))).toEqual([]);
  expect(documented.length).toBe(new Set(documented).size);
});

test("every documented check is named by trusted code", () => {
  // S.nonce is the client's own check that the leaf carries its request id; the others are the monitor's.
  const code = `${trusted}\n${text("packages/protocol/src")}\n${text("packages/client/src")}`;
  expect(documented.filter((id) => !names(code, id))).toEqual([]);
});

test("every check is named by a test of the monitor", () => {
  expect(documented.filter((id) => id !== "S.nonce" && !names(tests, id))).toEqual([]);
});
