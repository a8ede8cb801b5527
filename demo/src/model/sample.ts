// SPDX-License-Identifier: Apache-2.0

import type { FileConcept, MapFile } from "./map_file.js";
import type { ColorName } from "./colors.js";

const concept = (id: string, title: string, x: number, y: number, color: ColorName = "plain", more: Partial<FileConcept> = {}): FileConcept => ({
  id,
  kind: "concept",
  title,
  x,
  y,
  color,
  ...more,
});

const group = (id: string, title: string, x: number, y: number, width: number, height: number, color: ColorName): FileConcept => ({
  id,
  kind: "group",
  title,
  x,
  y,
  width,
  height,
  color,
});

/** Something to look at on an empty map: how a salt marsh hangs together. */
export const kSample: MapFile = {
  format: "weft-map",
  version: 1,
  concepts: [
    group("sea", "What the sea brings", 0, 0, 340, 400, "blue"),
    concept("tides", "Tides", 46, 66, "blue", { parent: "sea", note: "Twice a day, a little later each time. Everything else here keeps their hours." }),
    concept("silt", "Silt", 196, 222, "plain", { parent: "sea" }),
    concept("salt", "Salt", 46, 314, "plain", { parent: "sea" }),
    group("marsh", "The marsh", 480, 0, 560, 474, "green"),
    concept("cordgrass", "Cordgrass", 40, 70, "green", { parent: "marsh", note: "Sweats salt through its leaves. Its roots hold what the water would carry off." }),
    concept("creeks", "Creeks", 400, 196, "blue", { parent: "marsh" }),
    concept("mud", "Mud that breathes", 72, 262, "plain", { parent: "marsh" }),
    concept("peat", "Peat", 276, 352, "amber", { parent: "marsh", note: "A thousand years of carbon, a hand deep." }),
    concept("redshank", "Redshank", 1150, 30, "red", { note: "Nests in the tussocks, feeds on the mud, shouts at everybody." }),
    concept("fry", "Young bass", 1216, 226, "violet"),
    concept("storms", "Storms", 480, 604, "amber"),
    concept("wall", "Do we still need the sea wall?", 760, 604, "red"),
    concept("town", "The town behind it", 1190, 470, "plain"),
  ],
  links: [
    { from: "tides", to: "silt", label: "carry" },
    { from: "tides", to: "salt" },
    { from: "silt", to: "cordgrass", label: "feeds" },
    { from: "salt", to: "mud" },
    { from: "cordgrass", to: "creeks" },
    { from: "cordgrass", to: "mud", label: "holds" },
    { from: "mud", to: "peat", label: "becomes" },
    { from: "cordgrass", to: "redshank", label: "shelters" },
    { from: "creeks", to: "fry", label: "nursery of" },
    { from: "storms", to: "wall" },
    { from: "peat", to: "wall" },
    { from: "wall", to: "town", label: "protects" },
  ],
};
