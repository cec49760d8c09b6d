// SPDX-License-Identifier: Apache-2.0
import type { ThreadFactory } from "@zeta/monitor/instance";
import type { MonitorThreadOptions } from "@zeta/monitor/verdict";
import { loadMonitorModule, type MonitorModule } from "@zeta/monitor/wasm-module";
import { createWasmThread } from "@zeta/monitor/wasm-thread";
import { webAssembly } from "@zeta/monitor/webassembly";
import type { Profile } from "@zeta/protocol/profile";
import { buildPatched, type Patch } from "./wasm-build.ts";

/**
 * An instance costs more than the log that it reads: 4 to 10 MB of fresh memory. So the harness adds one export to a build of its own that
 * brings an instance back to where {@link createWasmThread} found it. Nothing of the trusted module changes, and a share of the logs runs
 * in fresh instances of the published one.
 */
const RECYCLE: readonly Patch[] = [
  {
    file: "assembly/index.ts",
    find: "// ---- What the loader reads",
    replace: `import { drain } from "./set-hash";
import { forgetFrame } from "./decode";

export function recycle(bytes: u32): void {
  drain();
  life = UNBORN;
  flagged = false;
  setFunctionCount(0);
  forgetFrame();
  memory.fill(slotAt(0), 0, min<usize>(bytes, (<usize>memory.size() << 16) - slotAt(0)));
}

// ---- What the loader reads`,
  },
  {
    file: "assembly/decode.ts",
    find: "export function openFrame(",
    replace: `export function forgetFrame(): void {
  frameEnd = 0;
}

export function openFrame(`,
  },
];

interface Recyclable {
  readonly exports: { recycle(bytes: number): void };
  /** What the last thread may have written behind the start of its slots. */
  dirtyBytes: number;
}

/** Slots, with their descriptors less than 512 bytes each; cells of 64 bytes for values, with 4 bytes of link each; a few bytes of alignment. */
function bytesBehind({ slots, valueMemoryBytes = 0 }: MonitorThreadOptions): number {
  return 512 * (slots + 2) + 68 * Math.ceil(valueMemoryBytes / 64);
}

/** Monitor threads in instances that were used before. */
export class RecycledThreads {
  readonly #module: MonitorModule;
  readonly #published: MonitorModule;
  readonly #pool: Recyclable[] = [];
  #taken = 0;

  private constructor(module: MonitorModule, published: MonitorModule) {
    this.#module = module;
    this.#published = published;
  }

  static async build(profile: Profile): Promise<RecycledThreads> {
    const bytes = await buildPatched(profile, RECYCLE);
    return new RecycledThreads(loadMonitorModule(profile, bytes), loadMonitorModule(profile));
  }

  /** Makes the threads of one log; those of the log before are dead from now on. */
  readonly recycled = (): ThreadFactory => {
    this.#taken = 0;
    return (options) =>
      createWasmThread(this.#module, options, (module) => this.#take(module, bytesBehind(options)));
  };

  /** The same in fresh instances of the published module. */
  readonly fresh = (): ThreadFactory => (options) => createWasmThread(this.#published, options);

  #take({ module }: MonitorModule, dirtyBytes: number): unknown {
    const known = this.#pool[this.#taken++];
    if (known === undefined) {
      const { exports } = instantiate(module);
      this.#pool.push({ exports, dirtyBytes });
      return exports;
    }
    known.exports.recycle(known.dirtyBytes);
    known.dirtyBytes = dirtyBytes;
    return known.exports;
  }
}

function instantiate(module: MonitorModule["module"]): Pick<Recyclable, "exports"> {
  return new webAssembly.Instance(module, {}) as Pick<Recyclable, "exports">;
}
