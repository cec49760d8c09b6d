// SPDX-License-Identifier: Apache-2.0
/** The gateway as a composition of layers: configuration, metrics, identity, outbox, prover; each gets the stop signal it needs. */
import { randomBytes, randomInt } from "node:crypto";
import type { QuoteProducer } from "@zeta/attestation/produce/producer";
import { ethereumAddressOf } from "@zeta/attestation/report-data";
import { hostNames } from "@zeta/http/host-names";
import { toHex } from "@zeta/protocol/hex";
import type { LegacyTeeType } from "@zeta/tee-api/legacy";
import { type Logger, pino } from "pino";
import type { ClientTimeouts } from "./api/json-client.ts";
import { legacyProverApi } from "./api/legacy-prover-api.ts";
import type { GatewayIdentity, ProverApi } from "./api/prover-api.ts";
import { ZetaProverApi } from "./api/zeta-prover-api.ts";
import { type Clock, systemClock } from "./clock.ts";
import { type GatewayConfig, LAUNCHER_PREFIX } from "./config.ts";
import { type Environment, obtainIdentity } from "./identity.ts";
import { createGatewayMetrics, type GatewayMetrics } from "./metrics.ts";
import { listenForMetrics } from "./metrics-listener.ts";
import { Outbox } from "./outbox.ts";
import type { ProverParts } from "./parts.ts";
import { runProver } from "./prover.ts";
import { createVerifier } from "./verify/create-verifier.ts";
import type { BatchVerifier } from "./verify/verifier.ts";

/** What is given from outside: nothing in production. */
export interface GatewayPorts {
  readonly log?: Logger;
  /** Instead of the configured one. */
  readonly verifier?: BatchVerifier;
  readonly clock?: Clock;
  /** Uniform in [0, 1). */
  readonly random?: () => number;
  /** Holds the launcher's handover; the signing key is deleted from it. */
  readonly environment?: Environment;
  readonly producer?: QuoteProducer;
  /** Told once, when metrics are served and the identity is there. */
  readonly onStarted?: (started: StartedGateway) => void;
}

export interface StartedGateway {
  readonly metricsUrl: string;
  /** Compressed key, hex. */
  readonly publicKey: string;
  /** Ethereum address of the key. */
  readonly address: string;
  readonly teeType: string;
}

export interface GatewaySummary {
  /** Proofs that the server acknowledged. */
  readonly proofs: number;
  /** Signed proofs left in the outbox for the next start. */
  readonly unacknowledged: number;
}

/** Of the time to shut down, what is left for giving leases back once verification is ended. */
const RELEASE_SHARE = 0.2;

/** Where proofs are kept until they are handed in, unless the configuration says otherwise. */
export const OUTBOX_DEFAULT = "zeta-data/gateway/outbox";

/**
 * Runs a gateway until `signal` aborts, then finishes or gives back what it holds and resolves.
 *
 * @throws ZetaError `config_invalid`, `address_in_use`, `attestation_missing`, an attestation code, or a CallError when the server
 * refuses this gateway for good.
 */
export async function runGateway(
  config: GatewayConfig,
  signal: AbortSignal,
  ports: GatewayPorts = {},
): Promise<GatewaySummary> {
  const log = ports.log ?? pino({ name: "gateway" });
  const metrics = createGatewayMetrics();
  const host = config.metricsHost ?? "127.0.0.1";
  const listener = await listenForMetrics(metrics.registry, {
    host,
    port: config.metricsPort ?? 3314,
    allowHosts: hostNames(config.metricsAllowHosts ?? [], "metricsAllowHosts"),
  });
  const verifier = ports.verifier ?? createVerifier(config);
  let parts: ProverParts | null = null;
  try {
    const identity = await obtainGatewayIdentity(config, ports, verifier);
    announce(identity, listener.url, log, ports);
    parts = await assemble(config, ports, { log, metrics, verifier, identity });
    await runUntil(parts, signal);
    const { values } = await metrics.proofs.get();
    return { proofs: values[0]?.value ?? 0, unacknowledged: parts.outbox.size };
  } finally {
    parts?.api.close();
    await verifier.close();
    await listener.close();
    log.info("gateway stopped");
  }
}

