// SPDX-License-Identifier: Apache-2.0
import { NO_LIE, type RefusalCode, type RefusedError } from "@zeta/client/refusal";
import { describeError } from "../exit.ts";
import { commandName } from "../output/command-name.ts";
import { note } from "../output/console.ts";
import { keepEvidence } from "./evidence-file.ts";

/** What accuses nobody, in the page's words. Everything else is a refusal. */
const WORDS: Partial<Record<RefusalCode, string>> = {
  service_error: "no answer",
  network_error: "no answer",
  certification_timeout: "no certificate",
  answer_lost: "no certificate",
};

/** Keeps what a refusal shows, in the current directory; null: it shows nothing, or cannot be kept there, which is said. */
export function keepRefusal({ code, evidence }: RefusedError): string | null {
  return evidence === null || NO_LIE.includes(code)
    ? null
    : keepEvidence("zeta-evidence.json", evidence);
}

/** Tells a person what was refused, and where its evidence lies. */
export function tellRefusal(refusal: RefusedError, path: string | null): void {
  note(`zeta: ${WORDS[refusal.code] ?? "REFUSED"}: ${describeError(refusal)}`);
  if (path !== null) {
    note(`zeta: evidence in ${path}; check it with: ${commandName()} verify ${path}`);
  }
}
