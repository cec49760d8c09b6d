// SPDX-License-Identifier: Apache-2.0
import { defineService, fail, operation, record, t } from "@zeta/app";

const name = t.text({ minLength: 1, maxLength: 64 });
const choice = t.integer({ minimum: 0, maximum: 9 });
const votes = t.integer({ minimum: 0 });

/** What is asked, and how often each choice was taken. */
const poll = record({
  key: name,
  value: t.object({ votes: t.array(votes, { minItems: 2, maxItems: 10 }), closed: t.boolean() }),
});

/** Who voted in which poll, and for what. */
const ballot = record({ key: t.object({ poll: name, voter: name }), value: choice });

export default defineService({
  name: "voting",
  version: "1",
  records: { poll, ballot },
  operations: {
    open: operation({
      arguments: t.object({ poll: name, choices: t.integer({ minimum: 2, maximum: 10 }) }),
      result: t.object({}),
      touches: { poll },
      keys: (args) => ({ poll: args.poll }),
      run(args, records) {
        if (records.poll !== null) fail("poll_exists");
        const none = Array.from({ length: args.choices }, () => 0);
        return { result: {}, writes: { poll: { votes: none, closed: false } } };
      },
    }),
    vote: operation({
      arguments: t.object({ poll: name, voter: name, choice }),
      result: t.object({ counted: t.boolean() }),
      touches: { poll, ballot },
      keys: (args) => ({ poll: args.poll, ballot: { poll: args.poll, voter: args.voter } }),
      run(args, records) {
        const { votes: before, closed } = records.poll ?? fail("no_such_poll");
        if (args.choice >= before.length) fail("no_such_choice");
        // Nobody votes twice, nor too late: an answer that is certified like any other.
        if (closed || records.ballot !== null) return { result: { counted: false } };
        const after = before.map((count, i) => (i === args.choice ? count + 1 : count));
        return {
          result: { counted: true },
          writes: { poll: { votes: after, closed }, ballot: args.choice },
        };
      },
    }),
    close: operation({
      arguments: t.object({ poll: name }),
      result: t.array(votes),
      touches: { poll },
      keys: (args) => ({ poll: args.poll }),
      run(_, records) {
        const { votes: final } = records.poll ?? fail("no_such_poll");
        return { result: final, writes: { poll: { votes: final, closed: true } } };
      },
    }),
  },
});
