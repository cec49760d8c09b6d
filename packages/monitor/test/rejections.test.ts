// SPDX-License-Identifier: Apache-2.0
import { CHECK_IDS } from "@zeta/protocol/checks";
import { describe, expect, test } from "vitest";
import { PROTOCOL_RULES, TESTED_ELSEWHERE, UNREACHABLE } from "./attacks/coverage.ts";
import { AGGREGATE_ATTACKS, CALL_ATTACKS, DEFERRED_ATTACKS } from "./attacks/deferred-attacks.ts";
import { MERKLE_ATTACKS } from "./attacks/merkle-attacks.ts";
import { REJECTIONS } from "./attacks/rejections.ts";
import { MONITORS } from "./support/monitors.ts";
import { runLog } from "./support/run-log.ts";

const SHAPE = {
  profile: "bytes",
  keyHash: "identity",
  threads: 1,
  slots: 16,
  valueMemoryBytes: 128,
} as const;

describe.each(["wasm", "reference"] as const)("%s monitor", (name) => {
  test.each(REJECTIONS)("$id: $title", ({ check, verdict, frame }) => {
    const { results, max } = runLog(MONITORS[name]("bytes"), SHAPE, [{ thread: 0, bytes: frame }]);
    expect(results[0]).toMatchObject({ check, verdict });
    expect(max).toBe(null);
  });

  test.each(REJECTIONS.filter(({ verdict }) => verdict === "failed_at_end"))(
    "$id: $title: a failed check shows at the next entry",
    ({ check, frame }) => {
      const bytes = Uint8Array.from([...frame, 0x05, 0x06]);
      const { results } = runLog(MONITORS[name]("bytes"), SHAPE, [{ thread: 0, bytes }]);
      expect(results[0]).toMatchObject({ check, verdict: "entry_failure", pos: frame.length });
    },
  );
});

describe("coverage", () => {
  const shown = [MERKLE_ATTACKS, DEFERRED_ATTACKS, AGGREGATE_ATTACKS, CALL_ATTACKS, REJECTIONS];
  const tested = new Set<string>(shown.flat().map(({ id }) => id));
  const explained = { ...TESTED_ELSEWHERE, ...UNREACHABLE };

  test.each(PROTOCOL_RULES)("%s of the protocol has a test, or a reason to have none", (id) => {
    expect(tested.has(id) || id in explained).toBe(true);
  });

  test.each(CHECK_IDS.filter((id) => id !== "ok"))("check %s, likewise", (id) => {
    expect(tested.has(id) || id in explained).toBe(true);
  });

  test("no reason is left over for a rule that has a test", () => {
    expect(Object.keys(explained).filter((id) => tested.has(id))).toEqual([]);
  });
});
