// SPDX-License-Identifier: Apache-2.0
/** A host that does not ask for signatures: whatever his own store accepts, the monitor refuses what the signer has not signed. */
import { fileURLToPath } from "node:url";
import { bundleService } from "@zeta/app/bundle-service";
import { encodeArgument } from "@zeta/app/encode-argument";
import { plainFunctions } from "@zeta/app/functions";
import { readManifest } from "@zeta/app/manifest";
import { Program } from "@zeta/app/program";
import { runCall } from "@zeta/app/run-call";
import { loadProgram } from "@zeta/app/sandbox/load-program";
import wallet from "@zeta/app/services/wallet";
import { signCall } from "@zeta/app/sign-call";
import { encodeCall } from "@zeta/protocol/call";
import { callerKey } from "@zeta/protocol/call-signature";
import { keyDigest } from "@zeta/protocol/digest";
import { beforeAll, describe, expect, test } from "vitest";
import { Host } from "./support/host-model.ts";
import { MONITORS, type MonitorName } from "./support/monitors.ts";
import { encodeFrames } from "./support/mutate.ts";
import { Random } from "./support/random.ts";
import { runLog } from "./support/run-log.ts";

const FILE = fileURLToPath(new URL("../../app/src/services/wallet.ts", import.meta.url));
const [ISSUER, ADA, HOST] = [1, 2, 3].map((byte) => new Uint8Array(32).fill(byte)) as [
  Uint8Array,
  Uint8Array,
  Uint8Array,
];
const [issuer, ada, mallory] = [ISSUER, ADA, HOST].map(callerKey) as [
  Uint8Array,
  Uint8Array,
  Uint8Array,
];

let monitored: Program;
beforeAll(async () => {
  monitored = loadProgram(await bundleService(FILE));
});

/** The service as its host would like it: every signature is good. */
const careless = new Program(
  readManifest(JSON.parse(JSON.stringify(wallet.manifest))),
  plainFunctions(wallet, () => true),
);

/** A log of these calls, by the careless store. */
class Ledger {
  readonly #host = new Host({
    ...{ profile: "bytes", keyHash: "identity", threads: 1, slots: 40 },
    random: new Random(5),
  });

  call(name: string, args: object): this {
    const { number, arguments: codec } = careless.operation(name);
    const argument = encodeArgument({ arguments: codec }, args);
    const call = runCall(careless, number, argument);
    const found = this.#host.accessAll(0, call.keys.map(keyDigest));
    const { values } = call.apply(found.map(({ value }) => value));
    const slots = found.map(({ slot }) => slot);
    const payload = encodeCall({ requestId: null, slots, argument });
    this.#host.runAll(0, slots, number, payload, values);
    return this;
  }

  /** By which check the log is refused. */
  verdict(monitor: MonitorName): string {
    const { profile, keyHash, threads, slots } = this.#host.options;
    this.#host.closeEpoch(() => {});
    const log = { profile, keyHash, threads, slots, frames: this.#host.finish(), epochs: 1 };
    const shape = { ...log, service: monitored, valueMemoryBytes: 32 << 10 };
    const { results, max } = runLog(
      MONITORS[monitor]("bytes"),
      shape,
      encodeFrames(log.frames, log),
    );
    const refused = results.find(({ check }) => check !== null);
    if (refused === undefined) expect(max).toBe(0);
    return refused?.check ?? "certified";
  }
}

/** Ada has 100, by the issuer's own signature. */
function funded(): Ledger {
  const args = { issuer, to: ada, amount: 100 };
  return new Ledger().call(
    "issue",
    signCall(wallet, { operation: "issue", args, sequence: 0 }, ISSUER),
  );
}

function payment(amount: number, sequence: number, secretKey: Uint8Array) {
  const args = { issuer, from: ada, to: mallory, amount };
  return signCall(wallet, { operation: "transfer", args, sequence }, secretKey);
}

describe.each(["wasm", "reference"] as const)("signed calls, %s", (monitor) => {
  test("what their signers signed is certified", () => {
    const log = funded()
      .call("transfer", payment(10, 0, ADA))
      .call("transfer", payment(10, 1, ADA));
    expect(log.verdict(monitor)).toBe("certified");
  });

  test("a host cannot spend in his customer's name", () => {
    expect(
      funded()
        .call("transfer", payment(100, 0, HOST))
        .verdict(monitor),
    ).toBe("R.fail");
  });

  test("nor more than was signed, nor twice", () => {
    const small = payment(10, 0, ADA);
    expect(
      funded()
        .call("transfer", { ...small, amount: 90 })
        .verdict(monitor),
    ).toBe("R.fail");
    const twice = funded().call("transfer", small).call("transfer", small);
    expect(twice.verdict(monitor)).toBe("R.fail");
  });

  test("nor make money", () => {
    const args = { issuer, to: mallory, amount: 1 };
    const issued = signCall(wallet, { operation: "issue", args, sequence: 1 }, HOST);
    expect(funded().call("issue", issued).verdict(monitor)).toBe("R.fail");
  });
});
