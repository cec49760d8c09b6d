// SPDX-License-Identifier: Apache-2.0
import { ZetaError } from "@zeta/protocol/error";
import { checkerOf } from "@zeta/tee-api/check";
import Type, { type Static } from "typebox";
import type { Environment } from "./identity.ts";

const closed = { additionalProperties: false } as const;
const Seconds = (maximum: number) => Type.Optional(Type.Number({ exclusiveMinimum: 0, maximum }));
const Count = (minimum: number, maximum: number) =>
  Type.Optional(Type.Integer({ minimum, maximum }));

const Limits = {
  timeoutSeconds: Seconds(7 * 24 * 3600),
  memoryMiB: Count(16, 1 << 20),
};

/** The configuration file of a gateway. Everything but the verifier has a default; unknown members are refused. */
export const GatewayConfigSchema = Type.Object(
  {
    apiUrl: Type.Optional(Type.String({ pattern: "^https?://" })),
    /** `zksync`: the server is one of the zkSync TEE interface; `zksync-2024`: one from before September 2024. */
    compat: Type.Optional(
      Type.Union([Type.Literal("none"), Type.Literal("zksync"), Type.Literal("zksync-2024")]),
    ),
    /** With `compat` only: the type to prove as, when it is not that of the quote. */
    teeType: Type.Optional(
      Type.Union([Type.Literal("sgx"), Type.Literal("tdx"), Type.Literal("none")]),
    ),
    simulation: Type.Optional(Type.Boolean()),
    /** Who verifies; Zeta's own batches in a monitor unless said otherwise. */
    verifier: Type.Optional(
      Type.Union([
        Type.Object({ kind: Type.Literal("zeta"), ...Limits }, closed),
        Type.Object(
          {
            kind: Type.Literal("command"),
            command: Type.String({ pattern: "^/" }),
            args: Type.Optional(Type.Array(Type.String())),
            input: Type.Optional(Type.Union([Type.Literal("envelope"), Type.Literal("raw")])),
            environment: Type.Optional(Type.Record(Type.String(), Type.String())),
            ...Limits,
          },
          closed,
        ),
        Type.Object(
          { kind: Type.Literal("module"), module: Type.String({ pattern: "^file:" }), ...Limits },
          closed,
        ),
      ]),
    ),
    /** Batches verified at once. Each takes its memory in the TEE. */
    verifiers: Count(1, 64),
    outboxDirectory: Type.Optional(Type.String({ minLength: 1 })),
    metricsHost: Type.Optional(Type.String()),
    metricsPort: Count(0, 65_535),
    /** Names under which metrics are served, beside `localhost` and addresses: none unless said on a loopback address, all on others. */
    metricsAllowHosts: Type.Optional(Type.Array(Type.String(), { maxItems: 100 })),
    /** Prefix of a launcher's variables. */
    launcherPrefix: Type.Optional(Type.String({ pattern: "^[A-Z_][A-Z0-9_]*$" })),
    /** Null: for ever. */
    maxRetries: Type.Optional(Type.Union([Type.Integer({ minimum: 0 }), Type.Null()])),
    initialRetryBackoffSeconds: Seconds(3600),
    retryBackoffMultiplier: Type.Optional(Type.Number({ minimum: 1, maximum: 100 })),
    maxBackoffSeconds: Seconds(24 * 3600),
    /** How long a claim may wait on the server for work. */
    waitSeconds: Count(0, 30),
    shutdownSeconds: Seconds(3600),
    connectTimeoutSeconds: Seconds(600),
    answerTimeoutSeconds: Seconds(3600),
    dataTimeoutSeconds: Seconds(24 * 3600),
  },
  closed,
);

export type GatewayConfig = Static<typeof GatewayConfigSchema>;

const check = checkerOf(GatewayConfigSchema);

/** Variables that earlier provers were configured with, by the member they set. The prefix is the launcher's. */
const VARIABLES: readonly [name: string, member: keyof GatewayConfig, isNumber: boolean][] = [
  ["API_URL", "apiUrl", false],
  ["MAX_RETRIES", "maxRetries", true],
  ["INITIAL_RETRY_BACKOFF_SEC", "initialRetryBackoffSeconds", true],
  ["RETRY_BACKOFF_MULTIPLIER", "retryBackoffMultiplier", true],
  ["MAX_BACKOFF_SEC", "maxBackoffSeconds", true],
];

export const LAUNCHER_PREFIX = "TEE_PROVER_";

/**
 * Reads a parsed configuration file; variables of the environment win over it.
 *
 * @throws ZetaError `config_invalid`.
 */
export function gatewayConfigFromJson(json: unknown, environment: Environment = {}): GatewayConfig {
  const inFile = checked(json, "a gateway configuration");
  const prefix = inFile.launcherPrefix ?? LAUNCHER_PREFIX;
  const fromVariables: Record<string, unknown> = {};
  for (const [name, member, isNumber] of VARIABLES) {
    const text = environment[`${prefix}${name}`];
    // Text that is no number stays text, and is refused as such.
    const number = Number(text);
    if (text !== undefined) {
      fromVariables[member] = isNumber && text !== "" && !Number.isNaN(number) ? number : text;
    }
  }
  const port = environment.PROMETHEUS_LISTENER_PORT;
  if (port !== undefined) fromVariables.metricsPort = /^\d{1,5}$/.test(port) ? Number(port) : port;
  return checked({ ...inFile, ...fromVariables }, "a gateway configuration in the environment");
}

function checked(json: unknown, what: string): GatewayConfig {
  const result = check(json);
  if (result.ok) return result.value;
  throw new ZetaError("config_invalid", `expected ${what}, got: ${result.why}`);
}
