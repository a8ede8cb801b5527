// SPDX-License-Identifier: Apache-2.0

import { isEqual } from "@weft/client";
import { useEffect, useMemo, useRef, useSyncExternalStore } from "react";

type Listen = (listener: () => void) => () => void;

/**
 * What `select` makes of a source that is replaced when it changes. The component renders again only when that is
 * another value, compared deeply; an equal one is the same object as before. Until the page runs, `atFirst` stands
 * for the source.
 */
export function useSelected<Source, Selected>(
  listen: Listen,
  read: () => Source,
  select: (source: Source) => Selected,
  atFirst: Source,
): Selected {
  const shown = useRef<{ readonly value: Selected } | undefined>(undefined);
  const [now, first] = useMemo(() => {
    let last: { readonly source: Source; readonly value: Selected } | undefined;
    const of = (source: Source): Selected => {
      if (last !== undefined && Object.is(last.source, source)) return last.value;
      const selected = select(source);
      const before = last ?? shown.current;
      const value = before !== undefined && isEqual(before.value, selected) ? before.value : selected;
      last = { source, value };
      return value;
    };
    return [() => of(read()), () => of(atFirst)];
  }, [read, select, atFirst]);
  const value = useSyncExternalStore(listen, now, first);
  useEffect(() => {
    shown.current = { value };
  }, [value]);
  return value;
}

export const itself = <Value>(value: Value): Value => value;
