// SPDX-License-Identifier: Apache-2.0
import { defineService, operation, record, t } from "../index.ts";

const name = t.text({ minLength: 1, maxLength: 64 });
const counter = record({ key: name, value: t.integer() });

/** Counters by name: the smallest service that keeps a state. */
export default defineService({
  name: "counter",
  version: "1",
  records: { counter },
  operations: {
    add: operation({
      arguments: t.object({ name, by: t.integer({ minimum: 1, maximum: 1_000_000 }) }),
      result: t.object({ value: t.integer() }),
      touches: { counter },
      keys: (args) => ({ counter: args.name }),
      run(args, records) {
        const value = (records.counter ?? 0) + args.by;
        return { result: { value }, writes: { counter: value } };
      },
    }),
    read: operation({
      arguments: t.object({ name }),
      result: t.object({ value: t.integer() }),
      touches: { counter },
      keys: (args) => ({ counter: args.name }),
      run: (_, records) => ({ result: { value: records.counter ?? 0 } }),
    }),
  },
});
