// SPDX-License-Identifier: Apache-2.0
import { fileURLToPath } from "node:url";
import { bundleService } from "@zeta/app/bundle-service";
import { encodeArgument } from "@zeta/app/encode-argument";
import type { Program } from "@zeta/app/program";
import { runCall } from "@zeta/app/run-call";
import { codeHash, loadProgram } from "@zeta/app/sandbox/load-program";
import { concatBytes, utf8 } from "@zeta/protocol/bytes";
import { encodeCall } from "@zeta/protocol/call";
import { keyDigest, sha256 } from "@zeta/protocol/digest";
import { SERVICE_CALL_SLOTS_MAX } from "@zeta/protocol/limits";
import type { LogEntry } from "@zeta/protocol/log-entry";
import { argumentDigest, receiptLeaf, resultDigest } from "@zeta/protocol/receipt-leaf";
import { beforeAll, describe, expect, test } from "vitest";
import { createEnclave } from "../src/enclave.ts";
import { encodeFrame, type TestLog } from "./support/honest-log.ts";
import { Host } from "./support/host-model.ts";
import { MONITORS, type MonitorName, monitorModule } from "./support/monitors.ts";
import { encodeFrames, mutateBytes, mutateEntries } from "./support/mutate.ts";
import { Random } from "./support/random.ts";
import { type EncodedFrame, type Run, runLog } from "./support/run-log.ts";
import { honestServiceLog, mutateCall } from "./support/service-log.ts";

const FILE = fileURLToPath(new URL("./fixtures/purse-service.ts", import.meta.url));
const LOGS = Number(process.env.ZETA_LOGS ?? 12);
const FIRST = Number(process.env.ZETA_SEED ?? 1);

let code: string;
let service: Program;
beforeAll(async () => {
  code = await bundleService(FILE);
  service = loadProgram(code);
});

function run(monitor: MonitorName, log: TestLog, frames: readonly EncodedFrame[]): Run {
  return runLog(
    MONITORS[monitor]("bytes"),
    { ...log, service, valueMemoryBytes: 32 << 10 },
    frames,
  );
}

function compare(log: TestLog, frames: readonly EncodedFrame[], what: string): Run {
  const [ours, theirs] = [run("wasm", log, frames), run("reference", log, frames)];
  const seen = ({ results, contributions, events, max, instance }: Run) => ({
    ...{ results, contributions, events, max },
    stores: instance.threads.map((thread) =>
      Array.from({ length: log.slots }, (_, i) => thread.slot(i)),
    ),
  });
  // A comparison of texts is much faster than a deep one; that is for the failure's message.
  if (textOf(seen(ours)) !== textOf(seen(theirs))) {
    expect(seen(ours), what).toEqual(seen(theirs));
    expect.unreachable(what);
  }
  return ours;
}

function textOf(value: unknown): string {
  return JSON.stringify(value, (_name, part: unknown) => {
    if (part instanceof Uint8Array) return Buffer.from(part).toString("hex");
    return typeof part === "bigint" ? `${part}n` : part;
  });
}

describe("calls of a service, WebAssembly against reference", () => {
  test("honest logs certify, and both monitors agree on lies about them", {
    timeout: 600_000,
  }, () => {
    const checks = new Set<string>();
    for (let seed = FIRST; seed < FIRST + LOGS; seed++) {
      const log = honestServiceLog(service, seed);
      const honest = compare(log, encodeFrames(log.frames, log), `honest, seed ${seed}`);
      expect(honest.max, `seed ${seed}`).toBe(log.epochs - 1);
      const random = new Random(seed);
      for (let lie = 0; lie < 8; lie++) {
        const mutate = [mutateCall, mutateBytes, mutateCall, mutateEntries][lie % 4] ?? mutateCall;
        const frames = mutate(log, random);
        for (const { check } of compare(log, frames, `lie ${lie}, seed ${seed}`).results) {
          if (check !== null) checks.add(check);
        }
      }
    }
    for (const check of ["R.fid", "R.consume", "R.slot", "R.key", "R.distinct"]) {
      if (LOGS >= 12) expect([...checks]).toContain(check);
    }
  });
});

/** Three purses in slots of thread 0, written by honest calls, and a way to go on with any call. */
function openedHost() {
  const host = new Host({
    ...{ profile: "bytes", keyHash: "identity", threads: 1, slots: 40 },
    random: new Random(7),
  });
  const honest = (name: string, args: object, requestId: Uint8Array | null = null) => {
    const operation = service.operation(name);
    const argument = encodeArgument(operation, args);
    const call = runCall(service, operation.number, argument);
    const found = host.accessAll(0, call.keys.map(keyDigest));
    const outcome = call.apply(found.map(({ value }) => value));
    const slots = found.map(({ slot }) => slot);
    const payload = encodeCall({ requestId, slots, argument });
    host.runAll(0, slots, operation.number, payload, outcome.values);
    return { slots, argument, outcome, function: operation.number };
  };
  const slots = ["ann", "bob", "cleo"].map(
    (name) => honest("fill", { name, coins: 50, note: "" }).slots[0] ?? 0,
  );
  return { host, honest, slots };
}

function logOf(host: Host): TestLog {
  const { profile, keyHash, threads, slots } = host.options;
  return { profile, keyHash, threads, slots, frames: host.finish(), epochs: 1 };
}

/** The check by which both monitors refuse a call that a lying host writes after honest ones. */
function checkOf(lie: {
  function: number;
  slots: readonly number[];
  argument: Uint8Array;
}): string {
  const { host } = openedHost();
  const log = logOf(host);
  const payload = encodeCall({ requestId: null, ...lie });
  const entry: LogEntry = { type: "RunApp", function: lie.function, payload };
  const bytes = encodeFrame([entry], "bytes");
  const ours = compare(log, [...encodeFrames(log.frames, log), { thread: 0, bytes }], "a lie");
  return ours.results.at(-1)?.check ?? "ok";
}

