// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { ORDERED_ANSWERS_MAX } from "../src/limits.ts";
import { CallOrder, type CallTime } from "../src/live/call-order.ts";
import { connected, refusalFrom } from "./support/connected.ts";
import { FakeService } from "./support/fake-service.ts";

const at = (epoch: number, index: bigint, thread = 0) => ({ epoch, thread, index });

/** A call that was answered before anything else was sent. */
function alone(order: CallOrder): CallTime {
  return order.send()()(0);
}

describe("the order of one client's calls", () => {
  it("holds for places that follow the calls, in whatever order they are certified", () => {
    const order = new CallOrder();
    const [first, second, third] = [alone(order), alone(order), alone(order)];
    expect(order.place(third, at(1, 0n))).toBe(null);
    expect(order.place(first, at(0, 4n))).toBe(null);
    expect(order.place(second, at(0, 5n))).toBe(null);
  });

  it.each([
    ["an earlier leaf", at(3, 4n)],
    ["the same leaf", at(3, 5n)],
    ["an earlier epoch", at(2, 9n)],
    ["an earlier epoch of another thread", at(2, 9n, 1)],
  ])("is broken by a later call at %s", (_name, position) => {
    for (const laterFirst of [false, true]) {
      const order = new CallOrder();
      const placed = [
        { time: alone(order), position: at(3, 5n) },
        { time: alone(order), position },
      ];
      const [one, two] = laterFirst ? placed.toReversed() : placed;
      expect(order.place(one?.time ?? alone(order), one?.position ?? position)).toBe(null);
      expect(order.place(two?.time ?? alone(order), two?.position ?? position)).toMatch(
        /^expected/,
      );
    }
  });

  it("says nothing of calls that overlap, nor of threads within an epoch", () => {
    const order = new CallOrder();
    const [one, two] = [order.send(), order.send()];
    expect(order.place(two()(0), at(0, 1n))).toBe(null);
    expect(order.place(one()(0), at(0, 2n))).toBe(null);
    expect(order.place(alone(order), at(0, 0n, 1))).toBe(null);
  });

  it("follows the places within a batch", () => {
    const order = new CallOrder();
    const time = order.send()();
    expect(order.place(time(1), at(0, 7n))).toBe(null);
    expect(order.place(time(0), at(0, 6n))).toBe(null);
    expect(order.place(time(2), at(0, 5n))).toMatch(/leaf 6 of thread 0 in epoch 0, another at/);
  });

  it("forgets the oldest answers only", () => {
    const order = new CallOrder();
    const late = order.send();
    for (let i = 0; i <= ORDERED_ANSWERS_MAX; i++) order.place(alone(order), at(0, BigInt(2 * i)));
    expect(order.place(late()(0), at(0, 1n))).toBe(null);
    expect(order.place(alone(order), at(0, 3n))).toMatch(/^expected/);
  });
});

describe("a host that lets a read run before a write that it has acknowledged", () => {
  it("is refused with order_violated, though both answers are certified", async () => {
    const service = new FakeService();
    const zeta = await connected(service);
    const held: (() => void)[] = [];
    // The write is answered and runs only after the read.
    service.lies.later = (run) => {
      held.push(run);
      return true;
    };
    const put = await zeta.put("k", "v");
    service.lies.later = undefined;
    const got = await zeta.get("k");
    expect(got.existed).toBe(false);
    for (const run of held) run();
    service.closeEpoch();
    await put.certified();
    const refusal = await refusalFrom(got.certified());
    expect(refusal.code).toBe("order_violated");
    expect(refusal.evidence?.receipt ?? null).toBe(null);
  });
});
