// SPDX-License-Identifier: Apache-2.0
import { hostNames, webOrigins } from "@zeta/http/host-names";
import { ZetaError } from "@zeta/protocol/error";
import { BATCH_EPOCHS_MAX, SLOTS_MAX } from "@zeta/protocol/limits";
import { RECORDS_MAX, SLOTS_MIN } from "@zeta/store/limits";
import { WORKERS_MAX } from "@zeta/store/wasm/share-out";
import { usageError } from "../exit.ts";
import { named, parseChoice } from "../options/option.ts";
import { type Address, parseAddress } from "../options/parse-address.ts";
import { parseDuration } from "../options/parse-duration.ts";
import { readCapped } from "../options/read-capped.ts";
import { BUILT_IN_SERVICES, isServiceFile } from "./built-in-services.ts";
import { placeOf } from "./data-place.ts";

/** What `zeta serve` can be told, on the command line or in a file. Every member may be missing. */
export interface ServeSettings {
  readonly http?: string;
  readonly allowHost?: readonly string[];
  readonly allowOrigin?: readonly string[];
  readonly resp?: string;
  readonly epoch?: string;
  readonly threads?: number;
  readonly slots?: number;
  readonly recordsMax?: number;
  readonly data?: string;
  readonly memory?: boolean;
  readonly store?: string;
  readonly service?: string;
  readonly tee?: string;
  readonly allowAttacks?: boolean;
  readonly sealBatches?: string;
  readonly batchEpochs?: number;
}

/** The settings, checked and complete. */
export interface ServeConfig {
  readonly http: Address;
  /** Names under which it answers there, beside `localhost` and addresses. */
  readonly allowHosts: readonly string[];
  /** Origins of web pages elsewhere that may ask. */
  readonly allowOrigins: readonly string[];
  /** Where the Redis protocol is spoken; null: nowhere. */
  readonly resp: Address | null;
  readonly epochMs: number;
  readonly allowAttacks: boolean;
  /** Workers, each with a monitor thread and a share of the keys. */
  readonly threads: number;
  /** Slots of each monitor thread; null: the store's default. */
  readonly slots: number | null;
  /** Records of each thread; null: the store's default. */
  readonly recordsMax: number | null;
  readonly tee: TeeChoice;
  /** Where data are kept, as `openStorage` takes it; null: in memory only. */
  readonly place: string | null;
  /** `kv`, the name of another built-in service, or a file. */
  readonly service: string;
  /** Where sealed batches go; null: none are made. */
  readonly sealBatches: string | null;
  /** Epochs of a batch; null: the service's default. */
  readonly batchEpochs: number | null;
}

/** `auto`: the TEE that is there, and the simulation where none is. */
export type TeeChoice = (typeof TEE_CHOICES)[number];

const TEE_CHOICES = ["simulation", "auto"] as const;
const DEFAULT_HTTP = "127.0.0.1:7070";
const DEFAULT_RESP = "127.0.0.1:7379";
const DEFAULT_EPOCH = "1s";
/** Below 10 ms a process does little but close epochs; above an hour nobody waits for a certificate. */
const EPOCH_MS = { min: 10, max: 3_600_000 } as const;
/** A configuration is a page of text. */
const CONFIG_BYTES_MAX = 65_536;

/** A list is one of texts. */
type MemberType = "string" | "number" | "boolean" | "list";

const MEMBERS: Readonly<Record<keyof ServeSettings, MemberType>> = {
  http: "string",
  allowHost: "list",
  allowOrigin: "list",
  resp: "string",
  epoch: "string",
  threads: "number",
  slots: "number",
  recordsMax: "number",
  data: "string",
  memory: "boolean",
  store: "string",
  service: "string",
  tee: "string",
  allowAttacks: "boolean",
  sealBatches: "string",
  batchEpochs: "number",
};

function invalid(path: string, problem: string, cause?: unknown): ZetaError {
  const options = cause === undefined ? undefined : { cause };
  return new ZetaError("config_invalid", `--config ${path}: ${problem}`, options);
}

/**
 * Reads a JSON file with the members of {@link ServeSettings} and no others.
 *
 * @throws ZetaError `config_invalid`.
 */
export function readServeSettings(path: string): ServeSettings {
  const json = parseFile(path);
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    throw invalid(path, "expected a JSON object, got another JSON value");
  }
  for (const [name, value] of Object.entries(json)) {
    if (!Object.hasOwn(MEMBERS, name)) {
      const known = Object.keys(MEMBERS).join(", ");
      throw invalid(path, `expected only the members ${known}, got ${JSON.stringify(name)}`);
    }
    const expected = MEMBERS[name as keyof ServeSettings];
    if (!isOf(expected, value)) {
      const wanted = expected === "list" ? "list of strings" : expected;
      throw invalid(path, `expected a ${wanted} as ${name}, got ${JSON.stringify(value)}`);
    }
  }
  return json;
}

