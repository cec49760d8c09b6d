// SPDX-License-Identifier: Apache-2.0
import { fileURLToPath } from "node:url";
import { bundleService } from "@zeta/app/bundle-service";
import { Reader } from "@zeta/app/codec/reader";
import { encodeJsonArgument } from "@zeta/app/encode-argument";
import { loadMonitorModule } from "@zeta/monitor/wasm-module";
import { decodeCertificate } from "@zeta/protocol/certificate";
import { isZetaError, ZetaError } from "@zeta/protocol/error";
import { fromHex } from "@zeta/protocol/hex";
import { decodeReceipt } from "@zeta/protocol/receipt";
import { argumentDigest, receiptLeaf, resultDigest } from "@zeta/protocol/receipt-leaf";
import { verifyReceiptPath } from "@zeta/protocol/receipt-tree";
import { decodeViolation } from "@zeta/protocol/violation";
import fc from "fast-check";
import { describe, expect, onTestFinished, test } from "vitest";
import { loadAppService } from "../../src/app-service.ts";
import type { EngineCall, Executed } from "../../src/engine-call.ts";
import { createMetrics } from "../../src/metrics.ts";
import { startService } from "../../src/serve.ts";
import { startThreads } from "../../src/threads/start-threads.ts";
import type { ThreadedEngine } from "../../src/threads/threaded-engine.ts";

const FIXTURE = new URL("../../../client/test/fixtures/ledger.ts", import.meta.url);
const service = loadAppService(await bundleService(fileURLToPath(FIXTURE)));
const module = loadMonitorModule("bytes");

async function start(threads: number, onFault: (error: Error) => void = () => {}) {
  const engine = await startThreads({
    ...{ threads, slots: 64, valueMemoryBytes: 16 << 20, recordsMax: 1000 },
    ...{ module, serviceId: "ledger", service, attest: null, rest: null, epochMs: null, onFault },
    metrics: createMetrics({ process: false, operations: ["deposit", "transfer"] }),
  });
  onTestFinished(() => engine.close(5000));
  return engine;
}

let requests = 0;

function callOf(name: string, json: unknown): EngineCall {
  const operation = service.program.operation(name);
  const requestId = (++requests).toString(16).padStart(32, "0");
  const argument = encodeJsonArgument(operation, json);
  return { function: operation.number, argument, requestId };
}

const deposit = (id: number, amount: number) => callOf("deposit", { id, amount, mark: "" });
const transfer = (from: number, to: number, amount: number) =>
  callOf("transfer", { from, to, amount });

/** What an answer says: the balance after a deposit, what is left after a transfer. */
function told(call: EngineCall, answer: Executed): number {
  const operation = service.program.operations[call.function]!;
  const result = operation.result.read(new Reader().open(answer.result));
  const { balance, left } = result as { balance?: number; left?: number };
  return balance ?? left ?? Number.NaN;
}

/** The certificate's root of the receipt's thread holds what this client asked and was told. */
async function expectReceipt(engine: ThreadedEngine, call: EngineCall, answer: Executed) {
  const receipt = await engine.receipt(call.requestId!);
  if (receipt?.status !== "certified") throw new Error(`expected a receipt, got ${receipt}`);
  const { index, leafCount, path, thread, epoch } = decodeReceipt(fromHex(receipt.receipt));
  expect({ thread, epoch }).toEqual({ thread: answer.thread, epoch: answer.epoch });
  const leaf = receiptLeaf({
    requestId: fromHex(call.requestId!),
    ...{ thread, epoch, function: call.function },
    argumentDigest: argumentDigest(call.argument),
    resultDigest: resultDigest(answer.result),
  });
  const { certificate } = decodeCertificate(fromHex(receipt.certificate));
  const root = certificate.threads[thread]!.receiptsRoot;
  expect(verifyReceiptPath(leaf, index, leafCount, path, root)).toBe(true);
}

const codeOf = (error: unknown) => (isZetaError(error) ? error.code : String(error));

const STEP = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      from: fc.nat(11),
      to: fc.nat(11),
      amount: fc.integer({ min: 1, max: 60 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ id: fc.nat(11), amount: fc.integer({ min: 1, max: 50 }) }) },
  { weight: 1, arbitrary: fc.constant("close" as const) },
);

