// SPDX-License-Identifier: Apache-2.0
/** INFO: what clients ask of a server before they begin. */
import { toHex } from "@zeta/protocol/hex";
import type { LocalCommand, RespContext } from "../command.ts";

type Lines = Readonly<Record<string, string | number>>;

/** Sections in the manner of Redis: ready checks read `loading`, dashboards `role` and `db0`. Nothing of it is certified. */
function sections(context: RespContext): Readonly<Record<string, Lines>> {
  const { engine, catalogue, metrics } = context;
  const { epoch, certificates, violation, attestation } = engine.instance;
  const keyspace: Lines =
    catalogue.size === 0 ? {} : { db0: `keys=${catalogue.size},expires=0,avg_ttl=0` };
  return {
    Server: {
      redis_version: context.redisVersion,
      redis_mode: "standalone",
      process_id: process.pid,
      tcp_port: context.port(),
      uptime_in_seconds: Math.floor(process.uptime()),
    },
    Clients: { connected_clients: metrics.connected },
    Persistence: { loading: 0 },
    Stats: {
      total_connections_received: metrics.accepted,
      total_commands_processed: metrics.commandsRun,
    },
    Replication: { role: "master", connected_slaves: 0 },
    Keyspace: keyspace,
    Zeta: {
      zeta_service: engine.serviceId,
      zeta_instance: toHex(attestation.instanceId),
      zeta_epoch_current: epoch,
      zeta_epoch_certified: certificates.latest ?? -1,
      zeta_violation: violation === null ? 0 : 1,
      zeta_not_certified: "INFO,DBSIZE,SCAN,KEYS",
    },
  };
}

const EVERYTHING = new Set(["all", "default", "everything"]);

const info: LocalCommand = {
  kind: "local",
  keys: [0, 0, 0],
  group: "server",
  name: "info",
  looksAtRecords: true,
  arity: -1,
  flags: ["loading", "stale"],
  summary: "How the server is, as the host says: not certified",
  answer([, ...names], { context, writer }) {
    const wanted = new Set(names.map((name) => name.toString("latin1").toLowerCase()));
    const isAll = wanted.size === 0 || [...wanted].some((name) => EVERYTHING.has(name));
    const texts = Object.entries(sections(context))
      .filter(([title]) => isAll || wanted.has(title.toLowerCase()))
      .map(([title, lines]) => {
        const body = Object.entries(lines).map(([name, value]) => `${name}:${value}\r\n`);
        return `# ${title}\r\n${body.join("")}`;
      });
    writer.verbatim(texts.join("\r\n"));
  },
};

export const SERVER_COMMANDS = [info] as const;
