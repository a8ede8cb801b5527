// SPDX-License-Identifier: Apache-2.0

import type { Canvas, ConceptOf } from "@weft/client";
import { act, Component, StrictMode, Suspense, type ReactNode } from "react";
import { renderToString } from "react-dom/server";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import {
  useCanvas,
  useConcept,
  useConcepts,
  useCursors,
  useEvent,
  useLinks,
  useMe,
  useMutation,
  useOthers,
  useReady,
  useStatus,
  useSyncStatus,
  useUndo,
  WeftProvider,
} from "../src/index.js";
import { counter, Stage } from "./support/stage.js";

let stage: Stage;
beforeEach(() => {
  stage = new Stage();
});
afterEach(() => stage.leave());

/** Renders one hook, counts, and hands out what it gives and the canvas. */
async function show<Value>(use: () => Value, { isStrict = false } = {}) {
  const renders = counter();
  const seen = { renders, value: undefined as Value, canvas: undefined as unknown as Canvas };
  const Probe = (): ReactNode => {
    renders.rendered();
    seen.value = use();
    seen.canvas = useCanvas();
    return null;
  };
  const client = stage.client("me");
  const page = (
    <WeftProvider client={client} canvas="try" options={{ name: "Ada" }}>
      <Probe />
    </WeftProvider>
  );
  await stage.render(isStrict ? <StrictMode>{page}</StrictMode> : page);
  renders.reset();
  return seen;
}

const titlesOf = (concepts: readonly ConceptOf<{}>[]): unknown[] => concepts.map(({ props }) => props["title"]);

describe("rendering", () => {
  it("useConcepts renders only when what is selected is another value", async () => {
    const shown = await show(() => useConcepts(titlesOf));
    const bo = await stage.other();
    bo.create("concept", { title: "A", x: 0 }, "a");
    await stage.advance();
    expect([shown.value, shown.renders.count]).toEqual([["A"], 1]);
    const { value } = shown;
    for (let x = 1; x <= 5; ++x) {
      bo.set("a", { x });
      await stage.advance();
    }
    bo.setPresence({ tool: "pen" });
    bo.moveCursor(1, 2);
    await stage.advance();
    expect([shown.value === value, shown.renders.count]).toEqual([true, 1]);
    bo.set("a", { title: "B" });
    await stage.advance();
    expect([shown.value, shown.renders.count]).toEqual([["B"], 2]);
  });

  it("useConcepts without a selector gives all of them, and a selector made anew each time is as quiet", async () => {
    const shown = await show(() => [useConcepts(), useConcepts((concepts) => concepts.map(({ id }) => id))] as const);
    act(() => void shown.canvas.create("concept", {}, "a"));
    expect([shown.value[0].map(({ id }) => id), shown.value[1], shown.renders.count]).toEqual([["a"], ["a"], 1]);
    await stage.advance();
    expect(shown.renders.count).toBe(1);
  });

  it("useConcept renders for its own entity alone", async () => {
    const shown = await show(() => useConcept("a"));
    act(() => void shown.canvas.create("concept", { x: 1 }, "b"));
    expect([shown.value, shown.renders.count]).toEqual([undefined, 0]);
    act(() => void shown.canvas.create("concept", { x: 1 }, "a"));
    expect([shown.value?.props, shown.renders.count]).toEqual([{ x: 1 }, 1]);
    await stage.advance();
    act(() => shown.canvas.set("b", { x: 2 }));
    expect(shown.renders.count).toBe(1);
    act(() => shown.canvas.delete("a"));
    expect([shown.value, shown.renders.count]).toEqual([undefined, 2]);
  });

  it("useConcept with a selector renders for that property alone", async () => {
    const shown = await show(() => useConcept("a", (concept) => concept?.props["title"]));
    act(() => void shown.canvas.create("concept", { title: "A", x: 1 }, "a"));
    act(() => shown.canvas.set("a", { x: 2 }));
    expect([shown.value, shown.renders.count]).toEqual(["A", 1]);
  });

  it("useLinks knows links and no nodes", async () => {
    const shown = await show(() => useLinks((links) => links.map(({ id }) => id)));
    act(() => {
      shown.canvas.create("concept", {}, "a");
      shown.canvas.create("link", { from: "a", to: "a" }, "l");
    });
    expect([shown.value, shown.renders.count]).toEqual([["l"], 1]);
  });

  it("useOthers renders only for what is selected of others, and not for oneself", async () => {
    const shown = await show(() => useOthers((others) => others.map(({ user }) => user.name)));
    const bo = await stage.other();
    expect([shown.value, shown.renders.count]).toEqual([["Bo"], 1]);
    bo.setPresence({ tool: "pen" });
    shown.canvas.setPresence({ tool: "hand" });
    await stage.advance();
    expect(shown.renders.count).toBe(1);
    bo.close();
    await stage.advance();
    expect([shown.value, shown.renders.count]).toEqual([[], 2]);
  });

  it("useMe is oneself, at once", async () => {
    const shown = await show(() => useMe((me) => [me?.user.name, me?.presence["tool"]]));
    expect(shown.value).toEqual(["Ada", undefined]);
    act(() => shown.canvas.setPresence({ tool: "pen" }));
    expect([shown.value, shown.renders.count]).toEqual([["Ada", "pen"], 1]);
  });

  it("useCursors follows others' cursors", async () => {
    const shown = await show(() => useCursors((cursors) => cursors.map(({ x, y }) => [x, y])));
    const bo = await stage.other();
    bo.moveCursor(1, 2);
    await stage.advance();
    expect([shown.value, shown.renders.count]).toEqual([[[1, 2]], 1]);
    bo.hideCursor();
    await stage.advance();
    expect([shown.value, shown.renders.count]).toEqual([[], 2]);
  });

  it("useStatus and useSyncStatus tell how the link is", async () => {
    const shown = await show(() => [useStatus().name, useSyncStatus()] as const);
    expect(shown.value).toEqual(["live", { isSynced: true, pendingCount: 0 }]);
    await act(async () => stage.server.dropsAll());
    act(() => void shown.canvas.create("concept", {}, "a"));
    expect(shown.value).toEqual(["offline", { isSynced: false, pendingCount: 1 }]);
    await stage.advance(2_000);
    expect(shown.value).toEqual(["live", { isSynced: true, pendingCount: 0 }]);
  });
});