describe("calls over several workers", () => {
  test("are answered as one run in the order of their arrival, and certified", async () => {
    const world = fc.record({
      threads: fc.integer({ min: 2, max: 4 }),
      steps: fc.array(STEP, { minLength: 30, maxLength: 150 }),
    });
    await fc.assert(
      fc.asyncProperty(world, async ({ threads, steps }) => {
        const engine = await start(threads);
        const model = new Map<number, number>();
        const waiting: Promise<unknown>[] = [];
        const certified: (() => Promise<void>)[] = [];
        const run = (call: EngineCall, expected: number | null) => {
          const answered = engine.execute([call]).then(
            ([answer]) => {
              expect(told(call, answer!)).toBe(expected);
              certified.push(() => expectReceipt(engine, call, answer!));
            },
            (error) => expect([codeOf(error), expected]).toEqual([codeOf(error), null]),
          );
          waiting.push(answered);
        };
        for (const step of steps) {
          if (step === "close") waiting.push(engine.closeEpoch());
          else if ("id" in step) {
            model.set(step.id, (model.get(step.id) ?? 0) + step.amount);
            run(deposit(step.id, step.amount), model.get(step.id)!);
          } else {
            const { from, to, amount } = step;
            const [a, b] = [model.get(from), model.get(to)];
            const fits = a !== undefined && b !== undefined && from !== to && a >= amount;
            if (fits) {
              model.set(from, a - amount);
              model.set(to, b + amount);
            }
            run(transfer(from, to, amount), fits ? a - amount : null);
          }
        }
        await Promise.all(waiting);
        await engine.closeEpoch();
        await engine.closeEpoch();
        for (const check of certified) await check();
        await engine.close(5000);
      }),
      { seed: 7, numRuns: 8 },
    );
  });

  test("of one request see each other in their order", async () => {
    const engine = await start(2);
    const calls = Array.from({ length: 60 }, (_, i) => deposit(i % 10, 10));
    calls.push(...Array.from({ length: 60 }, (_, i) => transfer(i % 10, (i + 3) % 10, 1)));
    const answers = await engine.execute(calls);
    expect(answers.map(({ requestId }) => requestId)).toEqual(calls.map((call) => call.requestId));
    expect(told(calls[59]!, answers[59]!)).toBe(60);
    expect(new Set(answers.map(({ thread }) => thread)).size).toBe(2);
    await engine.closeEpoch();
    for (const [i, call] of calls.entries()) await expectReceipt(engine, call, answers[i]!);
  });

  test("with a request id twice are refused", async () => {
    const engine = await start(2);
    const call = deposit(1, 1);
    const first = engine.execute([call]);
    await expect(engine.execute([call])).rejects.toMatchObject({ code: "duplicate_request_id" });
    await first;
    await expect(engine.execute([call])).rejects.toMatchObject({ code: "duplicate_request_id" });
    await expect(engine.execute([deposit(1, 1)])).resolves.toHaveLength(1);
  });
});

describe("when something goes wrong", () => {
  test("a dead worker refuses all calls with its code, and nothing is certified", async () => {
    const faults: Error[] = [];
    const engine = await start(2, (error) => faults.push(error));
    await engine.execute(Array.from({ length: 10 }, (_, id) => deposit(id, 1)));
    const [, lane] = engine.instance.lanes;
    // The thread stops now, and the engine hears of it later: what it is sent in between is under way when it is found dead.
    const killed = lane!.kill();
    const closing = engine.closeEpoch().catch(codeOf);
    const calls = Array.from({ length: 10 }, (_, id) => engine.execute([deposit(id, 1)]));
    await killed;
    expect(await closing).toBe("worker_failed");
    for (const outcome of await Promise.allSettled(calls)) {
      if (outcome.status === "rejected") expect(codeOf(outcome.reason)).toBe("worker_failed");
    }
    expect(codeOf(await engine.execute([deposit(1, 1)]).catch((error) => error))).toBe(
      "worker_failed",
    );
    expect(engine.refusal).toBe("fault");
    expect(engine.instance.certificates.latest).toBe(null);
    expect(faults.map(codeOf)).toEqual(["worker_failed"]);
    expect(await engine.instance.statistics()).toHaveLength(1);
  });

  test("a host that returns another value than was lent is convicted at the epoch's end", async () => {
    const engine = await start(2);
    const calls = Array.from({ length: 10 }, (_, id) => deposit(id, 1));
    const answers = await engine.execute(calls);
    const honest = engine.instance.lanes.map((lane) => lane.send.bind(lane));
    for (const [i, lane] of engine.instance.lanes.entries()) {
      lane.send = (command, take) => {
        if (command.kind !== "takeBack") honest[i]!(command, take);
        else {
          const loans = command.loans.map((loan) => ({ ...loan, value: Uint8Array.of(0x19, 99) }));
          honest[i]!({ ...command, loans }, take);
        }
      };
    }
    const other = answers.findIndex(({ thread }) => thread !== answers[0]!.thread);
    await engine.execute([transfer(0, other, 1)]);
    const error = await engine.closeEpoch().catch((thrown) => thrown);
    expect(codeOf(error)).toBe("monitor_failed");
    const { violation } = decodeViolation(engine.instance.violation!);
    expect(violation).toMatchObject({ epoch: 0, check: "A.hash" });
    expect(engine.refusal).toBe("violation");
    const refused = await engine.execute([deposit(1, 1)]).catch((thrown) => thrown);
    expect(codeOf(refused)).toBe("monitor_failed");
  });

  test.each([
    [{ threads: 65 }, "1..64 threads, got 65"],
    [{ threads: 2, allowAttacks: true }, "one thread with attacks, got 2"],
    [{ threads: 2, sealBatches: { sink: null as never } }, "one thread with batches, got 2"],
  ])("%j is refused", async (config, message) => {
    const error = await startService(config).catch((thrown) => thrown);
    expect(error).toBeInstanceOf(ZetaError);
    expect(error.code).toBe("config_invalid");
    expect(error.message).toContain(message);
  });
});
