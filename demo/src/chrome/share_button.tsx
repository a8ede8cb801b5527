// SPDX-License-Identifier: Apache-2.0

import { useEffect, useState, type ReactNode } from "react";

import { announce } from "../live/announcer.js";
import { canvasId } from "../session.js";
import { Icon } from "./icons.js";
import { toast } from "./toasts.js";

const kConfirmMs = 2_000;

/** Puts the address of this map on the clipboard. A token in the address is one's own and not part of it. */
export function ShareButton(): ReactNode {
  const [isCopied, setCopied] = useState(false);
  useEffect(() => {
    if (!isCopied) return;
    const timer = setTimeout(() => setCopied(false), kConfirmMs);
    return () => clearTimeout(timer);
  }, [isCopied]);

  const share = async (): Promise<void> => {
    const address = `${location.origin}${location.pathname}?canvas=${encodeURIComponent(canvasId)}`;
    try {
      await navigator.clipboard.writeText(address);
      setCopied(true);
      announce("The link is on the clipboard.");
    } catch {
      // Not over plain http from elsewhere, and not in every browser.
      toast(`Copy this address: ${address}`);
    }
  };
  return (
    <button type="button" className={isCopied ? "primary is-done" : "primary"} data-testid="share" title="Copy the link to this map" onClick={() => void share()}>
      <Icon name={isCopied ? "check" : "link"} size={16} />
      <span className="share-text">{isCopied ? "Copied" : "Share"}</span>
    </button>
  );
}
