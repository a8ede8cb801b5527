// SPDX-License-Identifier: Apache-2.0

/** What modules of the page ask of the browser while they are loaded. Import it before them. */
Object.assign(globalThis, {
  matchMedia: () => ({ matches: false }),
  location: new URL("http://127.0.0.1:1/?canvas=test"),
});
