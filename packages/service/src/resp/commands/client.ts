// SPDX-License-Identifier: Apache-2.0
/** CLIENT: what a connection says of itself, and what is known of all of them. */
import { clientText } from "../client-text.ts";
import type { Arguments, LocalCommand, RespContext } from "../command.ts";
import { CommandError, syntaxError } from "../command-error.ts";
import { answerOfSubcommand, type Subcommands } from "../container.ts";
import { parseInteger } from "../parse-integer.ts";
import type { Session } from "../session.ts";

type Run = LocalCommand["answer"];

const CLIENT: Subcommands<Run> = {
  caching: {
    arity: 3,
    help: ["CACHING (YES|NO)", "Refused: nothing is tracked for client-side caching."],
    run: () => {
      throw new CommandError(
        "ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or OPTOUT mode enabled",
      );
    },
  },
  getname: {
    arity: 2,
    help: ["GETNAME", "Return the name of the current connection."],
    run: (_args, { session, writer }) => void writer.bulk(session.name || null),
  },
  getredir: {
    arity: 2,
    help: ["GETREDIR", "Return -1: nothing is tracked."],
    run: (_args, { writer }) => void writer.integer(-1),
  },
  id: {
    arity: 2,
    help: ["ID", "Return the ID of the current connection."],
    run: (_args, { session, writer }) => void writer.integer(session.id),
  },
  info: {
    arity: 2,
    help: ["INFO", "Return information about the current client connection."],
    run: (_args, { session, writer }) => void writer.verbatim(`${clientLine(session)}\n`),
  },
  list: {
    arity: -2,
    help: [
      "LIST [TYPE (NORMAL|MASTER|REPLICA|PUBSUB) | ID <id> [<id> ...]]",
      "Return information about client connections.",
    ],
    run: (args, { context, writer }) => void writer.verbatim(clientLines(args, context)),
  },
  "no-evict": {
    arity: 3,
    help: [
      "NO-EVICT OFF",
      "Done: whoever leaves too many answers unread is cut off. ON is refused.",
    ],
    run: ([, , text], { writer }) => {
      expectOff("CLIENT NO-EVICT", text as Buffer);
      writer.simple("OK");
    },
  },
  reply: {
    arity: 3,
    help: ["REPLY ON", "Done: every command is answered. OFF and SKIP are refused."],
    run: ([, , text], { writer }) => {
      const mode = (text as Buffer).toString("latin1").toUpperCase();
      if (mode === "OFF" || mode === "SKIP") throw notSupported("CLIENT REPLY", "ON", mode);
      if (mode !== "ON") throw syntaxError();
      writer.simple("OK");
    },
  },
  setinfo: {
    arity: 4,
    help: ["SETINFO (LIB-NAME|LIB-VER) <text>", "Tell which client library speaks."],
    run: ([, , what, text], { session, writer }) => {
      setInfo(session, what as Buffer, text as Buffer);
      writer.simple("OK");
    },
  },
  setname: {
    arity: 3,
    help: ["SETNAME <name>", "Assign the name <name> to the current connection."],
    run: ([, , name], { session, writer }) => {
      session.name = clientText(name as Buffer, "Client names");
      writer.simple("OK");
    },
  },
  tracking: {
    arity: -3,
    help: ["TRACKING OFF", "Done: nothing is tracked for client-side caching. ON is refused."],
    run: ([, , text], { writer }) => {
      expectOff("CLIENT TRACKING", text as Buffer);
      writer.simple("OK");
    },
  },
  trackinginfo: {
    arity: 2,
    help: ["TRACKINGINFO", "Report that nothing is tracked."],
    run: (_args, { writer }) => {
      writer.map(3).bulk("flags").set(1).bulk("off");
      writer.bulk("redirect").integer(-1).bulk("prefixes").array(0);
    },
  },
  unpause: {
    arity: 2,
    help: ["UNPAUSE", "Done: clients are never paused."],
    run: (_args, { writer }) => void writer.simple("OK"),
  },
};

function expectOff(command: string, text: Buffer): void {
  const mode = text.toString("latin1").toUpperCase();
  if (mode === "ON") throw notSupported(command, "OFF", mode);
  if (mode !== "OFF") throw syntaxError();
}

function notSupported(command: string, expected: string, got: string): CommandError {
  return new CommandError(`ERR ${command} ${got} is not supported: expected ${expected}`);
}

function setInfo(session: Session, what: Buffer, text: Buffer): void {
  const name = what.toString("latin1").toLowerCase();
  if (name === "lib-name") session.libraryName = clientText(text, "lib-name");
  else if (name === "lib-ver") session.libraryVersion = clientText(text, "lib-ver");
  else throw new CommandError(`ERR Unrecognized option '${name}'`);
}

/** Every connection is a normal one. */
const CLIENT_TYPES = new Set(["normal", "master", "slave", "replica", "pubsub"]);

function clientLines(args: Arguments, context: RespContext): string {
  const [, , option, ...values] = args;
  const isWanted = option === undefined ? () => true : filterOf(option, values);
  return [...context.sessions()]
    .filter(isWanted)
    .map((session) => `${clientLine(session)}\n`)
    .join("");
}

/** @throws CommandError */
function filterOf(option: Buffer, values: readonly Buffer[]): (session: Session) => boolean {
  const name = option.toString("latin1").toLowerCase();
  if (name === "type" && values.length === 1) {
    const type = (values[0] as Buffer).toString("latin1");
    if (CLIENT_TYPES.has(type.toLowerCase())) return () => type.toLowerCase() === "normal";
    throw new CommandError(`ERR Unknown client type '${type}'`);
  }
  if (name !== "id" || values.length === 0) throw syntaxError();
  const ids = new Set(values.map(parseInteger));
  if (ids.has(null)) throw new CommandError("ERR Invalid client ID");
  return ({ id }) => ids.has(BigInt(id));
}

function clientLine(session: Session): string {
  const { id, address, name, libraryName, libraryVersion } = session;
  const queued = session.transaction?.commands.length ?? -1;
  const library = `lib-name=${libraryName} lib-ver=${libraryVersion}`;
  return `id=${id} addr=${address} name=${name} db=0 multi=${queued} user=default redir=-1 ${library}`;
}

export const CLIENT_COMMANDS: readonly LocalCommand[] = [
  {
    kind: "local",
    name: "client",
    arity: -2,
    flags: ["fast", "loading", "stale"],
    keys: [0, 0, 0],
    group: "connection",
    summary: "Names, numbers and modes of connections: CLIENT HELP lists them",
    answer: answerOfSubcommand("client", CLIENT),
  },
];
