// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readEpochEvent } from "../src/http/answers.ts";
import { EventStreamParser } from "../src/http/event-stream.ts";
import { STREAM_EVENT_BYTES_MAX } from "../src/limits.ts";

const parsed = (...pieces: string[]) => {
  const parser = new EventStreamParser();
  return pieces.flatMap((piece) => parser.push(piece));
};

describe("server-sent events", () => {
  const stream =
    ": hello\n\nevent: certificate\nid: 7\ndata: {\ndata: }\n\ndata:x\r\n\r\nevent: none\n\nretry: 5\rdata: y\r\r";
  const events = [
    { event: "certificate", data: "{\n}" },
    { event: "message", data: "x" },
    { event: "message", data: "y" },
  ];

  it("are read as the standard says", () => {
    expect(parsed(stream)).toEqual(events);
  });

  it("are the same however the stream is cut", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(stream.length), { maxLength: 20 }), (cuts) => {
        const at = [0, ...cuts.sort((a, b) => a - b), stream.length];
        const pieces = at.slice(1).map((end, i) => stream.slice(at[i], end));
        expect(parsed(...pieces)).toEqual(events);
      }),
      { seed: 6, numRuns: 300 },
    );
  });

  it("are bounded in a line and in a whole event", () => {
    const longest = "x".repeat(STREAM_EVENT_BYTES_MAX - 10);
    expect(parsed(`data: ${longest.slice(10)}\n\n`)).toHaveLength(1);
    expect(() => parsed(`data: ${longest}xxxxx`)).toThrow("events of at most");
    const line = `data: ${"x".repeat(1000)}\n`;
    expect(() => parsed(line.repeat(STREAM_EVENT_BYTES_MAX / 1000 + 1))).toThrow("events of");
  });

  it("carry statements as hex; other events are left alone, malformed ones are coded errors", () => {
    const data = JSON.stringify({ type: "violation", violation: "00ff" });
    expect(readEpochEvent({ event: "violation", data })).toEqual({
      type: "violation",
      bytes: Uint8Array.of(0, 255),
    });
    expect(readEpochEvent({ event: "message", data: "?" })).toBeNull();
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        try {
          readEpochEvent({ event: "certificate", data: text });
        } catch (error) {
          expect(error).toMatchObject({ code: "malformed" });
        }
      }),
      { seed: 7 },
    );
  });
});