describe("doing", () => {
  it("useMutation gives one function for ever, whose call is one push and one undo", async () => {
    let prefix = "A";
    const shown = await show(() => {
      const { undo, redo, canUndo, canRedo } = useUndo();
      const add = useMutation((canvas, ids: string[]) => ids.map((id) => canvas.create("concept", { title: prefix + id }, id)));
      return { undo, redo, canUndo, canRedo, add };
    });
    const { add } = shown.value;
    expect([shown.value.canUndo, shown.value.canRedo]).toEqual([false, false]);
    let made: string[] = [];
    act(() => void (made = add(["a", "b"])));
    expect([made, shown.value.canUndo, shown.value.add === add, shown.renders.count]).toEqual([["a", "b"], true, true, 1]);
    await stage.advance();
    expect(stage.server.room.log.length).toBe(1);
    prefix = "B";
    act(() => void shown.value.undo());
    expect([shown.canvas.concepts.size, shown.value.canUndo, shown.value.canRedo]).toEqual([0, false, true]);
    act(() => void shown.value.redo());
    expect(shown.canvas.concepts.size).toBe(2);
  });

  it("useEvent hears the latest listener, once, and no more after it is gone", async () => {
    const heard: unknown[] = [];
    let mark = 1;
    const Listener = (): ReactNode => {
      useEvent("wave", ({ payload }) => heard.push([mark, payload]));
      return null;
    };
    const client = stage.client("me");
    const page = (isThere: boolean): ReactNode => (
      <StrictMode>
        <WeftProvider client={client} canvas="try">
          {isThere && <Listener />}
        </WeftProvider>
      </StrictMode>
    );
    await stage.render(page(true));
    const bo = await stage.other();
    bo.send("wave", "a");
    await stage.advance();
    mark = 2;
    await stage.render(page(true));
    bo.send("wave", "b");
    await stage.advance();
    await stage.render(page(false));
    bo.send("wave", "c");
    await stage.advance();
    expect(heard).toEqual([
      [1, "a"],
      [2, "b"],
    ]);
  });
});

