// SPDX-License-Identifier: Apache-2.0
import type { Arguments, LocalCommand, Reply } from "./command.ts";
import { CommandError } from "./command-error.ts";

/** A command of commands, as CLIENT, which Redis calls a container. */
export interface Subcommand<Run> {
  /** Number of arguments with both names; negative: at least so many. */
  readonly arity: number;
  /** How it is written, and what it does: two lines of HELP. */
  readonly help: readonly [usage: string, purpose: string];
  readonly run: Run;
}

/** By name in lower case. */
export type Subcommands<Run> = Readonly<Record<string, Subcommand<Run>>>;

/** What an error repeats of a name that is none. */
const SHOWN_BYTES_MAX = 128;

/**
 * What to run.
 *
 * @param args at least two. @param help makes what tells of all subcommands.
 * @throws CommandError for a name that is no subcommand's, and for a number of arguments that is not the subcommand's.
 */
export function subcommandOf<Run>(
  container: string,
  subcommands: Subcommands<Run>,
  args: Arguments,
  help: (reply: Reply) => Run,
): Run {
  const shown = (args[1] as Buffer).toString("latin1", 0, SHOWN_BYTES_MAX);
  const name = shown.toLowerCase();
  const named = Object.hasOwn(subcommands, name) ? subcommands[name] : undefined;
  if (named === undefined && name !== "help") {
    throw new CommandError(
      `ERR unknown subcommand '${shown}'. Try ${container.toUpperCase()} HELP.`,
    );
  }
  const arity = named?.arity ?? 2;
  if (arity > 0 ? args.length !== arity : args.length < -arity) {
    throw new CommandError(`ERR wrong number of arguments for '${container}|${name}' command`);
  }
  return named?.run ?? help(helpOf(container, subcommands));
}

/** The answer of a container whose subcommands need no record. */
export function answerOfSubcommand(
  container: string,
  subcommands: Subcommands<LocalCommand["answer"]>,
): LocalCommand["answer"] {
  return (args, at) => {
    const run = subcommandOf(container, subcommands, args, (reply) => () => reply(at.writer));
    run(args, at);
  };
}

/** In the form of Redis. */
function helpOf<Run>(container: string, subcommands: Subcommands<Run>): Reply {
  const lines = Object.values(subcommands).flatMap(({ help: [usage, purpose] }) => [
    ...[usage, `    ${purpose}`],
  ]);
  const first = `${container.toUpperCase()} <subcommand> [<arg> [value] [opt] ...]. Subcommands are:`;
  const all = [first, ...lines, "HELP", "    Prints this help."];
  return (writer) => {
    writer.array(all.length);
    for (const line of all) writer.simple(line);
  };
}
