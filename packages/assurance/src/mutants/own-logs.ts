// SPDX-License-Identifier: Apache-2.0

import { encodeFrame } from "@zeta/monitor/test/support/honest-log";
import { Kv64Script, record64 } from "@zeta/monitor/test/support/kv64-script";
import type { Monitor } from "@zeta/monitor/test/support/monitors";
import { TEST_KEY } from "@zeta/monitor/test/support/run-log";
import { app, node, Script } from "@zeta/monitor/test/support/script";
import { toHex } from "@zeta/protocol/hex";
import type { Profile } from "@zeta/protocol/profile";

/** An honest log that certifies, with the leaves that its clients expect; without the rule it does not. */
export interface HonestCase {
  readonly title: string;
  readonly profile: Profile;
  readonly script: Script;
}

function written(write: (script: Script) => void, threads = 1): Script {
  const script = new Script(threads);
  write(script);
  return script;
}

export const HONEST: Readonly<Record<string, HonestCase>> = {
  "M.reparent": {
    title: "a record under an edge that was split is evicted",
    profile: "bytes",
    script: written((script) => {
      script.on(0).addM(app("A", null), 1, 0).addM(node("0"), 2, 0).evictM(1, 2).evictM(2, 0);
      script.closeEpoch();
    }),
  },
  "E.clrB": {
    title: "a record that was warm and went cold comes back",
    profile: "bytes",
    script: written((script) => {
      script.on(0).addM(app("A", null), 1, 0).evictBM(1, 0, [0, 1]);
      script.on(0).addB(app("A", null), 1, [0, 1], 0).evictM(1, 0).addM(app("A", null), 1, 0);
      script.closeEpoch();
    }),
  },
  "H.epochOfT": {
    title: "a deferred record crosses an epoch",
    profile: "bytes",
    script: written((script) => {
      script.on(0).addM(app("A", null), 1, 0).evictBM(1, 0, [0, 1]).nextEpoch();
      script.on(0).addB(app("A", null), 1, [0, 1], 0).verifyEpoch();
    }),
  },
  "S.epoch": {
    title: "a receipt of the second epoch",
    profile: "bytes",
    script: written((script) => {
      script.on(0).addM(app("A", null), 1, 0).nextEpoch().verifyEpoch();
      script.on(0).put("A", "v1", 1, false);
      script.closeEpoch();
    }),
  },
  "S.nonce": {
    title: "two receipts of equal calls",
    profile: "bytes",
    script: written((script) => {
      script.on(0).addM(app("A", null), 1, 0).get("A", 1, null).get("A", 1, null);
      script.closeEpoch();
    }),
  },
};

/** Rejections beyond those of the monitor's tests. */
export interface VisibleCase {
  readonly title: string;
  readonly profile: Profile;
  readonly script: Script;
  /** What the complete monitor answers. */
  readonly refusedBy: string;
}

const failedThread = written((script) => {
  script.on(1).evictB(1, [0, 1]).nextEpoch();
  script.on(0).nextEpoch().verifyEpoch();
  script.on(1).nextEpoch().verifyEpoch();
}, 2);

const lostEpoch = new Kv64Script();
lostEpoch.on(0).addB(record64(2, 5), 1, [0, 1], 0).evictB(1, [64, 1]).verifyEpoch();

const trailing = new Kv64Script();
trailing.on(0).addM(record64(2, null), 1, 0);
trailing
  .on(0)
  .entry({ type: "RunApp", function: 1, payload: new Uint8Array(19).with(17, 1).with(7, 2) });

const nothing = new Script();
nothing.frames.push({ thread: 0, entries: [] });

export const VISIBLE: Readonly<Record<string, VisibleCase>> = {
  "F.sticky": {
    title: "a failed thread commits the epoch of its failing entry (failed-excluded)",
    profile: "bytes",
    script: failedThread,
    refusedBy: "V.slot",
  },
  "L.frame": {
    title: "an empty frame",
    profile: "bytes",
    script: nothing,
    refusedBy: "L.frame",
  },
  "A.poison": {
    title: "a thread loses its epoch, and the aggregate does not say so",
    profile: "kv64",
    script: lostEpoch,
    refusedBy: "T.ring",
  },
  "R.consume": {
    title: "a byte behind the arguments",
    profile: "kv64",
    script: trailing,
    refusedBy: "R.consume",
  },
};

/**
 * D.fetch: executes a frame whose bytes the host changes while the aggregate is being asked; the value that the record then holds.
 */
export function valueAfterRace(monitor: Monitor): string {
  const script = new Kv64Script();
  script.on(0).addM(record64(2, null), 1, 0);
  script.closeEpoch();
  script.on(0).vput(2, 5, 1);
  const bytes = encodeFrame(script.frames[0]?.entries ?? [], "kv64");
  const valueAt = bytes.length - 3;
  const thread = monitor.createThread({
    id: 0,
    threads: 1,
    slots: 16,
    profile: "kv64",
    setHashKey: TEST_KEY,
    contribute: () => {
      bytes[valueAt] = 99;
      return true;
    },
  });
  thread.verifyLog(bytes);
  return toHex(thread.slot(1)?.value ?? new Uint8Array(0));
}

export const VALUE_BEFORE_RACE = "010000000000000005";
export const VALUE_AFTER_RACE = "010000000000000063";
