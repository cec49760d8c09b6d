// SPDX-License-Identifier: Apache-2.0
import { CHECKPOINT_BYTES_MAX } from "@zeta/protocol/checkpoint";
import { describe, expect, it } from "vitest";
import { QUOTE_BYTES_MAX } from "../src/limits.ts";
import {
  type Ancestor,
  ancestorsFromJson,
  ancestorsToJson,
  LINEAGE_MAX,
  lineageFromJson,
  lineageToJson,
} from "../src/service-lineage.ts";
import { codeOf } from "./support/codes.ts";
import { seededRandom } from "./support/random.ts";

const random = seededRandom(5);

function ancestor(): Ancestor {
  const attestation = {
    tee: "simulation",
    quote: random.bytes(40),
    publicKey: random.bytes(33),
    instanceId: random.bytes(32),
    measurement: random.bytes(32),
    serviceId: "kv",
    profile: "bytes",
  } as const;
  return { attestation, checkpoint: random.bytes(270) };
}

describe("the JSON of a lineage", () => {
  const lineage = [ancestor(), ancestor(), ancestor()];
  const json = lineageToJson(lineage);
  const [first] = json.ancestors;

  it("survives a round trip, oldest first", () => {
    expect(lineageFromJson(JSON.parse(JSON.stringify(json)))).toEqual(lineage);
    expect(ancestorsFromJson(ancestorsToJson(lineage))).toEqual(lineage);
  });

  it("is empty for an instance that began from nothing", () => {
    const empty = { format: "zeta.lineage", version: 1, ancestors: [] };
    expect(lineageToJson([])).toEqual(empty);
    expect(lineageFromJson(empty)).toEqual([]);
  });

  const malformed: [string, unknown][] = [
    ["null", null],
    ["an array", json.ancestors],
    ["another format", { ...json, format: "zeta.attestation.v1" }],
    ["another version", { ...json, version: 2 }],
    ["the version as text", { ...json, version: "1" }],
    ["one member too many", { ...json, extra: 1 }],
    ["a missing member", { format: json.format, version: 1 }],
    ["no array", { ...json, ancestors: {} }],
    ["an ancestor that is null", { ...json, ancestors: [null] }],
    ["an ancestor with one member too many", { ...json, ancestors: [{ ...first, extra: 1 }] }],
    ["an ancestor without a checkpoint", { ...json, ancestors: [{ attestation: {} }] }],
    ["an ancestor without a key", { ...json, ancestors: [{ ...first, attestation: {} }] }],
    ["an empty checkpoint", { ...json, ancestors: [{ ...first, checkpoint: "" }] }],
    ["odd hex", { ...json, ancestors: [{ ...first, checkpoint: "abc" }] }],
    ["upper-case hex", { ...json, ancestors: [{ ...first, checkpoint: "AB" }] }],
    ["a number as checkpoint", { ...json, ancestors: [{ ...first, checkpoint: 7 }] }],
  ];
  it.each(malformed)("refuses: %s", async (_name, value) => {
    expect(await codeOf(() => lineageFromJson(value))).toBe("DOCUMENT_MALFORMED");
  });

  it(`takes ${LINEAGE_MAX} ancestors, not one more`, async () => {
    const many = Array.from({ length: LINEAGE_MAX }, () => first);
    expect(lineageFromJson({ ...json, ancestors: many })).toHaveLength(LINEAGE_MAX);
    const more = { ...json, ancestors: [...many, first] };
    expect(await codeOf(() => lineageFromJson(more))).toBe("DOCUMENT_MALFORMED");
  });

  it("caps checkpoint and quote before it decodes them", async () => {
    const read = (part: object) => () =>
      lineageFromJson({ ...json, ancestors: [{ ...first, ...part }] });
    const longest = "0".repeat(2 * CHECKPOINT_BYTES_MAX);
    expect(read({ checkpoint: longest })()).toHaveLength(1);
    expect(await codeOf(read({ checkpoint: `${longest}00` }))).toBe("DOCUMENT_MALFORMED");
    const quote = "0".repeat(2 * QUOTE_BYTES_MAX + 2);
    const attestation = { ...first?.attestation, quote };
    expect(await codeOf(read({ attestation }))).toBe("QUOTE_TOO_LARGE");
  });
});
