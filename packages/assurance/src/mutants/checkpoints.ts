// SPDX-License-Identifier: Apache-2.0
/**
 * Checkpoints and instances that go on from them: the enclave without each of their rules. A mutant signs what the complete enclave refuses
 * (`not_at_rest`), and the next instance, which is complete, certifies a lie or has lost a record.
 */
import { createEnclave, type Enclave, type EnclaveOptions } from "@zeta/monitor/enclave";
import {
  CHECKPOINT_ATTACKS,
  type CheckpointAttack,
  type RestRule,
} from "@zeta/monitor/test/attacks/checkpoint-attacks";
import { enclaveOptions, feed, rootValueAfter } from "@zeta/monitor/test/support/restart";
import { app, Script } from "@zeta/monitor/test/support/script";
import { isSequentiallyConsistent } from "@zeta/monitor/test/support/sequential";
import { decodeCheckpoint, signCheckpoint } from "@zeta/protocol/checkpoint";
import { isZetaError } from "@zeta/protocol/error";
import { toHex } from "@zeta/protocol/hex";
import { EMPTY_ROOT_VALUE } from "@zeta/protocol/root-value";
import { EPOCH_MAX } from "@zeta/protocol/timestamp";
import type { MutantRow } from "./judge.ts";
import { enclaveWith } from "./monitor-of.ts";
import { CONTINUES, REST } from "./rules/rest.ts";

const PROFILE = { profile: "bytes" } as const;

/** Every row. */
export async function checkpoints(): Promise<MutantRow[]> {
  const rows: MutantRow[] = [];
  for (const attack of CHECKPOINT_ATTACKS) rows.push(await judgeCheckpoint(attack));
  rows.push(await judgeDeadThread());
  for (const rule of Object.keys(CONTINUES)) rows.push(await judgeContinuation(rule));
  return rows;
}

/** A host that wants a checkpoint while something is outside the tree. */
export async function judgeCheckpoint(attack: CheckpointAttack): Promise<MutantRow> {
  const { rules, title, gain, certified } = attack;
  const complete = await checkpointAfter(attack.first, []);
  const mutant = await checkpointAfter(attack.first, rules);
  const others = rules.length === 1 ? [] : rules;
  const alone = await Promise.all(others.map((rule) => checkpointAfter(attack.first, [rule])));
  const isLie = gain === "lie";
  return {
    ...{ check: rules[0] ?? "", without: rules, ...PROFILE, log: title },
    caughtBy: complete.code,
    mutant: isLie ? "killed" : "visible",
    reason: isLie
      ? reasonOf(rules)
      : `the record is lost, not forged: ${gain} in the next instance`,
    faults: faultsOf({
      [`refused by the enclave, got ${complete.message}`]: attack.got.test(complete.message),
      "signed by the mutant": mutant.checkpoint !== null,
      "refused by each mutant that lacks one rule": alone.every(({ checkpoint }) => !checkpoint),
      "no sequential explanation": !isLie || !isSequentiallyConsistent(certified),
      [isLie ? "the lie certified" : `the record refused by ${gain}`]:
        mutant.checkpoint !== null && gainOf(attack, mutant.checkpoint) === gain,
    }),
  };
}

function reasonOf(rules: readonly RestRule[]): string | null {
  return rules.length === 1 ? null : `without ${rules[0]} alone, others stop it`;
}

/** What the next, complete instance makes of the host's second log: a certified lie, or the check that refused it. */
function gainOf({ first, second }: CheckpointAttack, checkpoint: Uint8Array): string {
  const rootValue = rootValueAfter(first, first.threads);
  return outcomeOf(
    createEnclave,
    enclaveOptions(first.threads, 2, { checkpoint, rootValue }),
    second,
  );
}

function outcomeOf(create: typeof createEnclave, options: EnclaveOptions, script: Script): string {
  const enclave = create(options);
  const { check, leaves } = feed(enclave, script);
  if (check !== null) return check;
  const told = script.history.map(({ leaf }) => toHex(leaf));
  const isCertified = enclave.latestCertificate !== null && enclave.violation === null;
  return isCertified && leaves.join() === told.join() ? "lie" : "nothing certified";
}

interface Answer {
  readonly checkpoint: Uint8Array | null;
  readonly code: string | null;
  readonly message: string;
}

/** What an enclave without the rules says when it is asked for a checkpoint after the script. */
async function checkpointAfter(script: Script, rules: readonly RestRule[]): Promise<Answer> {
  const create = await enclaveWith(rules.map((rule) => REST[rule]));
  const enclave = create(enclaveOptions(script.threads, 1));
  feed(enclave, script);
  return answerOf(() => enclave.checkpoint());
}

