// SPDX-License-Identifier: Apache-2.0
import type { ComponentChildren } from "preact";
import { useContext } from "preact/hooks";
import { explain } from "../model/explain.ts";
import type { SessionState } from "../model/session.ts";
import { PageContext } from "../page-context.ts";
import { EvidenceButtons } from "../parts/evidence-buttons.tsx";
import { useObserved } from "../parts/use-observed.ts";

interface StandingProps {
  readonly state: SessionState;
}

/**
 * What keeps the page from asking, and how to go on; nothing while all is well. It stands at the foot of the window, so that nothing else
 * moves when it comes.
 */
export function Standing({ state }: StandingProps) {
  const { session } = useContext(PageContext);
  const trouble = useObserved(session.trouble);
  return (
    <div class="standing" aria-live="polite">
      {state.stage === "unreachable" && <Gone message={state.message} />}
      {state.stage === "open" && trouble !== null && <Gone message={trouble} />}
      {state.stage === "rejected" && <Refused state={state} />}
      {state.stage === "ended" && <Refused state={state} />}
    </div>
  );
}

function Gone({ message }: { readonly message: string }) {
  return (
    <div class="notice">
      <h2>The service does not answer</h2>
      <p>
        Is it running? Start it with <code class="command">npm start</code>; this page tries again
        by itself.
      </p>
      <More>
        <p class="detail">{message}</p>
      </More>
    </div>
  );
}

interface RefusedProps {
  readonly state: Extract<SessionState, { readonly stage: "rejected" | "ended" }>;
}

function Refused({ state }: RefusedProps) {
  const { session, lies } = useContext(PageContext);
  const { refusal, stage } = state;
  const { code, check, evidence } = refusal;
  const again = () => {
    lies.forget();
    void session.begin();
  };
  return (
    <div class="notice bad">
      <h2>
        {stage === "ended" ? "This instance is refused for good" : "This service is not accepted"}
      </h2>
      <p>
        <GoOn state={state} />
      </p>
      <p class="actions">
        <button type="button" class="primary" onClick={again}>
          Start over with what answers now
        </button>
      </p>
      <More>
        <p>
          <code>{code}</code>: {explain(code, check)}
        </p>
        <p class="detail">{refusal.message}</p>
        {evidence !== null && <EvidenceButtons name={code} evidence={() => evidence} />}
      </More>
    </div>
  );
}

function More({ children }: { readonly children: ComponentChildren }) {
  return (
    <details>
      <summary>Why</summary>
      {children}
    </details>
  );
}

/** After a lie only another instance can go on: the monitor of this one certifies nothing more, or it is gone. */
function GoOn({ state }: RefusedProps) {
  if (state.stage === "rejected") {
    return (
      <>
        No question is sent to a service whose quote, key or monitor this page does not accept. What
        it accepts is for you to choose, at the head of the page.
      </>
    );
  }
  if (state.successor) {
    return (
      <>
        Another instance answers by now. It has a history of its own: what this page was told before
        is no part of it.
      </>
    );
  }
  return (
    <>
      It certifies nothing more. Stop the service and start it again, for example with{" "}
      <code class="command">npm start -- --allow-attacks</code>; this page notices.
    </>
  );
}
