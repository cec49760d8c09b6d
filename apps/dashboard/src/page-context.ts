// SPDX-License-Identifier: Apache-2.0
import { createContext } from "preact";
import { AskedList } from "./model/asked-list.ts";
import { FileJudge } from "./model/file-judge.ts";
import { LieRun } from "./model/lie-run.ts";
import { PageTrust } from "./model/page-trust.ts";
import { Session } from "./model/session.ts";

/** What the panels share. */
export interface PageParts {
  readonly trust: PageTrust;
  readonly session: Session;
  readonly asked: AskedList;
  readonly lies: LieRun;
  readonly files: FileJudge;
  /** Judges a file's text, and shows the verdict. */
  readonly judge: (file: string, text: string) => void;
}

/** @param url of the service that is asked: the one that serves the page. */
export function createParts(url: string): PageParts {
  const trust = new PageTrust();
  const accepted = () => trust.accepted.value.trust;
  const session = new Session(url, accepted);
  const noteWait = (epoch: number, waited: number) => session.noteWait(epoch, waited);
  const asked = new AskedList(() => performance.now(), noteWait);
  const files = new FileJudge(accepted);
  const judge = (file: string, text: string) => {
    const state = session.state.value;
    const open = state.stage === "open" || state.stage === "ended" ? state.service : null;
    void files.judge(file, text, open?.operations ?? null);
    document.getElementById("verify")?.scrollIntoView();
  };
  return { trust, session, asked, lies: new LieRun(url, asked), files, judge };
}

export const PageContext = createContext<PageParts>(null as unknown as PageParts);