/** Stops at the signal, halts when most of the time to shut down is over. */
async function runUntil(parts: ProverParts, signal: AbortSignal): Promise<void> {
  const { clock, settings, log } = parts;
  const halt = new AbortController();
  const ended = new AbortController();
  const onStop = async () => {
    log.info({ shutdownMs: settings.shutdownMs }, "stopping");
    await clock.sleep(settings.shutdownMs * (1 - RELEASE_SHARE), ended.signal);
    halt.abort();
  };
  if (signal.aborted) void onStop();
  else signal.addEventListener("abort", onStop, { once: true });
  try {
    await runProver(parts, { stop: signal, halt: halt.signal });
  } finally {
    ended.abort();
    signal.removeEventListener("abort", onStop);
  }
}

function obtainGatewayIdentity(
  config: GatewayConfig,
  ports: GatewayPorts,
  verifier: BatchVerifier,
): Promise<GatewayIdentity> {
  return obtainIdentity({
    environment: ports.environment ?? process.env,
    prefix: config.launcherPrefix ?? LAUNCHER_PREFIX,
    simulation: config.simulation ?? false,
    measurement: verifier.measurement,
    binding: (config.compat ?? "none") === "none" ? "gateway" : "address",
    ...(ports.producer === undefined ? {} : { producer: ports.producer }),
  });
}

function announce(
  identity: GatewayIdentity,
  metricsUrl: string,
  log: Logger,
  ports: GatewayPorts,
): void {
  const started = {
    metricsUrl,
    publicKey: toHex(identity.publicKey),
    address: `0x${toHex(ethereumAddressOf(identity.publicKey))}`,
    teeType: identity.teeType,
  };
  if (identity.teeType === "simulation")
    log.warn("SIMULATED TEE: proofs of this gateway prove nothing");
  log.info(started, "gateway started");
  ports.onStarted?.(started);
}

async function assemble(
  config: GatewayConfig,
  ports: GatewayPorts,
  made: Pick<ProverParts, "log" | "metrics" | "verifier" | "identity">,
): Promise<ProverParts> {
  const clock = ports.clock ?? systemClock;
  // Jitter only: nothing secret hangs on it, but one source is enough.
  const random = ports.random ?? (() => randomInt(2 ** 32) / 2 ** 32);
  const isLegacy = (config.compat ?? "none") !== "none";
  const teeType = legacyTeeType(config, made.identity);
  const outbox = await Outbox.open(config.outboxDirectory ?? OUTBOX_DEFAULT, made.log);
  made.metrics.outboxEntries.set(outbox.size);
  return {
    ...made,
    api: createApi(config, made.identity, teeType),
    outbox,
    clock,
    drawLease: () => toHex(randomBytes(16)),
    retry: {
      clock,
      random,
      rules: {
        initialMs: 1000 * (config.initialRetryBackoffSeconds ?? 1),
        multiplier: config.retryBackoffMultiplier ?? 2,
        maxMs: 1000 * (config.maxBackoffSeconds ?? 128),
      },
      retriesMax: config.maxRetries ?? null,
      log: made.log,
      onRetry: countRetry(made.metrics),
    },
    settings: {
      verifiers: config.verifiers ?? 1,
      waitSeconds: isLegacy ? 0 : (config.waitSeconds ?? 20),
      signsLegacy: isLegacy,
      submits: !(isLegacy && teeType === "none"),
      shutdownMs: 1000 * (config.shutdownSeconds ?? 10),
    },
  };
}

function countRetry(metrics: GatewayMetrics) {
  return (operation: string, cause: string) => metrics.retries.inc({ operation, cause });
}

function createApi(
  config: GatewayConfig,
  identity: GatewayIdentity,
  teeType: LegacyTeeType,
): ProverApi {
  const url = config.apiUrl ?? "http://127.0.0.1:3320";
  const answerMs = 1000 * (config.answerTimeoutSeconds ?? 30);
  const timeouts: ClientTimeouts = {
    connectMs: 1000 * (config.connectTimeoutSeconds ?? 5),
    headersMs: answerMs,
    totalMs: 2 * answerMs,
    dataMs: 1000 * (config.dataTimeoutSeconds ?? 600),
  };
  const compat = config.compat ?? "none";
  if (compat === "none") return new ZetaProverApi(url, identity, timeouts);
  const bytesForm = compat === "zksync" ? "hex" : "integers";
  return legacyProverApi({ url, timeouts, teeType, bytesForm });
}

/** Old servers know two hardware types; a gateway that tries them out in simulation proves as SGX, as the first one did. */
function legacyTeeType(config: GatewayConfig, identity: GatewayIdentity): LegacyTeeType {
  if (config.teeType !== undefined) return config.teeType;
  return identity.teeType === "tdx" ? "tdx" : "sgx";
}
