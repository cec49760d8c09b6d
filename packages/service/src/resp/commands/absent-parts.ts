// SPDX-License-Identifier: Apache-2.0
/** What clients ask of parts of Redis that are not here, where there is a true answer: no module, no replica, no cluster, one user. */
import type { LocalCommand } from "../command.ts";
import { CommandError } from "../command-error.ts";
import { answerOfSubcommand, type Subcommands } from "../container.ts";

type Run = LocalCommand["answer"];

function local(name: string, arity: number, summary: string, answer: Run): LocalCommand {
  const flags = ["loading", "stale"];
  const common = { kind: "local", flags, keys: [0, 0, 0], group: "server" } as const;
  return { ...common, name, arity, summary, answer };
}

function container(name: string, summary: string, subcommands: Subcommands<Run>): LocalCommand {
  return local(name, -2, summary, answerOfSubcommand(name, subcommands));
}

export const ABSENT_PART_COMMANDS: readonly LocalCommand[] = [
  local("role", 1, "master, without replicas", (_args, { writer }) => {
    writer.array(3).bulk("master").integer(0).array(0);
  }),
  container("module", "LIST: there are none", {
    list: {
      arity: 2,
      help: ["LIST", "Return no modules: there are none."],
      run: (_args, { writer }) => void writer.array(0),
    },
  }),
  container("acl", "WHOAMI: default, the only user", {
    whoami: {
      arity: 2,
      help: ["WHOAMI", "Return default, the only user."],
      run: (_args, { writer }) => void writer.bulk("default"),
    },
  }),
  local("cluster", -2, "Refused: there is no cluster", () => {
    throw new CommandError("ERR This instance has cluster support disabled");
  }),
];
