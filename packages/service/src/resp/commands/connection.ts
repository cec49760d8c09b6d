// SPDX-License-Identifier: Apache-2.0
/** The connection itself: greetings, names, the end. */
import { checkDatabase } from "../checked-database.ts";
import { clientText } from "../client-text.ts";
import type { Arguments, Command, CommandInfo, LocalCommand, LoneCommand } from "../command.ts";
import { CommandError, syntaxError } from "../command-error.ts";
import { parseInteger } from "../parse-integer.ts";

type At = Parameters<LocalCommand["answer"]>[1];

function local(
  info: Pick<CommandInfo, "name" | "arity" | "summary">,
  answer: (args: Arguments, at: At) => void,
): LocalCommand {
  const flags = ["fast", "loading", "stale"];
  return { ...info, kind: "local", flags, keys: [0, 0, 0], group: "connection", answer };
}

const ping = local(
  { name: "ping", arity: -1, summary: "PONG, or the given text" },
  (args, { writer }) => {
    if (args.length > 2) throw new CommandError("ERR wrong number of arguments for 'ping' command");
    const [, text] = args;
    if (text === undefined) writer.simple("PONG");
    else writer.bulk(text);
  },
);

const echo = local(
  { name: "echo", arity: 2, summary: "The given text" },
  ([, text], { writer }) => {
    writer.bulk(text as Buffer);
  },
);

const quit: LocalCommand = {
  ...local({ name: "quit", arity: -1, summary: "Ends the connection" }, (_args, at) => {
    at.session.isEnding = true;
    at.writer.simple("OK");
  }),
  isNeverQueued: true,
};

const select = local(
  { name: "select", arity: 2, summary: "Database 0, the only one" },
  ([, index], { writer }) => {
    checkDatabase(index as Buffer);
    writer.simple("OK");
  },
);

/** A Redis without a password lets the user `default` in with any. */
function authenticate(user: Buffer, _password: Buffer): void {
  if (user.toString("latin1") === "default") return;
  throw new CommandError("WRONGPASS invalid username-password pair or user is disabled.");
}

const auth = local(
  { name: "auth", arity: -2, summary: "As a Redis without a password" },
  (args, { writer }) => {
    if (args.length > 3) throw syntaxError();
    const [, user, password] = args as [Buffer, Buffer, Buffer | undefined];
    if (password === undefined) {
      throw new CommandError(
        "ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?",
      );
    }
    authenticate(user, password);
    writer.simple("OK");
  },
);

const hello = local(
  { name: "hello", arity: -1, summary: "Chooses RESP2 or RESP3 and tells who answers" },
  (args, { session, context, writer }) => {
    const version = args[1] === undefined ? writer.version : helloVersion(args[1]);
    const name = readHelloOptions(args);
    writer.version = version;
    if (name !== null) session.name = name;
    writer.map(7);
    writer.bulk("server").bulk("redis").bulk("version").bulk(context.redisVersion);
    writer.bulk("proto").integer(version).bulk("id").integer(session.id);
    writer.bulk("mode").bulk("standalone").bulk("role").bulk("master");
    writer.bulk("modules").array(0);
  },
);

function helloVersion(text: Buffer): 2 | 3 {
  const version = parseInteger(text);
  if (version === null) {
    throw new CommandError("ERR Protocol version is not an integer or out of range");
  }
  if (version === 2n) return 2;
  if (version === 3n) return 3;
  throw new CommandError("NOPROTO unsupported protocol version");
}

/** The name given, null if none was. */
function readHelloOptions(args: Arguments): string | null {
  let name: string | null = null;
  for (let i = 2; i < args.length; i++) {
    const option = (args[i] as Buffer).toString("latin1");
    if (/^auth$/i.test(option) && args[i + 2] !== undefined) {
      authenticate(args[i + 1] as Buffer, args[i + 2] as Buffer);
      i += 2;
    } else if (/^setname$/i.test(option) && args[i + 1] !== undefined) {
      name = clientText(args[++i] as Buffer, "Client names");
    } else throw new CommandError(`ERR Syntax error in HELLO option '${option}'`);
  }
  return name;
}

/** What comes behind it is a new connection's: so it waits for all before it. */
const reset: LoneCommand = {
  kind: "lone",
  inTransaction: "runs",
  name: "reset",
  arity: 1,
  flags: ["fast", "loading", "stale", "noscript"],
  keys: [0, 0, 0],
  group: "connection",
  summary: "The connection as it was at its beginning",
  run: (_args, { session }) => {
    session.transaction = null;
    session.watched = new Map();
    session.name = "";
    return (writer) => {
      writer.version = 2;
      writer.simple("RESET");
    };
  },
};

export const CONNECTION_COMMANDS: readonly Command[] = [
  ...[ping, echo, quit, select, auth, hello, reset],
];