describe("a host that lies about calls is caught", () => {
  const MOVE = 1;
  const move = () =>
    encodeArgument(service.operation("move"), { from: "ann", to: "bob", coins: 9 });

  test("slots of a transfer the wrong way round", () => {
    const [ann = 0, bob = 0] = openedHost().slots;
    expect(checkOf({ function: MOVE, slots: [bob, ann], argument: move() })).toBe("R.key");
    expect(checkOf({ function: MOVE, slots: [ann, bob], argument: move() })).toBe("ok");
  });

  test("another record's slot", () => {
    const [ann = 0, , cleo = 0] = openedHost().slots;
    expect(checkOf({ function: MOVE, slots: [ann, cleo], argument: move() })).toBe("R.key");
  });

  test("one slot twice, a slot too few, an empty slot, the root", () => {
    const [ann = 0, bob = 0] = openedHost().slots;
    const check = (slots: number[]) => checkOf({ function: MOVE, slots, argument: move() });
    expect(check([ann, ann])).toBe("R.distinct");
    expect(check([ann])).toBe("R.consume");
    expect(check([ann, bob, 0])).toBe("R.consume");
    expect(check([ann, 0])).toBe("R.app");
    expect(check([ann, 60])).toBe("R.slot");
  });

  test("more slots than a service's call may name", () => {
    const { slots } = openedHost();
    const many = Array.from({ length: SERVICE_CALL_SLOTS_MAX + 1 }, (_, i) => slots[i % 3] ?? 0);
    expect(checkOf({ function: MOVE, slots: many, argument: move() })).toBe("R.consume");
  });

  test("a call that the service refuses", () => {
    const [ann = 0, bob = 0] = openedHost().slots;
    const argument = encodeArgument(service.operation("move"), {
      from: "ann",
      to: "bob",
      coins: 51,
    });
    expect(checkOf({ function: MOVE, slots: [ann, bob], argument })).toBe("R.fail");
  });

  test("a put of the key-value service into a purse", () => {
    const [ann = 0] = openedHost().slots;
    const argument = concatBytes(Uint8Array.of(0, 3), utf8("annrich"));
    expect(checkOf({ function: 1, slots: [ann], argument })).toBe("R.consume");
    expect(checkOf({ function: 9, slots: [ann], argument })).toBe("R.fid");
  });

  test("a forged record: the epoch is not certified", () => {
    const { host, slots } = openedHost();
    const log = logOf(host);
    const [ann = 0] = slots;
    const frames = log.frames.map(({ thread, entries }) => ({ thread, entries: [...entries] }));
    const forged = {
      kind: "app",
      key: keyDigest(keyOf("zoe")),
      value: storedValue(1_000_000),
    } as const;
    const at = { epoch: 0, counter: 1 };
    const argument = encodeArgument(service.operation("move"), {
      from: "zoe",
      to: "ann",
      coins: 9,
    });
    frames.push({
      thread: 0,
      entries: [
        { type: "AddB", record: forged, slot: 39, time: at, thread: 0 },
        {
          type: "RunApp",
          function: MOVE,
          payload: encodeCall({ requestId: null, slots: [39, ann], argument }),
        },
        { type: "NextEpoch" },
        { type: "VerifyEpoch" },
      ],
    });
    const ours = compare(log, encodeFrames(frames, log), "a forged record");
    expect(ours.results.every(({ verdict }) => verdict === "success")).toBe(true);
    expect(ours.max).toBeNull();
    expect(ours.events.at(-1)).toMatchObject({ kind: "mismatch" });
  });
});

function keyOf(name: string): Uint8Array {
  const argument = encodeArgument(service.operation("burn"), { name });
  return runCall(service, 3, argument).keys[0] ?? new Uint8Array(0);
}

function storedValue(coins: number): Uint8Array {
  const argument = encodeArgument(service.operation("fill"), { name: "a", coins: 0, note: "" });
  const value = runCall(service, 0, argument).apply([null]).values[0] ?? new Uint8Array(0);
  new DataView(value.buffer).setBigUint64(0, BigInt(coins));
  return value;
}

test("the receipt of a call binds arguments and result as the client knows them", () => {
  const { host, honest } = openedHost();
  const requestId = new Uint8Array(16).fill(5);
  const call = honest("move", { from: "ann", to: "bob", coins: 9 }, requestId);
  const log = logOf(host);
  const { results } = run("wasm", log, encodeFrames(log.frames, log));
  const leaf = receiptLeaf({
    ...{ requestId, thread: 0, epoch: 0, function: call.function },
    argumentDigest: argumentDigest(call.argument),
    resultDigest: resultDigest(call.outcome.result),
  });
  expect(results.flatMap(({ leaves }) => [...leaves])).toEqual([...leaf]);
});

test("the measurement of an enclave with a service names module and code", () => {
  const module = monitorModule("bytes");
  const shape = { profile: "bytes", threads: 1, slots: 16, serviceId: "purse", module } as const;
  const { measurement } = createEnclave({ ...shape, serviceCode: code });
  const domain = utf8("zeta.service.measurement.v1");
  const said = concatBytes(
    Uint8Array.of(domain.length),
    domain,
    module.measurement,
    codeHash(code),
  );
  expect(measurement).toEqual(sha256(said));
  expect(measurement).not.toEqual(createEnclave(shape).measurement);
  const other = createEnclave({ ...shape, serviceCode: `${code}\n` });
  expect(other.measurement).not.toEqual(measurement);
});
