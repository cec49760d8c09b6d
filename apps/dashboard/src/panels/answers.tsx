// SPDX-License-Identifier: Apache-2.0
import { useContext } from "preact/hooks";
import type { Asked, AskedState } from "../model/asked.ts";
import { explain } from "../model/explain.ts";
import { counted, duration } from "../model/format.ts";
import { PageContext } from "../page-context.ts";
import { EvidenceButtons } from "../parts/evidence-buttons.tsx";
import { Panel } from "../parts/panel.tsx";
import { Report } from "../parts/report.tsx";
import { StateWord } from "../parts/state-word.tsx";
import { useObserved } from "../parts/use-observed.ts";

/** Answers in full view; older ones wait folded up, so that the panels below stay in reach. */
const NEWEST = 6;

/** The last questions and what became of them, newest first. */
export function Answers() {
  const { asked } = useContext(PageContext);
  const list = useObserved(asked.asked);
  const lead = "The last questions of this page. Open an answer to see what was checked.";
  return (
    <Panel title="Answers" name="answers" lead={lead}>
      <p class="unseen" aria-live="polite">
        {list[0] === undefined ? "" : announcement(list[0])}
      </p>
      {list.length === 0 ? (
        <p class="empty">Nothing asked yet.</p>
      ) : (
        <AnswerItems asked={list.slice(0, NEWEST)} />
      )}
      {list.length > NEWEST && (
        <details class="older">
          <summary>{counted(list.length - NEWEST, "older answer")}</summary>
          <AnswerItems asked={list.slice(NEWEST)} />
        </details>
      )}
    </Panel>
  );
}

function AnswerItems({ asked }: { readonly asked: readonly Asked[] }) {
  return (
    <ol class="asked">
      {asked.map((one) => (
        <AnswerItem key={one.id} asked={one} />
      ))}
    </ol>
  );
}

function announcement({ question, state }: Asked): string {
  if (state.stage === "asked") return "";
  const told = state.told === null ? "" : `, told ${state.told}`;
  return `${question}${told}: ${wordOf(state)}`;
}

function wordOf(state: AskedState): string {
  return state.stage === "unproven" ? state.word : state.stage;
}

function AnswerItem({ asked }: { readonly asked: Asked }) {
  const { question, state } = asked;
  const told = state.stage === "asked" ? null : state.told;
  return (
    <li class={`answer ${state.stage}`}>
      <details>
        <summary>
          <span class="what">
            <code class="asked-for">{question}</code>
            <span class="told">{told ?? "no answer yet"}</span>
          </span>
          <span class="became">
            <Word state={state} />
            <span class="when">{whenText(state)}</span>
          </span>
        </summary>
        <AnswerDetails asked={asked} />
      </details>
    </li>
  );
}

function Word({ state }: { readonly state: AskedState }) {
  switch (state.stage) {
    case "asked":
      return <StateWord tone="waiting" word="asked" />;
    case "provisional":
      return <StateWord tone="waiting" word="provisional" />;
    case "certified":
      return <StateWord tone="good" word="certified" />;
    case "refused":
      return <StateWord tone="bad" word="refused" />;
    case "unproven":
      return <StateWord tone="plain" word={state.word} />;
  }
}

function whenText(state: AskedState): string {
  if (state.stage === "provisional") return `epoch ${state.epoch}, as the host says`;
  if (state.stage === "certified") return `epoch ${state.epoch}, after ${duration(state.waited)}`;
  return state.stage === "refused" ? state.code : "";
}

function AnswerDetails({ asked }: { readonly asked: Asked }) {
  const { id, instance, state } = asked;
  switch (state.stage) {
    case "asked":
    case "provisional":
      return (
        <p class="detail">Nothing is proven yet: the certificate of the epoch is not there.</p>
      );
    case "certified":
      return (
        <>
          <Report rows={state.rows} />
          <EvidenceButtons name={`answer-${id}`} evidence={state.evidence} />
        </>
      );
    case "refused":
    case "unproven": {
      const { evidence } = state;
      return (
        <>
          {state.stage === "refused" && <p>{explain(state.code, state.check)}</p>}
          <p class="detail">
            {state.message} (instance {instance})
          </p>
          {evidence !== null && <EvidenceButtons name={`answer-${id}`} evidence={() => evidence} />}
        </>
      );
    }
  }
}
