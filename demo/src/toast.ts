// SPDX-License-Identifier: Apache-2.0

import { byId, make } from "./dom.js";

const kToastMs = 6_000;
const kToastsMax = 4;

/** A sentence that comes and goes. */
export function toast(text: string): void {
  const list = byId("toasts");
  const item = make("p", "toast", text);
  item.dataset["testid"] = "toast";
  list.append(item);
  while (list.childElementCount > kToastsMax) list.firstElementChild!.remove();
  setTimeout(() => item.remove(), kToastMs);
}
