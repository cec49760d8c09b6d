// SPDX-License-Identifier: Apache-2.0
import type { KeyCatalogue } from "../key-catalogue.ts";
import type { ServiceEngine } from "../service-engine.ts";
import type { AtomicRunner } from "./atomic-runner.ts";
import type { RespMetrics } from "./metrics.ts";
import type { RecordView } from "./record-view.ts";
import type { ReplyWriter } from "./reply-writer.ts";
import type { Session } from "./session.ts";

/** Writes one answer. */
export type Reply = (writer: ReplyWriter) => void;

/** What COMMAND tells of a command, in the words of Redis. */
export interface CommandInfo {
  /** In lower case. */
  readonly name: string;
  /** Number of arguments with the name; negative: at least so many. */
  readonly arity: number;
  readonly flags: readonly string[];
  /** Where its keys are: first, last (negative: from the end), step; zeros: it has none. */
  readonly keys: readonly [first: number, last: number, step: number];
  readonly group: "connection" | "server" | "generic" | "string" | "hash" | "transactions" | "zeta";
  readonly summary: string;
}

/** Arguments with the name of the command in front. */
export type Arguments = readonly Buffer[];

/** A call of the built-in service that does all of a command. */
export interface WholeCall {
  readonly function: number;
  readonly argument: Uint8Array;
  readonly reply: (writer: ReplyWriter, result: Uint8Array) => void;
}

/** A part of a command that is done in one certified step. */
export interface Part {
  /** Records whose values must be known before. */
  readonly reads: readonly Buffer[];
  /** Runs it; called again, on other values, when somebody was faster. */
  apply(view: RecordView): void;
}

/** A command over records, understood but not yet run. */
export interface DataRun {
  /** Instead of all else, outside of MULTI: one call that does it. */
  readonly whole?: WholeCall;
  /** One, unless more records are named than a step can have. */
  readonly parts: readonly Part[];
  /** Of the last run of each part. */
  readonly reply: Reply;
}

/** Understood, it runs over records: alone, or with others between MULTI and EXEC. */
export interface DataCommand extends CommandInfo {
  readonly kind: "data";
  /** @throws CommandError for bad arguments. */
  prepare(args: Arguments): DataRun;
}

/** Answers at once, without records. */
export interface LocalCommand extends CommandInfo {
  readonly kind: "local";
  /** Done at once even after MULTI. */
  readonly isNeverQueued?: true;
  /** It looks at what the commands before it changed, so those behind it wait. */
  readonly looksAtRecords?: true;
  /** In place of `answer`, for arguments that need values of records; null: these do not. Not between MULTI and EXEC. @throws CommandError */
  withValues?(args: Arguments): LoneCommand["run"] | null;
  /** @throws CommandError */
  answer(
    args: Arguments,
    at: { session: Session; context: RespContext; writer: ReplyWriter },
  ): void;
}

/** Runs when everything before it is answered, and nothing behind it begins before it is done. */
export interface LoneCommand extends CommandInfo {
  readonly kind: "lone";
  /** After MULTI it is done at once, or refused; it is never queued. */
  readonly inTransaction: "runs" | "refused";
  /** It may wait for long: answers before it do not wait with it. */
  readonly waits?: true;
  /**
   * @param signal aborts when the connection or the front ends.
   * @throws CommandError, or what the engine throws.
   */
  run(
    args: Arguments,
    at: { session: Session; context: RespContext; signal: AbortSignal },
  ): Promise<Reply> | Reply;
}

export type Command = DataCommand | LocalCommand | LoneCommand;

/** What commands have to do with: the engine behind the front, and the front itself. */
export interface RespContext {
  readonly engine: ServiceEngine;
  readonly catalogue: KeyCatalogue;
  readonly runner: AtomicRunner;
  readonly metrics: RespMetrics;
  /** By name in lower case. */
  readonly commands: ReadonlyMap<string, Command>;
  /** The release of Redis whose answers are given: clients decide by it what they may send. */
  readonly redisVersion: string;
  /** Are the data kept when the process ends? */
  readonly isDurable: boolean;
  readonly connectionsMax: number;
  /** Of all open connections. */
  sessions(): Iterable<Session>;
  /** Where the front listens; 0 before it does. */
  port(): number;
}