function answerOf(action: () => Uint8Array | Enclave): Answer {
  try {
    const made = action();
    return {
      checkpoint: made instanceof Uint8Array ? made : null,
      code: null,
      message: "accepted",
    };
  } catch (error) {
    if (!isZetaError(error)) throw error;
    return { checkpoint: null, code: error.code, message: error.message };
  }
}

/** A thread that died in the epoch after the certified one, before it began anything. */
export async function judgeDeadThread(): Promise<MutantRow> {
  const rules = ["rest.failed", "rest.violation"] as const;
  const script = new Script().closeEpoch();
  script.on(0).evictM(1, 0);
  const complete = await checkpointAfter(script, []);
  const mutant = await checkpointAfter(script, rules);
  const alone = await Promise.all(rules.map((rule) => checkpointAfter(script, [rule])));
  return {
    ...{ check: rules[0], without: rules, ...PROFILE },
    log: "a checkpoint of an instance whose thread is dead",
    caughtBy: complete.code,
    mutant: "visible",
    reason: "what a thread did before it died kept the rules",
    faults: faultsOf({
      "refused by the enclave": complete.code === "not_at_rest",
      "signed by the mutant": mutant.checkpoint !== null,
      "refused by each mutant that lacks one rule": alone.every(({ checkpoint }) => !checkpoint),
    }),
  };
}

interface ContinuationCase {
  readonly log: string;
  readonly code: string;
  /** Null: the mutant certifies a lie. */
  readonly reason: string | null;
  readonly options: EnclaveOptions;
}

/** The first instance: A is v1, and everything rests. */
const FIRST = new Script();
FIRST.on(0).addM(app("A", null), 1, 0).put("A", "v1", 1, false).evictM(1, 0);
FIRST.closeEpoch();

/** The second: A was never there. */
const FORGETFUL = new Script(1, 1);
FORGETFUL.on(0).addM(app("A", null), 1, 0).get("A", 1, null);
FORGETFUL.closeEpoch();

/** The secret key of nobody: an enclave does not ask who signed. */
const ANY_KEY = new Uint8Array(32).fill(3);

function continuationCases(
  checkpoint: Uint8Array,
): Record<keyof typeof CONTINUES, ContinuationCase> {
  const rootValue = rootValueAfter(FIRST, 1);
  const genuine = decodeCheckpoint(checkpoint).checkpoint;
  const changed = (changes: Partial<typeof genuine>) =>
    enclaveOptions(1, 2, {
      checkpoint: signCheckpoint({ ...genuine, ...changes }, ANY_KEY),
      rootValue,
    });
  return {
    "continues.root": {
      log: "an instance goes on with another root than its origin's: a rollback to null",
      code: "checkpoint_root",
      reason: null,
      options: enclaveOptions(1, 2, { checkpoint, rootValue: EMPTY_ROOT_VALUE }),
    },
    "continues.service": {
      log: "an instance goes on from another service's checkpoint",
      code: "checkpoint_invalid",
      reason: "clients compare the service of each ancestor",
      options: changed({ serviceId: "other" }),
    },
    "continues.profile": {
      log: "an instance goes on from a checkpoint of profile kv64",
      code: "checkpoint_invalid",
      reason: "no enclave signs one; clients compare the profile of each ancestor",
      options: changed({ profile: "kv64" }),
    },
    "continues.epoch": {
      log: "an instance begins in an epoch that can never be certified",
      code: "checkpoint_invalid",
      reason: "it runs, and certifies nothing",
      options: changed({ epoch: EPOCH_MAX - 1 }),
    },
  };
}

/** A host that hands an enclave another past than the checkpoint's, or one that it cannot have. */
export async function judgeContinuation(rule: string): Promise<MutantRow> {
  const { checkpoint } = await checkpointAfter(FIRST, []);
  const known = rule as keyof typeof CONTINUES;
  const { log, code, reason, options } = continuationCases(checkpoint ?? new Uint8Array(0))[known];
  const mutant = await enclaveWith([CONTINUES[known]]);
  const complete = answerOf(() => createEnclave(options));
  const history = [...FIRST.history, ...FORGETFUL.history];
  return {
    ...{ check: rule, without: [rule], ...PROFILE, log, caughtBy: complete.code, reason },
    mutant: reason === null ? "killed" : "visible",
    faults: faultsOf({
      [`refused by ${code}, got ${complete.message}`]: complete.code === code,
      "accepted by the mutant": answerOf(() => mutant(options)).code === null,
      "a lie certified by the mutant, or a reason":
        reason !== null ||
        (outcomeOf(mutant, options, FORGETFUL) === "lie" && !isSequentiallyConsistent(history)),
    }),
  };
}

function faultsOf(expectations: Readonly<Record<string, boolean>>): readonly string[] {
  return Object.keys(expectations).filter((what) => expectations[what] !== true);
}
