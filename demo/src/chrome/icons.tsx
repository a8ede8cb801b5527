// SPDX-License-Identifier: Apache-2.0

import type { ReactNode } from "react";

/** Lines in a box of 20. */
const kPaths = {
  plus: "M10 4v12M4 10h12",
  minus: "M4 10h12",
  close: "m5 5 10 10M15 5 5 15",
  undo: "M7.5 4 3.5 8l4 4M4 8h7.5a4.5 4.5 0 0 1 0 9H8",
  redo: "m12.5 4 4 4-4 4M16 8H8.5a4.5 4.5 0 0 0 0 9H12",
  trash: "M3.5 5.5h13M8 5.5V3.5h4v2M5 5.5l.8 11h8.4l.8-11M8.3 8.5v5M11.7 8.5v5",
  note: "M4.5 3.5h11v9l-4 4h-7zM15.5 12.5h-4v4M7.3 7h5.4M7.3 10h3.4",
  group: "M3.5 3.5h13v13h-13zM7 7h3.5v3.5H7zM11.5 12h2.5",
  ungroup: "M3.5 6.5v-3h3M13.5 3.5h3v3M16.5 13.5v3h-3M6.5 16.5h-3v-3M8 8h4v4H8z",
  link: "M8.5 11.5a3 3 0 0 0 4.3 0l2.6-2.6a3 3 0 0 0-4.3-4.3l-.8.8M11.5 8.5a3 3 0 0 0-4.3 0l-2.6 2.6a3 3 0 0 0 4.3 4.3l.8-.8",
  arrow: "M4 15 15 4M8 4h7v7",
  fit: "M3.5 7.5v-4h4M12.5 3.5h4v4M16.5 12.5v4h-4M7.5 16.5h-4v-4",
  menu: "M3.5 6h13M3.5 10h13M3.5 14h13",
  hand: "M6.5 10V5.5a1.2 1.2 0 0 1 2.4 0V9M8.9 9V4a1.2 1.2 0 0 1 2.4 0v5M11.3 9V5a1.2 1.2 0 0 1 2.4 0v6.5c0 3.4-1.9 5.5-4.7 5.5-2.5 0-3.7-1.2-4.6-3.3L3.2 11c-.6-1.4.9-2.2 1.8-1.2l1.5 1.7",
  select: "M4.5 3.5 15 9.7l-4.8 1.2-2.5 4.6z",
  smile: "M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM7.2 11.8a3.6 3.6 0 0 0 5.6 0M7.7 8v.4M12.3 8v.4",
  sun: "M10 13.2a3.2 3.2 0 1 0 0-6.4 3.2 3.2 0 0 0 0 6.4zM10 2.5v1.6M10 15.9v1.6M2.5 10h1.6M15.9 10h1.6M4.7 4.7l1.1 1.1M14.2 14.2l1.1 1.1M15.3 4.7l-1.1 1.1M5.8 14.2l-1.1 1.1",
  moon: "M16.5 11.7A6.8 6.8 0 0 1 8.3 3.5a6.8 6.8 0 1 0 8.2 8.2z",
  screen: "M3 4.5h14v9H3zM7.5 16.5h5",
  download: "M10 3.5v9M6.5 9.5 10 13l3.5-3.5M4 16.5h12",
  upload: "M10 13V4M6.5 7 10 3.5 13.5 7M4 16.5h12",
  image: "M3.5 4.5h13v11h-13zM4 14l4-4 3 3 2-2 3 3M12.8 7.8v.2",
  help: "M7.7 7.6c.2-1.4 1.1-2.1 2.4-2.1 1.4 0 2.3.8 2.3 2s-.6 1.6-1.4 2.2c-.8.6-1 1-1 1.9M10 14.3v.2",
  eye: "M2.5 10S5 5 10 5s7.5 5 7.5 5-2.5 5-7.5 5-7.5-5-7.5-5zM10 12.2a2.2 2.2 0 1 0 0-4.4 2.2 2.2 0 0 0 0 4.4z",
  edit: "m12.5 4.5 3 3L7 16H4v-3zM11 6l3 3",
  people: "M7.5 9.5a2.7 2.7 0 1 0 0-5.4 2.7 2.7 0 0 0 0 5.4zM2.5 16c0-2.7 2.2-4.3 5-4.3s5 1.6 5 4.3M13 4.4a2.7 2.7 0 0 1 0 4.9M14.5 12c1.8.6 3 2 3 4",
  check: "m4 10.5 4 4 8-9",
  offline: "M3 3l14 14M5.5 11.5a6.5 6.5 0 0 1 2.7-1.7M14.5 11.5a6.5 6.5 0 0 0-2-1.4M2.8 8.5A10 10 0 0 1 5.5 6.7M17.2 8.5A10.2 10.2 0 0 0 9 5.5M8 14.2a2.9 2.9 0 0 1 4 0M10 16.8v.1",
} as const;

export type IconName = keyof typeof kPaths;

export function Icon({ name, size = 18 }: { readonly name: IconName; readonly size?: number }): ReactNode {
  return (
    <svg className="icon" width={size} height={size} viewBox="0 0 20 20" aria-hidden="true" focusable="false">
      <path d={kPaths[name]} />
    </svg>
  );
}
