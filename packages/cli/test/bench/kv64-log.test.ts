// SPDX-License-Identifier: Apache-2.0
import { createMonitorInstance } from "@zeta/monitor/instance";
import { createReferenceThread } from "@zeta/monitor/reference/thread";
import { describe, expect, it } from "vitest";
import { Kv64Log, type Kv64Placement } from "../../src/bench/kv64-log.ts";

function certifiedEpochs(
  records: number,
  placement: Kv64Placement,
  spoil?: (frame: Uint8Array) => void,
): number | null | "error" {
  const instance = createMonitorInstance({
    profile: "kv64",
    threads: 1,
    slots: Kv64Log.slotsNeeded(records, placement),
    setHashKey: new Uint8Array(32).fill(7),
    createThread: (options) => createReferenceThread(options),
  });
  const log = new Kv64Log(records, placement, 3);
  const frames = [...log.setUp(), ...log.closeEpoch()];
  for (let epoch = 1; epoch <= 3; epoch++) {
    const operations = log.operations(50);
    if (epoch === 2) spoil?.(operations[0]!);
    frames.push(...operations, ...log.closeEpoch());
  }
  for (const frame of frames) instance.verifyLog(0, frame);
  return instance.maxCertifiedEpoch;
}

describe.each(["deferred", "slots"] as const)(
  "the bench's kv64 log, records in %s",
  (placement) => {
    it.each([1, 2, 3, 64, 100])("certifies with %i records", (records) => {
      expect(certifiedEpochs(records, placement)).toBe(3);
    });

    it("is really verified: one changed byte ends certification", () => {
      const spoil = (frame: Uint8Array) => {
        // The low byte of the first value in the frame: of AddB (offset 18) or of RunApp (offset 21).
        const at = placement === "deferred" ? 18 : 21;
        frame[at] = frame[at]! ^ 1;
      };
      expect(certifiedEpochs(20, placement, spoil)).toBe(1);
    });
  },
);
