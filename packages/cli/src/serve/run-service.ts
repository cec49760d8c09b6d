// SPDX-License-Identifier: Apache-2.0
import { isZetaError, ZetaError } from "@zeta/protocol/error";
import { toHex } from "@zeta/protocol/hex";
import { type RunningService, type SealBatches, startService } from "@zeta/service/serve";
import type { Storage } from "@zeta/storage/storage";
import { usageError } from "../exit.ts";
import { openWritable } from "../options/writable-directory.ts";
import { commandName } from "../output/command-name.ts";
import { note, print, printJson } from "../output/console.ts";
import { table } from "../output/table.ts";
import { stopRequest, unlessStopped } from "../until-signal.ts";
import { type ChosenTee, chooseTee } from "./choose-tee.ts";
import { ownPlace } from "./data-place.ts";
import { FaultWatch } from "./fault-watch.ts";
import { findPage } from "./find-page.ts";
import { lineageText } from "./lineage-text.ts";
import type { ServeConfig } from "./serve-config.ts";
import { serviceCodeOf } from "./service-code.ts";
import { tellViolation } from "./tell-violation.ts";

/**
 * `zeta serve`: runs until the process is asked to stop, then stops cleanly.
 *
 * @throws ZetaError `storage_failed`, `write_late`, or a defect, if the service failed meanwhile.
 */
export async function runService(config: ServeConfig, json: boolean): Promise<void> {
  const { http, allowHosts, allowOrigins, resp, epochMs, allowAttacks, slots, threads, place } =
    config;
  const { recordsMax } = config;
  if (place?.startsWith("lmdb:")) openWritable("--data", place.slice("lmdb:".length));
  const stop = stopRequest();
  const tee = await chooseTee(config);
  if (tee.remark !== null) note(tee.remark);
  const sealBatches = await sealingOf(config);
  const serviceCode = await serviceCodeOf(config.service);
  const page = findPage();
  const faults = new FaultWatch(note);
  const starting = startService({
    onFault: faults.hear,
    ...(page !== null && { page }),
    ...(serviceCode !== null && { serviceCode }),
    host: http.host,
    port: http.port,
    allowHosts,
    allowOrigins,
    ...(resp !== null && { resp }),
    epochMs,
    allowAttacks,
    threads,
    ...(slots !== null && { slots }),
    ...(recordsMax !== null && { recordsMax }),
    ...(tee.attest !== null && { attest: tee.attest }),
    ...(sealBatches !== null && { sealBatches }),
    ...(place !== null && { storage: (serviceId: string) => openData(place, serviceId) }),
    stop: stop.signal,
  });
  starting.catch(() => faults.end());
  const service = await unlessStopped(stop, starting.catch(tellHowToChoose));
  if (service === null) return;
  const start = startOf(service, config, tee, page);
  if (json) printJson(start);
  else printStart(start, config);
  const unwatch = tellViolation(service.engine, note);
  const signal = await stop.asked;
  // Whoever follows the epochs is waited for at the end.
  unwatch();
  note(`${signal}: certifying the last epoch and stopping; once more to stop at once`);
  await service.close();
  faults.assertNone();
}

/** Loaded only when there are data to keep: it brings the drivers of three databases. */
async function openData(place: string, serviceId: string): Promise<Storage> {
  const { openStorage } = await import("@zeta/storage/open-storage");
  return openStorage(ownPlace(place, serviceId), { serviceId });
}

/** What takes another place, for those that are often taken: by this command, started twice. */
const OTHER_PLACES: Readonly<Record<string, string>> = {
  port_in_use: "--http HOST:PORT takes another",
  // Few people who start this know that it speaks a second protocol.
  resp_port_in_use: "--resp HOST:PORT takes another for the Redis protocol, --resp off none",
  storage_in_use: "--data DIRECTORY takes other data, --memory none",
  storage_foreign: "--data DIRECTORY takes another place, --memory none",
  // At the start: the data that there are.
  store_full: "--records-max N makes room for more",
};

function tellHowToChoose(error: unknown): never {
  if (!isZetaError(error)) throw error;
  const { code, message } = error;
  // What only the store can tell, since it depends on the service and the threads.
  if (code === "store_options" && message.startsWith("slots: ")) {
    throw usageError(`--${message}`, error);
  }
  const hint = OTHER_PLACES[code];
  if (hint === undefined) throw error;
  throw new ZetaError(code, `${message}; ${hint}`, { cause: error });
}

