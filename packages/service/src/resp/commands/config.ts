// SPDX-License-Identifier: Apache-2.0
/** CONFIG: those settings of Redis that say something true of this front. None can be set through it. */
import type { Arguments, LocalCommand, RespContext } from "../command.ts";
import { CommandError, syntaxError } from "../command-error.ts";
import { answerOfSubcommand, type Subcommands } from "../container.ts";
import { BULK_BYTES_MAX } from "../limits.ts";
import { matchGlob, parseGlob } from "../match-glob.ts";

type Run = LocalCommand["answer"];

/** By names in lower case, each value as Redis would say it. */
function settingsOf(context: RespContext): Readonly<Record<string, string>> {
  return {
    // The journal, with which a service that keeps its data goes on after a crash.
    appendonly: context.isDurable ? "yes" : "no",
    databases: "1",
    maxclients: String(context.connectionsMax),
    // Records are limited in number, not in bytes, and none is thrown out for another.
    maxmemory: "0",
    "maxmemory-policy": "noeviction",
    "notify-keyspace-events": "",
    port: String(context.port()),
    "proto-max-bulk-len": String(BULK_BYTES_MAX),
    requirepass: "",
    save: "",
    timeout: "0",
  };
}

function get(args: Arguments, { context, writer }: Parameters<Run>[1]): void {
  const globs = args.slice(2).map((pattern) => parseGlob(lowerCase(pattern)));
  const found = Object.entries(settingsOf(context)).filter(([name]) =>
    globs.some((glob) => matchGlob(glob, Buffer.from(name))),
  );
  writer.map(found.length);
  for (const [name, value] of found) writer.bulk(name).bulk(value);
}

function lowerCase(text: Buffer): Buffer {
  return Buffer.from(text.toString("latin1").toLowerCase(), "latin1");
}

/** What an error repeats of a name. */
const SHOWN_BYTES_MAX = 128;

/** In the words of Redis, which stops at the first name. */
function set(args: Arguments, { context }: Parameters<Run>[1]): never {
  if (args.length % 2 === 1) throw syntaxError();
  const name = args[2] as Buffer;
  const shown = name.toString("latin1", 0, SHOWN_BYTES_MAX);
  if (!Object.hasOwn(settingsOf(context), lowerCase(name).toString("latin1"))) {
    throw new CommandError(`ERR Unknown option or number of arguments for CONFIG SET - '${shown}'`);
  }
  throw new CommandError(
    `ERR CONFIG SET failed (possibly related to argument '${shown}') - can't set immutable config`,
  );
}

const CONFIG: Subcommands<Run> = {
  get: {
    arity: -3,
    help: ["GET <pattern>", "Return parameters matching the glob-like <pattern> and their values."],
    run: get,
  },
  set: {
    arity: -4,
    help: ["SET <directive> <value>", "Refused: zeta serve --help lists what can be chosen."],
    run: set,
  },
  rewrite: {
    arity: 2,
    help: ["REWRITE", "Refused: there is no configuration file of Redis."],
    run: () => {
      throw new CommandError("ERR The server is running without a config file");
    },
  },
};

export const CONFIG_COMMANDS: readonly LocalCommand[] = [
  {
    kind: "local",
    name: "config",
    arity: -2,
    flags: ["admin", "noscript", "loading", "stale"],
    keys: [0, 0, 0],
    group: "server",
    summary: "Settings in the names of Redis, as the host says: not certified",
    answer: answerOfSubcommand("config", CONFIG),
  },
];
