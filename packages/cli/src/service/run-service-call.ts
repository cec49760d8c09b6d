// SPDX-License-Identifier: Apache-2.0
import { SERVICE_CODE_BYTES_MAX } from "@zeta/app/limits";
import { codeHash, loadProgram } from "@zeta/app/sandbox/load-program";
import { isRefused, ServiceCalls } from "@zeta/client";
import { ZetaError } from "@zeta/protocol/error";
import { toHex } from "@zeta/protocol/hex";
import { keepEvidence } from "../evidence/evidence-file.ts";
import { describeError, EXIT, type ExitCode, usageError } from "../exit.ts";
import { openClient } from "../kv/open-client.ts";
import { note, print, printJson } from "../output/console.ts";
import { serviceCodeOf } from "../serve/service-code.ts";
import type { ServiceCallOptions } from "./service-call-options.ts";

/** Asks, prints the answer, and with --wait what certified it; keeps evidence when the answer is refused. */
export async function runServiceCall(
  name: string,
  text: string,
  options: ServiceCallOptions,
): Promise<ExitCode> {
  const json = parseArguments(text);
  const code = await expectedCode(options);
  const hash = toHex(codeHash(code));
  const calls = new ServiceCalls({ manifest: loadProgram(code).manifest });
  const args = calls.fromJson(name, json);
  const client = await openClient({ ...options, serviceCode: hash });
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
    const { code: refused, check, message } = error;
    const { evidence } = error;
    const path = evidence === null ? null : keepEvidence("zeta-evidence.json", evidence);
    if (options.json) {
      printJson({
        operation: name,
        status: "refused",
        code: refused,
        check,
        message,
        evidence: path,
      });
    } else note(`zeta: REFUSED: ${describeError(error)}`);
    return EXIT.negative;
  } finally {
    client.close();
  }
}

function parseArguments(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw usageError(`arguments: expected JSON, got: ${reason}`);
  }
}

/** The code whose schemas encode the call, and which the monitor must run. */
async function expectedCode({ service, url }: ServiceCallOptions): Promise<string> {
  if (service !== undefined) {
    const code = await serviceCodeOf(service);
    if (code === null) throw usageError("--service: expected a service in TypeScript, got kv");
    return code;
  }
  const response = await fetch(new URL("/v1/service", url), { redirect: "error" });
  if (response.status === 404) {
    const message =
      "expected a service in TypeScript, got the key-value service: zeta get, put, del";
    throw new ZetaError("not_found", message);
  }
  const bytes = await response.arrayBuffer();
  const said = bytes.byteLength <= 2 * SERVICE_CODE_BYTES_MAX ? decode(bytes) : null;
  const code = (said as { code?: unknown } | null)?.code;
  if (typeof code === "string") return code;
  throw new ZetaError("malformed_answer", "expected the code of a service, got another answer");
}

function decode(bytes: ArrayBuffer): unknown {
  return JSON.parse(new TextDecoder().decode(bytes));
}
