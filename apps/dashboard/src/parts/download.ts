// SPDX-License-Identifier: Apache-2.0

/** Long enough for a browser to begin with the download, which needs the address only then. */
const KEPT_MS = 60_000;

/** Lets the user keep a text as a file. Nothing leaves the browser. */
export function download(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), KEPT_MS);
}
