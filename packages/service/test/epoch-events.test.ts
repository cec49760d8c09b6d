// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "vitest";
import { EpochStream } from "../src/http/epoch-stream.ts";
import { STREAMS_MAX, WAITERS_MAX } from "../src/limits.ts";
import { useServices } from "./support/fixture.ts";
import { problem } from "./support/problem.ts";

const start = useServices();

describe("followers of epochs", () => {
  test("there are exactly so many streams", async () => {
    const { app, engine } = start();
    const follower = { wake: () => {}, end: () => {} };
    const leave = Array.from({ length: STREAMS_MAX }, () => engine.events.follow({ ...follower }));
    const response = await app.inject({ url: "/v1/epochs/stream" });
    expect(problem(response)).toEqual([429, "too_many_requests"]);
    leave[0]!();
    expect(engine.events.follow(follower)).toBeTypeOf("function");
  });

  test("there are exactly so many waits", async () => {
    const { engine } = start();
    const { events, instance } = engine;
    const waits = Array.from({ length: WAITERS_MAX }, () =>
      events.whenCertified(instance, 0, null),
    );
    const oneMore = events.whenCertified(instance, 0, null);
    await expect(oneMore).rejects.toMatchObject({ code: "too_many_requests" });
    events.endAll();
    await Promise.all(waits);
  });

  test("a wait ends when its client goes away", async () => {
    const { engine, clock } = start();
    const controller = new AbortController();
    const { signal } = controller;
    const wait = engine.events.whenCertified(engine.instance, 0, 1000, signal);
    controller.abort();
    await wait;
    expect(clock.waiting).toBe(0);
    await engine.events.whenCertified(engine.instance, 0, null, signal);
  });

  test("a reader who falls behind the certificate log is cut off, without a false step", async () => {
    const { engine } = start({ certificatesMax: 3 });
    const stream = new EpochStream(engine, null);
    for (let i = 0; i < 60; i++) await engine.closeEpoch();
    let text = "";
    stream.on("data", (chunk: string) => {
      text += chunk;
    });
    await new Promise((resolve) => stream.on("end", resolve));
    const ids = [...text.matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id));
    expect(ids.length).toBeLessThan(60);
    expect(ids).toEqual(ids.map((_, i) => i));
    expect(ids.length).toBeGreaterThan(5);
  });
});