describe("WeftProvider", () => {
  it("in StrictMode opens one session, and closes it when it goes away", async () => {
    const shown = await show(() => useStatus().name, { isStrict: true });
    expect([shown.value, stage.server.sockets.length]).toEqual(["live", 1]);
    await stage.render(null);
    expect([shown.canvas.status.name, stage.server.room.members.size]).toEqual(["closed", 0]);
  });

  it("opens another canvas under another id, and the same one again", async () => {
    const client = stage.client("me");
    const Name = (): ReactNode => `${useCanvas().id} ${useStatus().name}`;
    const page = (canvas: string, key = "k"): ReactNode => (
      <WeftProvider key={key} client={client} canvas={canvas}>
        <Name />
      </WeftProvider>
    );
    for (const [id, key] of [["one", "k"], ["two", "k"], ["one", "k"], ["one", "another"]] as const) {
      await stage.render(page(id, key));
      expect(stage.text).toBe(`${id} live`);
    }
    expect(stage.server.sockets.filter(({ readyState }) => readyState === 1).length).toBe(1);
  });

  it("makes a client by itself, once", async () => {
    const Name = (): ReactNode => useStatus().name;
    const page = (n: number): ReactNode => (
      <WeftProvider url="ws://weft.test" WebSocket={stage.server.Socket} canvas="try" options={{ name: `Ada ${n}` }}>
        <Name />
      </WeftProvider>
    );
    await stage.render(page(1));
    await stage.render(page(2));
    expect([stage.text, stage.server.sockets.length]).toEqual(["live", 1]);
    await stage.render(null);
  });

  it("is missed with a sentence", async () => {
    const caught: string[] = [];
    class Boundary extends Component<{ children: ReactNode }> {
      override state = { isBroken: false };
      static getDerivedStateFromError = () => ({ isBroken: true });
      override componentDidCatch(error: Error): void {
        caught.push(error.message);
      }
      override render(): ReactNode {
        return this.state.isBroken ? null : this.props.children;
      }
    }
    vi.spyOn(console, "error").mockImplementation(() => {});
    const Lost = (): ReactNode => useStatus().name;
    await stage.render(
      <Boundary>
        <Lost />
      </Boundary>,
    );
    expect(caught).toEqual(["this hook needs a <WeftProvider> around it"]);
    vi.restoreAllMocks();
  });
});

describe("Suspense", () => {
  const Count = (): ReactNode => {
    useReady();
    return `${useConcepts().length} concepts`;
  };
  const page = (): ReactNode => (
    <StrictMode>
      <WeftProvider client={stage.client("me")} canvas="try">
        <Suspense fallback="waiting">
          <Count />
        </Suspense>
      </WeftProvider>
    </StrictMode>
  );

  it("waits for the document, and not again after", async () => {
    stage.server.room.pushFromElsewhere([[0, "a", "concept", {}]]);
    stage.server.refusesConnections();
    const made = page();
    await stage.render(made);
    expect(stage.text).toBe("waiting");
    stage.server.refusesConnections(false);
    await stage.advance(2_000);
    expect(stage.text).toBe("1 concepts");
    stage.server.refusesConnections();
    await act(async () => stage.server.dropsAll());
    await stage.advance(1_000);
    expect(stage.text).toBe("1 concepts");
  });

  it("does not wait for what was refused", async () => {
    stage.server.refusesHello(4002, "no access");
    await stage.render(page());
    expect(stage.text).toBe("0 concepts");
  });
});

describe("on a server", () => {
  it("everything renders, and nothing connects", () => {
    const Everything = (): ReactNode => {
      const { canUndo } = useUndo();
      useEvent("wave", () => {});
      useMutation(() => {});
      return JSON.stringify([
        useStatus().name,
        useSyncStatus().isSynced,
        useConcepts().length,
        useLinks().length,
        useConcept("a") ?? null,
        useMe() ?? null,
        useOthers().length,
        useCursors().length,
        canUndo,
      ]);
    };
    const client = stage.client("me");
    const page = (
      <WeftProvider client={client} canvas="try">
        <Suspense fallback="waiting">
          <Everything />
        </Suspense>
      </WeftProvider>
    );
    for (let i = 0; i < 2; ++i) expect(renderToString(page)).toContain("connecting");
    expect(stage.server.sockets).toEqual([]);
  });
});
