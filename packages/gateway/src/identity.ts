// SPDX-License-Identifier: Apache-2.0
/** The gateway's key and quote: made here, or handed over by a launcher in the environment. */
import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { detectProducer } from "@zeta/attestation/produce/detect";
import { readLauncherHandover } from "@zeta/attestation/produce/launcher-file";
import { type QuoteProducer, simulationProducer } from "@zeta/attestation/produce/producer";
import {
  bindsGateway,
  ethereumAddressOf,
  gatewayReportData,
  namesKey,
  reportDataV1,
} from "@zeta/attestation/report-data";
import { verifySimulationQuote } from "@zeta/attestation/simulation";
import { ZetaError } from "@zeta/protocol/error";
import { fromHex } from "@zeta/protocol/hex";
import { publicKeyOf } from "@zeta/protocol/signature";
import type { GatewayIdentity } from "./api/prover-api.ts";

export type Environment = Record<string, string | undefined>;

export interface IdentityOptions {
  /** The signing key is deleted from it. */
  readonly environment: Environment;
  /** Prefix of the launcher's variables, e.g. `TEE_PROVER_`. */
  readonly prefix: string;
  /** Make a simulated quote instead of a hardware's; accept one from the launcher. */
  readonly simulation: boolean;
  /** What a simulated quote measures. */
  readonly measurement: Uint8Array;
  /**
   * What a quote made here binds: the key for purpose `gateway`, which Zeta's prover API demands, or the key's Ethereum address, which
   * servers of the zkSync interface know.
   */
  readonly binding: "gateway" | "address";
  /** In tests: instead of the TEE of this machine. */
  readonly producer?: QuoteProducer;
}

/**
 * A key that only this process knows, and a quote that binds it. Fails closed: no quote, no identity.
 *
 * @throws ZetaError `attestation_missing`, or an attestation code.
 */
export async function obtainIdentity(options: IdentityOptions): Promise<GatewayIdentity> {
  const { environment, prefix } = options;
  if (environment[`${prefix}SIGNING_KEY`] === undefined) return makeIdentity(options);
  return environment[`${prefix}TEE_TYPE`] === "simulation"
    ? readSimulatedHandover(options)
    : readHandover(options);
}

/** Makes a fresh key and has it quoted. */
export async function makeIdentity(
  options: Omit<IdentityOptions, "environment" | "prefix">,
): Promise<GatewayIdentity> {
  const producer = options.producer ?? (await findProducer(options));
  const secretKey = drawSecretKey();
  const publicKey = publicKeyOf(secretKey);
  const reportData =
    options.binding === "gateway"
      ? gatewayReportData(publicKey)
      : reportDataV1(ethereumAddressOf(publicKey));
  const { tee, quote } = await producer.produce(reportData);
  return { secretKey, publicKey, quote, teeType: tee };
}

async function findProducer(
  options: Pick<IdentityOptions, "simulation" | "measurement">,
): Promise<QuoteProducer> {
  const { simulation, measurement } = options;
  if (simulation) return simulationProducer({ measurement });
  const { producer, because } = await detectProducer({ measurement });
  if (producer.tee === "simulation") {
    throw new ZetaError("attestation_missing", `expected a TEE, or --simulation: ${because}`);
  }
  return producer;
}

function drawSecretKey(): Uint8Array {
  while (true) {
    const candidate = new Uint8Array(randomBytes(32));
    try {
      publicKeyOf(candidate);
      return candidate;
    } catch {
      // Not below the curve's order: practically never.
    }
  }
}

async function readHandover(options: IdentityOptions): Promise<GatewayIdentity> {
  const { secretKey, publicKey, attestation } = await readLauncherHandover(options);
  if (attestation === null) {
    throw new ZetaError("attestation_missing", "expected a quote from the launcher, got none");
  }
  return { secretKey, publicKey, quote: attestation.quote, teeType: attestation.tee };
}

/** `zeta launch` in simulation hands over in the same way, with a type of its own. */
async function readSimulatedHandover(options: IdentityOptions): Promise<GatewayIdentity> {
  const { environment, prefix } = options;
  const keyText = environment[`${prefix}SIGNING_KEY`] ?? "";
  delete environment[`${prefix}SIGNING_KEY`];
  if (!options.simulation) {
    throw new ZetaError("attestation_missing", "expected --simulation for a simulated launcher");
  }
  if (!/^[0-9a-f]{64}$/.test(keyText)) {
    throw new ZetaError("attestation_missing", "expected a key of 64 lower-case hex digits");
  }
  const secretKey = fromHex(keyText);
  const publicKey = publicKeyOf(secretKey);
  const path = environment[`${prefix}ATTESTATION_QUOTE_FILE_PATH`] ?? "";
  const quote = new Uint8Array(await readFile(path));
  const { reportData } = verifySimulationQuote(quote);
  if (!bindsGateway(reportData, publicKey) && !namesKey(reportData, publicKey)) {
    throw new ZetaError("attestation_missing", "expected a quote that binds the signing key");
  }
  return { secretKey, publicKey, quote, teeType: "simulation" };
}
