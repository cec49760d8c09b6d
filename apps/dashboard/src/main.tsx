// SPDX-License-Identifier: Apache-2.0
import { render } from "preact";
import { Page } from "./page.tsx";
import { createParts, PageContext } from "./page-context.ts";
import "uplot/dist/uPlot.min.css";
import "./style.css";

const root = document.getElementById("page");
if (root === null) throw new Error("expected an element with the id page");
const parts = createParts(location.origin);
void parts.session.begin();
root.textContent = "";
render(
  <PageContext.Provider value={parts}>
    <Page />
  </PageContext.Provider>,
  root,
);
