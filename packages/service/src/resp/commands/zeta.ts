// SPDX-License-Identifier: Apache-2.0
/** What Redis does not have: how far certification is, and by which ids the proofs of this connection's answers are found. */

import { WAIT_MS_MAX } from "../../limits.ts";
import { MonitorFailedError } from "../../problem.ts";
import type { Arguments, CommandInfo, LocalCommand, LoneCommand } from "../command.ts";
import { CommandError, notAnInteger } from "../command-error.ts";
import { parseInteger } from "../parse-integer.ts";

const INFO = { flags: ["stale", "fast"], keys: [0, 0, 0], group: "zeta" } as const;

function local(
  info: Pick<CommandInfo, "name" | "arity" | "summary">,
  answer: LocalCommand["answer"],
): LocalCommand {
  return { ...INFO, ...info, kind: "local", answer };
}

const epoch = local(
  {
    name: "zeta.epoch",
    arity: 1,
    summary: "The epoch that calls run in, and the newest certified",
  },
  (_args, { context, writer }) => {
    const { epoch: current, certificates } = context.engine.instance;
    writer.map(2).bulk("current").integer(current).bulk("certified");
    if (certificates.latest === null) writer.null();
    else writer.integer(certificates.latest);
  },
);

const certificate = local(
  { name: "zeta.certificate", arity: 2, summary: "The signed certificate of an epoch" },
  ([, number], { context, writer }) => {
    const epoch = parseInteger(number as Buffer);
    if (epoch === null || epoch < 0n) throw notAnInteger();
    const { certificates, epoch: current } = context.engine.instance;
    const bytes = epoch > BigInt(current) ? null : certificates.get(Number(epoch));
    if (bytes !== null) writer.bulk(bytes);
    else if (epoch > BigInt(current) || epoch < BigInt(certificates.first)) {
      const range = `${certificates.first} to ${current}`;
      throw new CommandError(`ERR epoch_unknown: expected an epoch from ${range}, got ${epoch}`);
    } else {
      throw new CommandError(`ERR epoch_pending: expected a certified epoch, got ${epoch}`);
    }
  },
);

const receipt = local(
  {
    name: "zeta.receipt",
    arity: 1,
    summary: "Request id, epoch and thread of each call of the last command that made any",
  },
  (_args, { session, writer }) => {
    writer.array(session.operations.length);
    for (const { requestId, epoch, thread } of session.operations) {
      writer.map(3).bulk("id").bulk(requestId);
      writer.bulk("epoch").integer(epoch).bulk("thread").integer(thread);
    }
  },
);

function waitMs([, timeout]: Arguments): number {
  if (timeout === undefined) return WAIT_MS_MAX;
  const milliseconds = parseInteger(timeout);
  if (milliseconds === null) throw notAnInteger();
  if (milliseconds >= 0n && milliseconds <= BigInt(WAIT_MS_MAX)) return Number(milliseconds);
  throw new CommandError(`ERR expected 0..${WAIT_MS_MAX} milliseconds, got ${milliseconds}`);
}

const wait: LoneCommand = {
  ...INFO,
  kind: "lone",
  inTransaction: "refused",
  waits: true,
  name: "zeta.wait",
  arity: -1,
  summary:
    "The newest certified epoch, as soon as all this connection did is certified; nil if not in time",
  async run(args, { session, context, signal }) {
    if (args.length > 2) {
      throw new CommandError("ERR wrong number of arguments for 'zeta.wait' command");
    }
    const milliseconds = waitMs(args);
    const { engine } = context;
    const { instance } = engine;
    const { lastEpoch } = session;
    if (lastEpoch !== null) {
      await engine.events.whenCertified(instance, lastEpoch, milliseconds, signal);
    }
    if (instance.violation !== null) throw new MonitorFailedError(instance.violation);
    const { latest } = instance.certificates;
    const isCertified = latest !== null && (lastEpoch === null || latest >= lastEpoch);
    return (writer) => (isCertified ? writer.integer(latest) : writer.null());
  },
};

export const ZETA_COMMANDS = [epoch, certificate, receipt, wait] as const;
