// SPDX-License-Identifier: Apache-2.0
import type { WarmthPolicy } from "@zeta/store/wasm/kv64-store";
import { expect, test } from "vitest";
import { CloseTimer } from "../../src/cluster/close-timer.ts";

const WARMTH: WarmthPolicy = { recordEpochs: 24, nodeEpochs: 1, demotionsMax: 100 };

function timed(closeMsMost: number | null) {
  const told: WarmthPolicy[] = [];
  const timer = new CloseTimer({ setWarmth: (policy) => told.push(policy) }, WARMTH, closeMsMost);
  const close = (ms: number) => {
    for (let times = 0; times < 3; times++) {
      timer.began(1000);
      timer.ended(1000 + ms);
    }
  };
  return { told, timer, close };
}

test("long closes let records cool down sooner, and changes nothing else", () => {
  const { told, close } = timed(500);
  close(500);
  expect(told).toEqual([]);
  close(1000);
  expect(told).toEqual([{ ...WARMTH, recordEpochs: 12 }]);
});

test("without a limit closes take as long as they like", () => {
  const { told, close } = timed(null);
  close(1e6);
  expect(told).toEqual([]);
});

test("another policy begins afresh", () => {
  const { told, timer, close } = timed(500);
  close(1000);
  const other = { ...WARMTH, recordEpochs: 8 };
  timer.setWarmth(other);
  close(1000);
  expect(told.slice(1)).toEqual([other, { ...other, recordEpochs: 4 }]);
});