function isOf(type: MemberType, value: unknown): boolean {
  if (type !== "list") return typeof value === type;
  return Array.isArray(value) && value.every((one) => typeof one === "string");
}

function parseFile(path: string): unknown {
  let text: string | null;
  try {
    text = readCapped(path, CONFIG_BYTES_MAX);
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? String(error);
    throw invalid(path, `expected a readable file, got ${reason}`, error);
  }
  if (text === null) throw invalid(path, `expected at most ${CONFIG_BYTES_MAX} bytes, got more`);
  try {
    return JSON.parse(text);
  } catch (error) {
    throw invalid(path, "expected JSON, got something else", error);
  }
}

/**
 * Checks settings and fills in the defaults.
 *
 * @throws ZetaError `usage` or `config_invalid` naming the setting, also for values whose feature does not exist yet.
 */
export function completeServeConfig(settings: ServeSettings): ServeConfig {
  const { threads = 1, slots = null, recordsMax = null } = settings;
  const { sealBatches = null, batchEpochs = null } = settings;
  const tee = named("--tee", () => parseChoice(settings.tee ?? "simulation", TEE_CHOICES));
  checkWhole("--threads", threads, 1, WORKERS_MAX);
  if (slots !== null) checkWhole("--slots", slots, SLOTS_MIN, SLOTS_MAX);
  if (recordsMax !== null) checkWhole("--records-max", recordsMax, 1, RECORDS_MAX);
  checkThreads(threads, settings);
  checkBuiltIn(settings);
  return {
    http: named("--http", () => parseAddress(settings.http ?? DEFAULT_HTTP)),
    allowHosts: [...hostNames(settings.allowHost ?? [], "--allow-host")],
    allowOrigins: [...webOrigins(settings.allowOrigin ?? [], "--allow-origin")],
    resp: respAddress(settings),
    epochMs: named("--epoch", () =>
      parseDuration(settings.epoch ?? DEFAULT_EPOCH, EPOCH_MS.min, EPOCH_MS.max),
    ),
    allowAttacks: settings.allowAttacks ?? false,
    threads,
    slots,
    recordsMax,
    tee,
    place: placeOf(settings),
    service: checkedService(settings.service ?? "kv"),
    ...checkedSealing(sealBatches, batchEpochs, settings.allowAttacks ?? false),
  };
}

/** Only the key-value service has what Redis clients ask for. */
function respAddress({ resp, service = "kv" }: ServeSettings): Address | null {
  if (resp === "off" || (resp === undefined && service !== "kv")) return null;
  if (service !== "kv") {
    throw usageError(`--resp: expected off with --service ${service}, got ${JSON.stringify(resp)}`);
  }
  return named("--resp", () => parseAddress(resp ?? DEFAULT_RESP));
}

/** What lies on demand, and batches, which begin and end with one root, are of one thread. */
function checkThreads(threads: number, { allowAttacks, sealBatches }: ServeSettings): void {
  if (threads === 1) return;
  if (allowAttacks === true) {
    throw usageError(`--threads: expected 1 with --allow-attacks, got ${threads}`);
  }
  if (sealBatches !== undefined) {
    throw usageError(`--threads: expected 1 with --seal-batches, got ${threads}`);
  }
}

/** Attacks know the key-value service's store, and provers replay batches with the functions that are in the monitor. */
function checkBuiltIn({ service = "kv", allowAttacks, sealBatches }: ServeSettings): void {
  if (service === "kv") return;
  const option = allowAttacks ? "--allow-attacks" : "--seal-batches";
  if (!allowAttacks && sealBatches === undefined) return;
  throw usageError(`${option}: expected --service kv beside it, got ${service}`);
}

function checkedService(service: string): string {
  if (isServiceFile(service)) return service;
  return named("--service", () => parseChoice(service, ["kv", ...BUILT_IN_SERVICES]));
}

function checkedSealing(
  sealBatches: string | null,
  batchEpochs: number | null,
  allowAttacks: boolean,
): Pick<ServeConfig, "sealBatches" | "batchEpochs"> {
  if (batchEpochs !== null) checkWhole("--batch-epochs", batchEpochs, 1, BATCH_EPOCHS_MAX);
  if (sealBatches === null && batchEpochs !== null) {
    throw usageError("--batch-epochs: expected --seal-batches beside it, got none");
  }
  if (sealBatches === "") throw usageError("--seal-batches: expected a place, got an empty text");
  if (sealBatches !== null && allowAttacks) {
    throw usageError("--seal-batches: expected no --allow-attacks beside it, got both");
  }
  return { sealBatches, batchEpochs };
}

function checkWhole(name: string, count: number, min: number, max: number): void {
  if (Number.isInteger(count) && count >= min && count <= max) return;
  throw usageError(`${name}: expected a whole number from ${min} to ${max}, got ${count}`);
}
