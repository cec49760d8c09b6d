// SPDX-License-Identifier: Apache-2.0

import type { Arguments, Command } from "./command.ts";
import { CommandError } from "./command-error.ts";
import { ABOUT_COMMAND_COMMANDS } from "./commands/about-commands.ts";
import { ABOUT_VALUE_COMMANDS } from "./commands/about-values.ts";
import { ABSENT_PART_COMMANDS } from "./commands/absent-parts.ts";
import { CLIENT_COMMANDS } from "./commands/client.ts";
import { CONFIG_COMMANDS } from "./commands/config.ts";
import { CONNECTION_COMMANDS } from "./commands/connection.ts";
import { COUNTER_COMMANDS } from "./commands/counters.ts";
import { EXPIRY_COMMANDS } from "./commands/expiry.ts";
import { FLOAT_COMMANDS } from "./commands/floats.ts";
import { HASH_RANDOM_COMMANDS } from "./commands/hash-random.ts";
import { HASH_READ_COMMANDS } from "./commands/hash-reads.ts";
import { HASH_WRITE_COMMANDS } from "./commands/hash-writes.ts";
import { KEY_FACT_COMMANDS } from "./commands/key-facts.ts";
import { KEY_COMMANDS } from "./commands/keys.ts";
import { LISTING_COMMANDS } from "./commands/listing.ts";
import { MANY_STRING_COMMANDS } from "./commands/many-strings.ts";
import { MOVE_COMMANDS } from "./commands/moves.ts";
import { RANGE_COMMANDS } from "./commands/ranges.ts";
import { SERVER_COMMANDS } from "./commands/server.ts";
import { STRING_COMMANDS } from "./commands/strings.ts";
import { TRANSACTION_COMMANDS } from "./commands/transactions.ts";
import { ZETA_COMMANDS } from "./commands/zeta.ts";

/** Every command there is, by its name in lower case. */
export const COMMANDS: ReadonlyMap<string, Command> = new Map(
  [
    ...CONNECTION_COMMANDS,
    ...CLIENT_COMMANDS,
    ...SERVER_COMMANDS,
    ...ABOUT_COMMAND_COMMANDS,
    ...CONFIG_COMMANDS,
    ...ABSENT_PART_COMMANDS,
    ...STRING_COMMANDS,
    ...MANY_STRING_COMMANDS,
    ...RANGE_COMMANDS,
    ...COUNTER_COMMANDS,
    ...FLOAT_COMMANDS,
    ...EXPIRY_COMMANDS,
    ...HASH_READ_COMMANDS,
    ...HASH_RANDOM_COMMANDS,
    ...HASH_WRITE_COMMANDS,
    ...KEY_COMMANDS,
    ...LISTING_COMMANDS,
    ...ABOUT_VALUE_COMMANDS,
    ...KEY_FACT_COMMANDS,
    ...MOVE_COMMANDS,
    ...TRANSACTION_COMMANDS,
    ...ZETA_COMMANDS,
  ].map((command) => [command.name, command]),
);

const NAME_BYTES_MAX = Math.max(...[...COMMANDS.keys()].map(({ length }) => length));

/** As much of what was sent as an error repeats. */
const SHOWN_BYTES_MAX = 128;

/** @throws CommandError for a name that is no command's, and for a number of arguments that is not the command's. */
export function commandOf(args: Arguments): Command {
  const name = args[0] as Buffer;
  const isShort = name.length <= NAME_BYTES_MAX;
  const command = isShort ? COMMANDS.get(name.toString("latin1").toLowerCase()) : undefined;
  if (command === undefined) throw unknownCommand(args);
  const { arity } = command;
  if (arity > 0 ? args.length !== arity : args.length < -arity) {
    throw new CommandError(`ERR wrong number of arguments for '${command.name}' command`);
  }
  return command;
}

function unknownCommand([name, ...args]: Arguments): CommandError {
  let shown = "";
  for (const arg of args) {
    if (shown.length >= SHOWN_BYTES_MAX) break;
    shown += `'${arg.toString("latin1", 0, SHOWN_BYTES_MAX - shown.length)}' `;
  }
  const first = name?.toString("latin1", 0, SHOWN_BYTES_MAX) ?? "";
  return new CommandError(`ERR unknown command '${first}', with args beginning with: ${shown}`);
}
