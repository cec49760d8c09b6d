// SPDX-License-Identifier: Apache-2.0
/** COMMAND: which commands there are. */
import type { Command, LocalCommand, RespContext } from "../command.ts";
import { CommandError } from "../command-error.ts";
import { answerOfSubcommand, type Subcommands } from "../container.ts";
import type { ReplyWriter } from "../reply-writer.ts";

type Run = LocalCommand["answer"];

function named(name: Buffer, { commands }: RespContext): Command | undefined {
  return commands.get(name.toString("latin1").toLowerCase());
}

function writeEntry(writer: ReplyWriter, { name, arity, flags, keys }: Command): void {
  writer.array(10).bulk(name).integer(arity).set(flags.length);
  for (const flag of flags) writer.simple(flag);
  for (const key of keys) writer.integer(key);
  // Access classes, tips, key specifications, subcommands: not told.
  writer.set(0).array(0).array(0).array(0);
}

/** Of commands there are none of, a null, as Redis tells it. */
const entries: Run = ([, , ...names], { context, writer }) => {
  const told =
    names.length === 0 ? [...context.commands.values()] : names.map((name) => named(name, context));
  writer.array(told.length);
  for (const command of told) {
    if (command === undefined) writer.nullArray();
    else writeEntry(writer, command);
  }
};

const documentation: Run = ([, , ...names], { context, writer }) => {
  const wanted = names.map((name) => name.toString("latin1").toLowerCase());
  const found = [...context.commands.values()].filter(
    ({ name }) => wanted.length === 0 || wanted.includes(name),
  );
  writer.map(found.length);
  for (const { name, summary, group } of found) {
    writer.bulk(name).map(2).bulk("summary").bulk(summary);
    writer.bulk("group").bulk(group === "zeta" ? "module" : group);
  }
};

/** The keys of a whole command that follows. */
const keysOf: Run = ([, , ...args], { context, writer }) => {
  const command = named(args[0] as Buffer, context);
  if (command === undefined) throw new CommandError("ERR Invalid command specified");
  const { arity, keys } = command;
  const [first, last, step] = keys;
  if (first === 0) throw new CommandError("ERR The command has no key arguments");
  if (arity > 0 ? args.length !== arity : args.length < -arity) {
    throw new CommandError("ERR Invalid number of arguments specified for command");
  }
  const end = last < 0 ? args.length + last : last;
  const found = args.filter((_, i) => i >= first && i <= end && (i - first) % step === 0);
  writer.array(found.length);
  for (const key of found) writer.bulk(key);
};

const COMMAND: Subcommands<Run> = {
  count: {
    arity: 2,
    help: ["COUNT", "Return the total number of commands in this server."],
    run: (_args, { context, writer }) => void writer.integer(context.commands.size),
  },
  list: {
    arity: 2,
    help: ["LIST", "Return a list of all commands in this server."],
    run: (_args, { context, writer }) => {
      writer.array(context.commands.size);
      for (const name of context.commands.keys()) writer.bulk(name);
    },
  },
  info: {
    arity: -2,
    help: ["INFO [<command-name> ...]", "Return details about commands, without a name all."],
    run: entries,
  },
  docs: {
    arity: -2,
    help: ["DOCS [<command-name> ...]", "Return what commands do, without a name all."],
    run: documentation,
  },
  getkeys: {
    arity: -4,
    help: ["GETKEYS <full-command>", "Return the keys from a full command."],
    run: keysOf,
  },
};

const bySubcommand = answerOfSubcommand("command", COMMAND);

const answer: Run = (args, at) => (args.length === 1 ? entries(args, at) : bySubcommand(args, at));

export const ABOUT_COMMAND_COMMANDS: readonly LocalCommand[] = [
  {
    kind: "local",
    name: "command",
    arity: -1,
    flags: ["loading", "stale"],
    keys: [0, 0, 0],
    group: "server",
    summary: "The commands there are: COMMAND HELP lists what can be asked",
    answer,
  },
];
