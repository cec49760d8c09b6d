// SPDX-License-Identifier: Apache-2.0
import { useContext } from "preact/hooks";
import { PageContext } from "./page-context.ts";
import { Answers } from "./panels/answers.tsx";
import { Ask } from "./panels/ask.tsx";
import { Epochs } from "./panels/epochs.tsx";
import { Header } from "./panels/header.tsx";
import { Lies } from "./panels/lies.tsx";
import { Standing } from "./panels/standing.tsx";
import { VerifyFile } from "./panels/verify-file.tsx";
import { useObserved } from "./parts/use-observed.ts";

/** The whole page: what the client knows of the service, and what can be done with it. */
export function Page() {
  const { session } = useContext(PageContext);
  const state = useObserved(session.state);
  const service = state.stage === "open" || state.stage === "ended" ? state.service : null;
  const open = state.stage === "open" ? state.service : null;
  return (
    <>
      <Header state={state} />
      <main>
        <div class="columns">
          <div class="column">
            <Ask service={open} />
            <Answers />
          </div>
          <div class="column">
            <Epochs />
            <Lies service={service} open={open !== null} />
          </div>
        </div>
        <VerifyFile service={service} />
        <Standing state={state} />
      </main>
      <footer>
        <p>
          Every word <em>certified</em> on this page was earned in this browser: quote, signature,
          chain, receipt and answer were checked here. What stands on the host's word alone says so.
        </p>
        <p>
          The page itself came from that host, and a host that lies can serve a page that lies. For
          more than a trial, ask with a client of your own: <code>npx zeta get KEY --wait</code>, or{" "}
          <code>@zeta/client</code> in your program.
        </p>
      </footer>
    </>
  );
}
