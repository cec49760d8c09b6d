// SPDX-License-Identifier: Apache-2.0
/** What clients ask of a server before they begin: INFO and COMMAND. */
import { toHex } from "@zeta/protocol/hex";
import type { Arguments, Command, LocalCommand, Reply, RespContext } from "../command.ts";
import { CommandError } from "../command-error.ts";
import type { ReplyWriter } from "../reply-writer.ts";

const COMMON = { kind: "local", keys: [0, 0, 0], group: "server" } as const;

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
  ...COMMON,
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

function writeEntry(writer: ReplyWriter, { name, arity, flags, keys }: Command): void {
  writer.array(10).bulk(name).integer(arity).set(flags.length);
  for (const flag of flags) writer.simple(flag);
  for (const key of keys) writer.integer(key);
  // Access classes, tips, key specifications, subcommands: not told.
  writer.set(0).array(0).array(0).array(0);
}

/** Of commands there are none of, a null, as Redis tells it. */
function entries(named: readonly Buffer[], { commands }: RespContext): Reply {
  return (writer) => {
    writer.array(named.length);
    for (const name of named) {
      const command = commands.get(name.toString("latin1").toLowerCase());
      if (command === undefined) writer.nullArray();
      else writeEntry(writer, command);
    }
  };
}

function documentation(named: readonly Buffer[], { commands }: RespContext): Reply {
  const wanted = named.map((name) => name.toString("latin1").toLowerCase());
  const found = [...commands.values()].filter(
    ({ name }) => wanted.length === 0 || wanted.includes(name),
  );
  return (writer) => {
    writer.map(found.length);
    for (const { name, summary, group } of found) {
      writer.bulk(name).map(2).bulk("summary").bulk(summary);
      writer.bulk("group").bulk(group === "zeta" ? "module" : group);
    }
  };
}

function names({ commands }: RespContext): Reply {
  return (writer) => {
    writer.array(commands.size);
    for (const name of commands.keys()) writer.bulk(name);
  };
}

function subcommand(args: Arguments, context: RespContext): Reply {
  const [, name, ...rest] = args;
  const text = (name as Buffer).toString("latin1").toLowerCase();
  if (text === "count" && rest.length === 0) {
    return (writer) => writer.integer(context.commands.size);
  }
  if (text === "list" && rest.length === 0) return names(context);
  if (text === "docs") return documentation(rest, context);
  if (text === "info") {
    return entries(rest.length > 0 ? rest : allNames(context), context);
  }
  const shown = (name as Buffer).toString("latin1", 0, 128);
  throw new CommandError(`ERR unknown subcommand '${shown}'. Try COMMAND HELP.`);
}

function allNames({ commands }: RespContext): Buffer[] {
  return [...commands.keys()].map((name) => Buffer.from(name));
}

const command: LocalCommand = {
  ...COMMON,
  name: "command",
  arity: -1,
  flags: ["loading", "stale"],
  summary: "The commands there are: COUNT, LIST, INFO, DOCS",
  answer(args, { context, writer }) {
    const reply =
      args.length === 1 ? entries(allNames(context), context) : subcommand(args, context);
    reply(writer);
  },
};

export const SERVER_COMMANDS = [info, command] as const;
