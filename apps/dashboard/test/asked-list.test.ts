// SPDX-License-Identifier: Apache-2.0
/** What becomes of a question, step by step. */
import type { Proof } from "@zeta/client";
import { TransportError } from "@zeta/client/http/transport-error";
import { type RefusalCode, RefusedError } from "@zeta/client/refusal";
import { describe, expect, test } from "vitest";
import { type AnyAnswer, AskedList } from "../src/model/asked-list.ts";

const PROOF = { epoch: 7, reportRows: () => [], evidence: () => ({}) } as unknown as Proof;
const TOLD = { text: '"100"', epoch: 7 };

interface Deferred<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (reason: unknown) => void;
}

function deferred<T>(): Deferred<T> {
  let resolve: (value: T) => void = () => {};
  let reject: (reason: unknown) => void = () => {};
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}

/** A list on a clock that the test moves, and a question whose answer the test gives. */
function asking() {
  let now = 0;
  const waits: [number, number][] = [];
  const list = new AskedList(
    () => now,
    (epoch, waited) => waits.push([epoch, waited]),
  );
  const answer = deferred<AnyAnswer>();
  const certified = deferred<Proof>();
  const done = list.ask('get "alice"', "ab…", () => answer.promise);
  const state = () => list.asked.value[0]?.state;
  const tell = async () => {
    answer.resolve({ ...TOLD, certified: certified.promise });
    await answer.promise;
  };
  const advance = (milliseconds: number) => {
    now += milliseconds;
  };
  return { list, answer, certified, done, state, tell, advance, waits };
}

describe("an answer", () => {
  test("is asked, provisional, certified", async () => {
    const { advance, certified, done, state, tell, waits } = asking();
    expect(state()).toEqual({ stage: "asked" });
    advance(10);
    await tell();
    expect(state()).toEqual({ stage: "provisional", told: '"100"', epoch: 7, at: 10 });
    advance(640);
    certified.resolve(PROOF);
    await done;
    expect(state()).toMatchObject({ stage: "certified", told: '"100"', epoch: 7, waited: 640 });
    expect(waits).toEqual([[7, 640]]);
  });

  test("that is a lie is refused, with what was told and what shows it", async () => {
    const { certified, done, state, tell, waits } = asking();
    await tell();
    const evidence = { format: "zeta.evidence" } as never;
    certified.reject(new RefusedError("violation", "told so", { check: "A.hash", evidence }));
    await done;
    expect(state()).toEqual({
      stage: "refused",
      told: '"100"',
      code: "violation",
      check: "A.hash",
      message: "told so",
      evidence,
    });
    expect(waits).toEqual([]);
  });

  const unproven: readonly [RefusalCode, boolean, unknown, string][] = [
    ["certification_timeout", true, undefined, "no certificate"],
    ["network_error", false, undefined, "no answer"],
    ["service_error", false, undefined, "no answer"],
    [
      "service_error",
      false,
      new TransportError("service_error", "", { status: 422, problem: "no_money" }),
      "not executed",
    ],
  ];

  test.each(unproven)(
    "%s after an answer: %j proves nothing",
    async (code, isTold, cause, word) => {
      const { answer, certified, done, state, tell } = asking();
      const error = new RefusedError(code, "it went wrong", { cause });
      if (isTold) {
        await tell();
        certified.reject(error);
      } else answer.reject(error);
      await done;
      expect(state()).toMatchObject({ stage: "unproven", word, told: isTold ? '"100"' : null });
    },
  );

  test("that could not even be asked for says so", async () => {
    const { answer, done, state } = asking();
    answer.reject(new SyntaxError("expected JSON"));
    await done;
    expect(state()).toMatchObject({
      stage: "unproven",
      word: "not sent",
      message: "expected JSON",
    });
  });
});

test("the newest question is first, and old ones are forgotten", async () => {
  const list = new AskedList(() => 0);
  for (let i = 0; i < 60; i++) {
    await list.ask(`question ${i}`, "ab…", () => Promise.reject(new Error("no")));
  }
  const questions = list.asked.value.map(({ question }) => question);
  expect([questions.length, questions[0], questions[49]]).toEqual([
    50,
    "question 59",
    "question 10",
  ]);
});
