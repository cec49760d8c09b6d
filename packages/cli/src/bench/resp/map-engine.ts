// SPDX-License-Identifier: Apache-2.0
import { applyKv, decodeKvArgument, encodeKvResult, kvKeys } from "@zeta/protocol/kv";
import type { EngineCall, Executed } from "@zeta/service/engine-call";
import type { ServiceEngine } from "@zeta/service/service-engine";

/**
 * Runs calls on a plain map at once, verifies nothing and gives no receipts: what the Redis front costs by itself. Whatever else an engine is asked goes
 * to a real one.
 */
export function mapEngine(shell: ServiceEngine): ServiceEngine {
  const values = new Map<string, Uint8Array>();
  const run = (call: EngineCall): Executed => {
    const operation = decodeKvArgument(call.function, call.argument);
    const names = kvKeys(operation).map((key) => Buffer.from(key).toString("latin1"));
    const before = names.map((name) => values.get(name) ?? null);
    const { result, after } = applyKv(operation, before);
    for (const [i, name] of names.entries()) {
      const value = after[i] ?? null;
      if (value === null) values.delete(name);
      else if (value !== before[i]) values.set(name, value);
    }
    const { requestId } = call;
    return { requestId, epoch: 0, thread: 0, result: encodeKvResult(result) };
  };
  const execute = async (calls: readonly EngineCall[]) => calls.map(run);
  return {
    serviceId: shell.serviceId,
    instance: shell.instance,
    events: shell.events,
    clock: shell.clock,
    refusal: null,
    execute,
    executeEach: execute,
    closeEpoch: () => shell.closeEpoch(),
    receipt: async () => null,
    close: (deadlineMs) => shell.close(deadlineMs),
  };
}
