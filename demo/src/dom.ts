// SPDX-License-Identifier: Apache-2.0

/** The element of index.html with this id. */
export function byId<Type extends Element = HTMLElement>(id: string): Type {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`index.html has no #${id}`);
  return found as unknown as Type;
}

export function make<Name extends keyof HTMLElementTagNameMap>(name: Name, className: string, text = ""): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name);
  made.className = className;
  made.textContent = text;
  return made;
}

export function makeSvg<Name extends keyof SVGElementTagNameMap>(name: Name, className: string): SVGElementTagNameMap[Name] {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  made.setAttribute("class", className);
  return made;
}

/** True while the keyboard belongs to a text field. */
export function isTyping(): boolean {
  const active = document.activeElement;
  return active instanceof HTMLInputElement || (active instanceof HTMLElement && active.isContentEditable);
}