async function sealingOf(config: ServeConfig): Promise<SealBatches | null> {
  const { sealBatches, batchEpochs } = config;
  if (sealBatches === null) return null;
  const { openBatchSink } = await import("./open-batch-sink.ts");
  return {
    sink: await openBatchSink(sealBatches, process.env),
    ...(batchEpochs !== null && { epochs: batchEpochs }),
    onSealed: ({ header, data }) => {
      const { number, firstEpoch, lastEpoch } = header;
      note(`batch ${number} sealed: epochs ${firstEpoch}..${lastEpoch}, ${data.length} bytes`);
    },
  };
}

/** What somebody who sees this for the first time may type. */
function tryOf(service: string): string {
  if (service === "kv") return "put alice 100 --wait";
  return service === "counter"
    ? `call add '{"name":"a","by":1}' --wait`
    : "call OPERATION '{...}' --wait";
}

function startOf(
  { url, resp, engine, operations, resumed }: RunningService,
  { allowHosts, allowOrigins, epochMs, allowAttacks, threads, place }: ServeConfig,
  { producer }: ChosenTee,
  page: string | null,
) {
  const { instanceId, measurement, tee } = engine.instance.attestation;
  return {
    simulated: tee === "simulation",
    tee,
    producer,
    url,
    page: page === null ? null : `${url}/`,
    allowHosts,
    allowOrigins,
    resp,
    measurement: toHex(measurement),
    instance: toHex(instanceId),
    operations,
    epochMs,
    threads,
    memory: place === null,
    data: place === null ? null : withoutPassword(place.replace(/^lmdb:/, "")),
    resumed,
    allowAttacks,
  };
}

function printStart(start: ReturnType<typeof startOf>, config: ServeConfig): void {
  const { url, measurement, instance, simulated } = start;
  const lineage = lineageText(start.resumed?.ancestors ?? 0);
  if (simulated) print("SIMULATED TEE: anybody can make this quote; trust nothing real to it");
  print(
    table([
      ["serving", url],
      ["page", start.page ?? "not built: npm run build"],
      ...accessRows(start),
      ...(start.resp === null ? [] : [["redis", start.resp]]),
      ["quote", simulated ? "simulated" : `${start.tee} through ${start.producer}`],
      ["monitor", measurement],
      ["instance", instance],
      ...(start.operations === null ? [] : [["operations", start.operations.join(", ")]]),
      ["epochs", `every ${config.epochMs} ms`],
      ...(config.threads === 1 ? [] : [["threads", String(config.threads)]]),
      ["data", dataText(start)],
      ...(lineage === null ? [] : [["lineage", lineage]]),
      ...(config.sealBatches === null
        ? []
        : [["batches", `sealed into ${withoutPassword(config.sealBatches)}`]]),
      ...(config.allowAttacks
        ? [["attacks", "ALLOWED: anybody who can reach this service can make it lie"]]
        : []),
      [
        "try",
        `${commandName()} ${tryOf(config.service)}${url.endsWith(":7070") ? "" : ` --url ${url}`}`,
      ],
    ]),
  );
}

/** Only what somebody has asked for: these doors are shut otherwise. */
function accessRows({ allowHosts, allowOrigins }: ReturnType<typeof startOf>): string[][] {
  const names = allowHosts.join(", ");
  return [
    ...(names === "" ? [] : [["hosts", `${names}, localhost and addresses are answered`]]),
    ...allowOrigins.map((origin) => [
      "pages",
      origin === "*" ? "of EVERY site may ask" : `of ${origin} may ask`,
    ]),
  ];
}

function dataText({ data, resumed }: ReturnType<typeof startOf>): string {
  if (data === null || resumed === null) return "in memory only: gone when this process ends";
  const { ancestors, records, calls } = resumed;
  if (ancestors === 0) return `${data}, new`;
  const again = calls === 0 ? "" : ` at the last checkpoint, ${calls} calls after it run again`;
  return `${data}: ${records} records${again}`;
}

/** A database's URL may hold a password. */
function withoutPassword(place: string): string {
  return place.replace(/^(\w+:\/\/[^:/@]*):[^@]*@/, "$1:***@");
}
