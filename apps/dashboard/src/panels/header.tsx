// SPDX-License-Identifier: Apache-2.0
import { toHex } from "@zeta/protocol/hex";
import { useContext } from "preact/hooks";
import { shortHex } from "../model/format.ts";
import type { OpenService } from "../model/open-service.ts";
import type { SessionState } from "../model/session.ts";
import { PageContext } from "../page-context.ts";
import { Report } from "../parts/report.tsx";
import { StateWord, type Tone } from "../parts/state-word.tsx";
import { useObserved } from "../parts/use-observed.ts";
import { Accepted } from "./accepted.tsx";

interface HeaderProps {
  readonly state: SessionState;
}

/** Who answers, and how far that was checked. */
export function Header({ state }: HeaderProps) {
  const { session } = useContext(PageContext);
  const trouble = useObserved(session.trouble);
  const service = state.stage === "open" || state.stage === "ended" ? state.service : null;
  const [tone, word] = connectionOf(state, trouble);
  return (
    <header>
      <div class="masthead">
        <h1>
          Zeta <span class="service">{service?.client.attestation.serviceId ?? "…"}</span>
        </h1>
        <p class="connection" role="status">
          <StateWord tone={tone} word={word} />
        </p>
        {service?.client.simulated === true && (
          <p class="simulated">
            <strong>SIMULATED TEE</strong> anybody can make this quote; trust nothing real to it
          </p>
        )}
      </div>
      <dl class="facts">
        <Fact name="instance" value={service && shortHex(service.client.attestation.instanceId)} />
        <Fact name="monitor" value={service && monitorText(service)} />
        <Fact name="quote" value={service && quoteText(service)} />
      </dl>
      <details class="checked">
        <summary>What was checked of it</summary>
        {service === null ? <p>Nothing yet.</p> : <Checked service={service} />}
      </details>
      <Accepted />
    </header>
  );
}

function connectionOf(state: SessionState, trouble: string | null): readonly [Tone, string] {
  if (trouble !== null) return ["waiting", "no answer from the service"];
  switch (state.stage) {
    case "closed":
      return ["plain", "closed"];
    case "connecting":
      return ["waiting", "connecting"];
    case "unreachable":
      return ["waiting", "no answer from the service"];
    case "rejected":
      return ["bad", "not accepted"];
    case "open":
      return ["good", "connected"];
    case "ended":
      return ["bad", "refused for good"];
  }
}

interface FactProps {
  readonly name: string;
  readonly value: string | null;
}

function Fact({ name, value }: FactProps) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value ?? "…"}</dd>
    </div>
  );
}

function monitorText({ client, accepted, operations }: OpenService): string {
  const name = shortHex(client.attestation.measurement);
  const whose = accepted.measurements === undefined ? "this release" : "the policy";
  if (operations === null) return `${name} known to ${whose}`;
  return `${name} that of ${whose}, with the code that the host shows`;
}

function quoteText({ client }: OpenService): string {
  return client.simulated ? "simulated: proves nothing about hardware" : client.attestation.tee;
}

interface CheckedProps {
  readonly service: OpenService;
}

function Checked({ service }: CheckedProps) {
  const { client, operations } = service;
  const steps = client.attestationSteps.map(({ name, ok, detail }) => ({
    label: name,
    text: detail,
    ok,
  }));
  const key = { label: "key", text: toHex(client.attestation.publicKey), ok: null };
  const code = operations && {
    label: "code",
    text: `SHA-256 ${operations.hosted.codeHash}, computed here and part of the measurement`,
    ok: true,
  };
  return <Report rows={[...steps, ...(code === null ? [] : [code]), key]} />;
}
