// SPDX-License-Identifier: Apache-2.0
import { utf8 } from "@zeta/protocol/bytes";
import {
  type CheckpointStatement,
  decodeCheckpoint,
  signCheckpoint,
} from "@zeta/protocol/checkpoint";
import { sha256 } from "@zeta/protocol/digest";
import { encodeRootValue, rootHash } from "@zeta/protocol/root-value";
import { NO_ORIGIN } from "@zeta/protocol/statement";
import { EPOCH_MAX } from "@zeta/protocol/timestamp";
import { describe, expect, test } from "vitest";
import { readContinuation } from "../src/continuation.ts";
import { createEnclave } from "../src/enclave.ts";
import { enclaveOptions, feed } from "./support/restart.ts";
import { app, described, Script } from "./support/script.ts";

const SECRET = sha256(utf8("some other enclave"));
const IDENTITY = { serviceId: "kv", profile: "bytes" } as const;
/** A tree in which A is v1 and nothing else ever was; A's path begins with 0. */
const ROOT_VALUE = encodeRootValue([described("A", "v1"), null]);
const OTHER_VALUE = encodeRootValue([described("A", "v0"), null]);

const STATEMENT: CheckpointStatement = {
  ...IDENTITY,
  instanceId: new Uint8Array(32).fill(1),
  measurement: new Uint8Array(32).fill(2),
  origin: NO_ORIGIN,
  epoch: 4,
  operations: 7n,
  root: rootHash(ROOT_VALUE),
  previous: new Uint8Array(32).fill(3),
};

function signed(changes: Partial<CheckpointStatement> = {}): Uint8Array {
  return signCheckpoint({ ...STATEMENT, ...changes }, SECRET);
}

/** The code with which a fresh enclave refuses to go on, "accepted" if it does. */
function refusal(checkpoint: Uint8Array, rootValue = ROOT_VALUE): string {
  try {
    createEnclave(enclaveOptions(1, 1, { checkpoint, rootValue }));
    return "accepted";
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
}

describe("what an instance goes on from", () => {
  test("the checkpoint's hash, the epoch after it, its operations, the root", () => {
    const checkpoint = signed();
    expect(readContinuation({ checkpoint, rootValue: ROOT_VALUE }, IDENTITY)).toEqual({
      origin: decodeCheckpoint(checkpoint).hash,
      operations: 7n,
      start: { epoch: 5, root: ROOT_VALUE },
    });
  });

  test("whoever signed it: clients ask that, by the origin", () => {
    expect(refusal(signed())).toBe("accepted");
    expect(refusal(signCheckpoint(STATEMENT, sha256(SECRET)))).toBe("accepted");
  });

  test("private copies: the host's buffers may change afterwards", () => {
    const [checkpoint, rootValue] = [signed(), ROOT_VALUE.slice()];
    const enclave = createEnclave(enclaveOptions(1, 1, { checkpoint, rootValue }));
    const { origin } = enclave;
    checkpoint.fill(0);
    rootValue.fill(0);
    enclave.origin.fill(0);
    expect(enclave.origin).toEqual(origin);
    const script = new Script(1, 5);
    script.on(0).addM(app("A", "v1"), 1, 0).get("A", 1, "v1");
    expect(feed(enclave, script.closeEpoch()).check).toBe(null);
  });

  test("not a damaged checkpoint", () => {
    const checkpoint = signed();
    expect(refusal(new Uint8Array(0))).toBe("checkpoint_invalid");
    expect(refusal(checkpoint.slice(0, -1))).toBe("checkpoint_invalid");
    expect(refusal(Uint8Array.of(...checkpoint, 0))).toBe("checkpoint_invalid");
    expect(refusal(new Uint8Array(1 << 20))).toBe("checkpoint_invalid");
    expect(refusal(checkpoint.with(1, 0))).toBe("checkpoint_invalid");
  });

  test("not another service's, nor another profile's", () => {
    expect(refusal(signed({ serviceId: "kv2" }))).toBe("checkpoint_invalid");
    expect(refusal(signed({ profile: "kv64" }))).toBe("checkpoint_invalid");
  });

  test("not one that no epoch can follow: the last that is ever certified is EPOCH_MAX - 1", () => {
    expect(refusal(signed({ epoch: EPOCH_MAX }))).toBe("checkpoint_invalid");
    expect(refusal(signed({ epoch: EPOCH_MAX - 1 }))).toBe("checkpoint_invalid");
    const checkpoint = signed({ epoch: EPOCH_MAX - 2 });
    const enclave = createEnclave(enclaveOptions(1, 1, { checkpoint, rootValue: ROOT_VALUE }));
    expect(feed(enclave, new Script(1, EPOCH_MAX - 1).closeEpoch()).check).toBe(null);
    expect(enclave.latestCertificate).not.toBe(null);
  });

  test("not with another root than the checkpoint's", () => {
    expect(refusal(signed(), OTHER_VALUE)).toBe("checkpoint_root");
    expect(refusal(signed({ root: rootHash(OTHER_VALUE) }))).toBe("checkpoint_root");
    expect(refusal(signed({ root: rootHash(OTHER_VALUE) }), OTHER_VALUE)).toBe("accepted");
  });

  test("not with a root that is none, or not at rest", () => {
    const deferred = encodeRootValue([{ ...described("A", "v1"), inDeferred: true }, null]);
    const wrongSide = encodeRootValue([null, described("A", "v1")]);
    for (const value of [deferred, wrongSide, ROOT_VALUE.slice(0, -1), new Uint8Array(1 << 20)]) {
      expect(refusal(signed(), value)).toBe("checkpoint_root");
    }
  });

  test("profile kv64 does not go on", () => {
    const continuation = { checkpoint: signed({ profile: "kv64" }), rootValue: ROOT_VALUE };
    const identity = { serviceId: "kv", profile: "kv64" } as const;
    expect(() => readContinuation(continuation, identity)).toThrow("profile bytes");
  });
});
