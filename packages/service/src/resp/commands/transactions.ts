// SPDX-License-Identifier: Apache-2.0
/** MULTI and EXEC: the commands between them are one step of the service. */
import { checkedKey } from "../checked-key.ts";
import type {
  Arguments,
  CommandInfo,
  DataRun,
  LocalCommand,
  LoneCommand,
  Reply,
  RespContext,
} from "../command.ts";
import { CommandError, errorAnswer } from "../command-error.ts";
import { WATCHED_KEYS_MAX } from "../limits.ts";
import { keyName, type RecordView } from "../record-view.ts";
import type { ReplyWriter } from "../reply-writer.ts";
import type { Session, Transaction, Watched } from "../session.ts";

const OK: Reply = (writer) => writer.simple("OK");

function lone(
  info: Pick<CommandInfo, "name" | "arity" | "summary"> & { keys?: CommandInfo["keys"] },
  run: LoneCommand["run"],
): LoneCommand {
  const flags = ["noscript", "fast"];
  return {
    keys: [0, 0, 0],
    ...info,
    kind: "lone",
    inTransaction: "runs",
    flags,
    group: "transactions",
    run,
  };
}

const multi = lone(
  { name: "multi", arity: 1, summary: "Queues the commands that follow" },
  (_args, { session }) => {
    if (session.transaction !== null) throw new CommandError("ERR MULTI calls can not be nested");
    session.transaction = { commands: [], bytes: 0, isAborted: false };
    return OK;
  },
);

const discard = lone(
  { name: "discard", arity: 1, summary: "Forgets what was queued and watched" },
  (_args, { session }) => {
    if (session.transaction === null) throw new CommandError("ERR DISCARD without MULTI");
    session.transaction = null;
    session.watched = new Map();
    return OK;
  },
);

const watch = lone(
  {
    name: "watch",
    arity: -2,
    keys: [1, -1, 1],
    summary: "EXEC does nothing if one of these keys has another value by then",
  },
  async ([, ...names], { session, context }) => {
    if (session.transaction !== null) {
      throw new CommandError("ERR WATCH inside MULTI is not allowed");
    }
    const fresh = names.map(checkedKey).filter((key) => !session.watched.has(keyName(key)));
    const distinct = new Set(fresh.map(keyName)).size;
    if (session.watched.size + distinct > WATCHED_KEYS_MAX) {
      throw new CommandError(`ERR expected at most ${WATCHED_KEYS_MAX} watched keys, got more`);
    }
    const { values, calls } = await context.runner.read(fresh);
    if (calls.length > 0) session.remember(calls);
    const watched = new Map(session.watched);
    for (const [key, value] of values) {
      const digest = value === null ? null : context.runner.digest(value);
      watched.set(keyName(key), { key: Buffer.from(key), digest });
    }
    session.watched = watched;
    return OK;
  },
);

const unwatch: LocalCommand = {
  kind: "local",
  name: "unwatch",
  arity: 1,
  flags: ["noscript", "fast"],
  keys: [0, 0, 0],
  group: "transactions",
  summary: "Watches nothing any more",
  answer(_args, { session, writer }) {
    session.watched = new Map();
    writer.simple("OK");
  },
};

const exec = lone(
  { name: "exec", arity: 1, summary: "Does what was queued, in one step or not at all" },
  async (_args, { session, context }) => {
    const { transaction, watched } = session;
    if (transaction === null) throw new CommandError("ERR EXEC without MULTI");
    session.transaction = null;
    session.watched = new Map();
    if (transaction.isAborted) {
      throw new CommandError("EXECABORT Transaction discarded because of previous errors.");
    }
    return execute(transaction, watched, { session, context });
  },
);

/** A queued command, understood or refused. */
type Prepared =
  | { readonly kind: "run"; readonly run: DataRun; failure: string | null }
  | { readonly kind: "reply"; readonly args: Arguments; readonly command: LocalCommand }
  | { readonly kind: "refused"; readonly failure: string };

async function execute(
  { commands }: Transaction,
  watched: Watched,
  { session, context }: { session: Session; context: RespContext },
): Promise<Reply> {
  const prepared = commands.map((args) => prepare(args, context));
  const runs = prepared.filter((one) => one.kind === "run");
  const { isDone, calls } = await context.runner.run({
    reads: runs.flatMap(({ run }) => run.parts.flatMap(({ reads }) => reads)),
    watched,
    apply(view) {
      for (const one of runs) one.failure = failureOf(one.run, view);
    },
  });
  if (calls.length > 0) session.remember(calls);
  if (!isDone) return (writer) => writer.nullArray();
  return (writer) => {
    writer.array(prepared.length);
    for (const one of prepared) {
      if (one.kind === "reply") {
        const at = { session, context, writer };
        answerOr(writer, () => one.command.answer(one.args, at));
      } else if (one.failure !== null) writer.error(one.failure);
      else if (one.kind === "run") answerOr(writer, () => one.run.reply(writer));
    }
  };
}

function prepare(args: Arguments, { commands }: RespContext): Prepared {
  const command = commands.get((args[0] as Buffer).toString("latin1").toLowerCase());
  if (command?.kind === "local") return { kind: "reply", args, command };
  if (command?.kind !== "data") throw new Error("expected a command that may be queued");
  try {
    return { kind: "run", run: command.prepare(args), failure: null };
  } catch (error) {
    return { kind: "refused", failure: refusalOf(error) };
  }
}

/** Runs a command on what the commands before it left; one that fails changes nothing and hinders no other, as in Redis. */
function failureOf({ parts }: DataRun, view: RecordView): string | null {
  try {
    for (const part of parts) part.apply(view);
    return null;
  } catch (error) {
    return refusalOf(error);
  }
}

function refusalOf(error: unknown): string {
  if (error instanceof CommandError) return errorAnswer(error);
  throw error;
}

/** What was done is done, even if its answer does not fit any more. */
function answerOr(writer: ReplyWriter, answer: () => void): void {
  const start = writer.length;
  try {
    answer();
  } catch (error) {
    writer.takeBack(start);
    writer.error(refusalOf(error));
  }
}

export const TRANSACTION_COMMANDS = [multi, exec, discard, watch, unwatch] as const;
