// SPDX-License-Identifier: Apache-2.0

/** What the page tells about itself. Outside a browser it is always visible and online. */
export interface Page {
  isVisible(): boolean;
  listen(listener: PageListener): () => void;
}

export interface PageListener {
  online(): void;
  visible(): void;
  hidden(): void;
}

export const browserPage: Page = {
  isVisible: () => typeof document === "undefined" || document.visibilityState === "visible",

  listen(listener) {
    if (typeof document === "undefined" || typeof window === "undefined") return () => {};
    const visibility = (): void => {
      if (document.visibilityState === "visible") listener.visible();
      else listener.hidden();
    };
    // A page that comes back from the browser's cache has lost its sockets and was not told.
    const shown = (event: PageTransitionEvent): void => {
      if (event.persisted && document.visibilityState === "visible") listener.visible();
    };
    const online = (): void => listener.online();
    document.addEventListener("visibilitychange", visibility);
    window.addEventListener("online", online);
    window.addEventListener("pageshow", shown);
    return () => {
      document.removeEventListener("visibilitychange", visibility);
      window.removeEventListener("online", online);
      window.removeEventListener("pageshow", shown);
    };
  },
};
