// SPDX-License-Identifier: Apache-2.0
import type {
  Arguments,
  Command,
  DataRun,
  LoneCommand,
  Reply,
  RespContext,
  WholeCall,
} from "./command.ts";
import { CommandError } from "./command-error.ts";
import { commandOf } from "./command-table.ts";
import { ARGUMENT_FRAMING_BYTES, COMMAND_BYTES_MAX, QUEUED_COMMANDS_MAX } from "./limits.ts";
import type { ReplyWriter } from "./reply-writer.ts";
import { runParts } from "./run-parts.ts";
import { isOneStep } from "./run-together.ts";
import type { Session, Transaction } from "./session.ts";

/** What is to be done for a command. */
export type Step =
  /** Nothing but to answer, in its turn. */
  | { readonly kind: "reply"; readonly reply: Reply }
  /** One call of the service, beside those of the commands around it. */
  | { readonly kind: "call"; readonly call: WholeCall }
  /** A step of reading and writing, which may be one with those of its kind around it. */
  | { readonly kind: "data"; readonly run: DataRun }
  /** By itself: after all before it, before all behind it. */
  | { readonly kind: "lone"; readonly waits: boolean; readonly run: () => Promise<Reply> | Reply };

export interface DispatchParts {
  readonly session: Session;
  readonly context: RespContext;
  readonly writer: ReplyWriter;
  /** Aborts when the connection or the front ends. */
  readonly signal: AbortSignal;
}

const QUEUED: Reply = (writer) => writer.simple("QUEUED");

/**
 * Decides what a command needs.
 *
 * @throws CommandError: that is the answer then.
 */
export function dispatch(args: Arguments, parts: DispatchParts): Step {
  const { session, context } = parts;
  const command = namedCommand(args, parts);
  context.metrics.command(command.name);
  const { transaction } = session;
  if (transaction !== null && !runsInTransaction(command)) {
    return { kind: "reply", reply: queue(args, command, transaction) };
  }
  switch (command.kind) {
    case "local": {
      const withValues = command.withValues?.(args) ?? null;
      if (withValues !== null) {
        return { kind: "lone", waits: false, run: () => withValues(args, parts) };
      }
      if (command.looksAtRecords) {
        return {
          kind: "lone",
          waits: false,
          run: () => (writer) => command.answer(args, { ...parts, writer }),
        };
      }
      return {
        kind: "reply",
        reply: (writer) => command.answer(args, { session, context, writer }),
      };
    }
    case "lone":
      return { kind: "lone", waits: command.waits ?? false, run: () => command.run(args, parts) };
    case "data": {
      const run = command.prepare(args);
      if (run.whole !== undefined) return { kind: "call", call: run.whole };
      if (isOneStep(run)) return { kind: "data", run };
      return { kind: "lone", waits: false, run: () => runParts(run, context.runner, session) };
    }
  }
}

function namedCommand(args: Arguments, { session, context }: DispatchParts): Command {
  try {
    return commandOf(args);
  } catch (error) {
    context.metrics.command(null);
    if (session.transaction !== null) session.transaction.isAborted = true;
    if (!(error instanceof CommandError) || !/^exec$/i.test(String(args[0]))) throw error;
    // An EXEC that is no command ends the transaction all the same.
    session.transaction = null;
    session.watched = new Map();
    const reason = error.message.replace(/^ERR /, "");
    throw new CommandError(`EXECABORT Transaction discarded because of: ${reason}`);
  }
}

function runsInTransaction(command: Command): boolean {
  if (command.kind === "local") return command.isNeverQueued === true;
  return command.kind === "lone" && command.inTransaction === "runs";
}

function queue(args: Arguments, command: Command, transaction: Transaction): Reply {
  const bytes = args.reduce((sum, { length }) => sum + length + ARGUMENT_FRAMING_BYTES, 0);
  if (isRefused(command)) {
    transaction.isAborted = true;
    throw new CommandError("ERR Command not allowed inside a transaction");
  }
  const isFull = transaction.commands.length === QUEUED_COMMANDS_MAX;
  if (isFull || transaction.bytes + bytes > COMMAND_BYTES_MAX) {
    transaction.isAborted = true;
    const limits = `${QUEUED_COMMANDS_MAX} commands and ${COMMAND_BYTES_MAX} bytes`;
    throw new CommandError(`ERR expected at most ${limits} in a transaction, got more`);
  }
  // What was received with them need not stay as long as they.
  transaction.commands.push(args.map((arg) => Buffer.from(arg)));
  transaction.bytes += bytes;
  return QUEUED;
}

function isRefused(command: Command): command is LoneCommand {
  return command.kind === "lone" && command.inTransaction === "refused";
}
