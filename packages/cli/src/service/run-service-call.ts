// SPDX-License-Identifier: Apache-2.0
import { codeHash, loadProgram } from "@zeta/app/sandbox/load-program";
import { isRefused, type RefusedError, ServiceCalls } from "@zeta/client";
import { TransportError } from "@zeta/client/http/transport-error";
import { isZetaError, ZetaError } from "@zeta/protocol/error";
import { toHex } from "@zeta/protocol/hex";
import { keepRefusal, tellRefusal } from "../evidence/tell-refusal.ts";
import { describeError, EXIT, type ExitCode, usageError } from "../exit.ts";
import { openClient } from "../kv/open-client.ts";
import { note, print, printJson } from "../output/console.ts";
import { serviceCodeOf } from "../serve/service-code.ts";
import { callArguments, parseArguments } from "./call-arguments.ts";
import { codeAtService } from "./code-at-service.ts";
import type { ServiceCallOptions } from "./service-call-options.ts";

/** Asks, prints the answer, and with --wait what certified it; keeps evidence when the answer is refused. */
export async function runServiceCall(
  name: string,
  text: string,
  options: ServiceCallOptions,
): Promise<ExitCode> {
  const json = parseArguments(text);
  const { calls, hash } = await expectedService(options);
  const args = callArguments(calls, name, json, options);
  const formerServiceCodes = await Promise.all((options.former ?? []).map(formerHash));
  const client = await openClient({ ...options, serviceCode: hash, formerServiceCodes });
  try {
    if (options.service === undefined) note(`service code ${hash}, as the host shows it`);
    const answer = await client.callService(calls, name, args);
    const result = calls.toJson(name, answer.result);
    if (options.json !== true) print(JSON.stringify(result));
    const proof = options.wait ? await answer.certified({ timeoutMs: options.timeout }) : null;
    if (options.json) {
      const status = proof === null ? "provisional" : "certified";
      const { simulated } = client;
      const { epoch } = answer;
      const report = proof === null ? {} : { report: proof.report() };
      printJson({ simulated, operation: name, result, epoch, status, ...report });
    } else if (proof !== null) print(proof.report().trimEnd());
    else note(`provisional in epoch ${answer.epoch}; --wait for the certificate`);
    return EXIT.success;
  } catch (error) {
    if (!isRefused(error)) throw error;
    if (isUnexecuted(error)) reportUnexecuted(name, error, options);
    else reportRefusal(name, error, options);
    return EXIT.negative;
  } finally {
    client.close();
  }
}

/** The code whose schemas encode the call, and whose hash the monitor must measure. */
async function expectedService({ service, url, timeout }: ServiceCallOptions) {
  if (service === undefined) return readHostsCode(await codeAtService(url, timeout));
  const code = await serviceCodeOf(service);
  if (code === null) throw usageError("--service: expected a service in TypeScript, got kv");
  return readCode(code);
}

async function formerHash(former: string): Promise<string> {
  if (/^[0-9a-f]{64}$/.test(former)) return former;
  const code = await serviceCodeOf(former, "--former");
  if (code === null) throw usageError("--former: expected a service in TypeScript, got kv");
  return toHex(codeHash(code));
}

function readCode(code: string) {
  const { manifest } = loadProgram(code);
  return { calls: new ServiceCalls({ manifest }), hash: toHex(codeHash(code)) };
}

/** Code that cannot be read is the host's doing here, not that of whoever typed the command. */
function readHostsCode(code: string) {
  try {
    return readCode(code);
  } catch (cause) {
    if (!isZetaError(cause)) throw cause;
    const message = `expected the code of a service from its host, got: ${cause.message}`;
    throw new ZetaError("malformed_answer", message, { cause });
  }
}

/** Did the service say that it did not do this? That is no answer, so there is nothing to certify and nothing to prove. */
function isUnexecuted({ code, cause }: RefusedError): boolean {
  return code === "service_error" && cause instanceof TransportError && cause.status === 422;
}

function reportUnexecuted(operation: string, error: RefusedError, options: ServiceCallOptions) {
  const { check, message } = error;
  if (options.json) printJson({ operation, status: "not_executed", code: check, message });
  else note(`zeta: not executed: ${describeError(error)}`);
}

function reportRefusal(operation: string, error: RefusedError, options: ServiceCallOptions) {
  const path = keepRefusal(error);
  if (options.json) {
    const { code, check, message } = error;
    printJson({ operation, status: "refused", code, check, message, evidence: path });
  } else tellRefusal(error, path);
}
