// SPDX-License-Identifier: Apache-2.0
import type { Program } from "@zeta/app/program";
import { type WorkflowCall, workflowCalls } from "@zeta/app/workflow-calls";
import type { EngineCall, Executed } from "./engine-call.ts";
import { only } from "./http/answers.ts";
import type { ServiceEngine } from "./service-engine.ts";

/** A workflow that ran to its end: the answer of its last call, and what that call was asked. */
export interface WorkflowOutcome {
  readonly answer: Executed;
  readonly finish: WorkflowCall;
  /** Calls it took, the last one included. */
  readonly calls: number;
}

/**
 * Runs a workflow call by call. Its id is the client's request id: so it began after the client asked, and only its last call carries the
 * request id and has a receipt.
 *
 * @param args decoded by the program's own codec.
 * @throws what a call throws; the workflow's record is gone then, unless the monitor failed.
 */
export async function runWorkflow(
  engine: ServiceEngine,
  program: Program,
  {
    name,
    args,
    requestId,
  }: { readonly name: string; readonly args: unknown; readonly requestId: string },
): Promise<WorkflowOutcome> {
  const id = program.functions.maker.bytes(16);
  id.set(Buffer.from(requestId, "hex"));
  const calls = workflowCalls(program, name, args, id);
  let next = calls.next();
  for (let count = 1; ; count++) {
    if (next.done) throw new Error("expected a workflow that finishes by its own call");
    const call = next.value;
    const answer = await execute(engine, call, requestId).catch((error: unknown) => error);
    if (!isExecuted(answer)) next = await cleanUp(engine, calls, answer);
    else if (call.part === "finish") return { answer, finish: call, calls: count };
    else next = calls.next(answer.result);
  }
}

async function execute(
  engine: ServiceEngine,
  call: WorkflowCall,
  requestId: string,
): Promise<Executed> {
  const isLast = call.part === "finish";
  const { function: number, argument } = call;
  const one: EngineCall = { function: number, argument, requestId: isLast ? requestId : null };
  return only(await engine.execute([one]));
}

/** Tells the generator of the failure; it asks for `abort`, and the failure is thrown on whatever becomes of that. */
async function cleanUp(
  engine: ServiceEngine,
  calls: ReturnType<typeof workflowCalls>,
  failure: unknown,
): Promise<never> {
  const abort = calls.throw(failure);
  if (!abort.done) await execute(engine, abort.value, "").catch(() => null);
  throw failure;
}

function isExecuted(answer: unknown): answer is Executed {
  return typeof answer === "object" && answer !== null && "result" in answer;
}
