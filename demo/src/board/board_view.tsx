// SPDX-License-Identifier: Apache-2.0

import {
  Background,
  BackgroundVariant,
  ConnectionMode,
  ReactFlow,
  SelectionMode,
  useReactFlow,
  type EdgeChange,
  type FinalConnectionState,
  type NodeChange,
} from "@xyflow/react";
import { historyOf } from "@weft/client";
import { useCallback, useEffect, useSyncExternalStore, type MouseEvent, type PointerEvent, type ReactNode } from "react";

import { CursorLayer } from "../live/cursor_layer.js";
import { kZoomMax, kZoomMin } from "../model/geometry.js";
import { useCanvas } from "../model/map.js";
import { select, ui } from "../ui.js";
import { useBoard } from "./board_context.js";
import { ConceptNode } from "./concept_node.js";
import { ConnectionLine } from "./connection_line.js";
import { GroupNode } from "./group_node.js";
import { LinkEdge } from "./link_edge.js";
import { Shapes, type MapEdge, type MapNode } from "./shapes.js";
import { useCanEdit } from "./use_can_edit.js";
import { useFirstView } from "./use_first_view.js";
import { useKeys } from "./use_keys.js";
import { useShownView } from "./use_shown_view.js";

const nodeTypes = { concept: ConceptNode, group: GroupNode };
const edgeTypes = { link: LinkEdge };
const kAddKeys = ["Shift", "Meta", "Control"];
const kPanButtons = [0, 1, 2];
/** While the left button selects. */
const kPanButtonsSelecting = [1, 2];

/** The map itself: what is on it, and what pointers do to it. */
export function BoardView(): ReactNode {
  const canvas = useCanvas();
  const { edits, shapes, pointer } = useBoard();
  const flow = useReactFlow<MapNode, MapEdge>();
  const nodes = useSyncExternalStore(shapes.subscribe, () => shapes.nodes);
  const edges = useSyncExternalStore(shapes.subscribe, () => shapes.edges);
  const tool = ui.use(({ tool }) => tool);
  const canEdit = useCanEdit();
  const isLinking = ui.use(({ linkingFrom }) => linkingFrom !== undefined);
  useKeys();
  useFirstView();
  const { onMove, onMoveStart } = useShownView();

  useEffect(() => {
    // A drag whose concept somebody deletes meanwhile has no end of its own; the next step of undo must not hang on it.
    const resume = (): void => {
      setTimeout(() => historyOf(canvas).resume());
    };
    const events = ["pointerup", "pointercancel"] as const;
    events.forEach((name) => addEventListener(name, resume));
    return () => {
      events.forEach((name) => removeEventListener(name, resume));
      historyOf(canvas).resume();
    };
  }, [canvas]);

  const onNodesChange = useCallback(
    (changes: NodeChange<MapNode>[]) => {
      shapes.apply(changes);
      // Dragged, or kept in place while the group around is resized.
      const places = changes.flatMap((change) => (change.type === "position" && change.dragging !== false && change.position ? [{ id: change.id, ...change.position }] : []));
      if (places.length > 0) edits.place(places);
      if (changes.some(({ type }) => type === "select")) select(Shapes.selectedBy(changes, ui.get().selection));
    },
    [edits, shapes],
  );
  const onEdgesChange = useCallback((changes: EdgeChange<MapEdge>[]) => select(Shapes.selectedBy(changes, ui.get().selection)), []);

  const onDragStart = useCallback(() => historyOf(canvas).pause(), [canvas]);
  const onDragStop = useCallback(
    (_: unknown, dragged: readonly MapNode[]) => {
      edits.settle(dragged.map(({ id }) => id));
      historyOf(canvas).resume();
    },
    [canvas, edits],
  );

  const onConnectEnd = useCallback(
    (event: globalThis.MouseEvent | TouchEvent, { fromNode, toNode }: FinalConnectionState) => {
      if (fromNode === null) return;
      const { clientX, clientY } = "changedTouches" in event ? event.changedTouches[0]! : event;
      const under = document.elementFromPoint(clientX, clientY);
      const onto = toNode?.id ?? under?.closest<HTMLElement>(".react-flow__node-concept")?.dataset["id"];
      if (onto !== undefined) edits.link(fromNode.id, onto);
      else if (under?.closest(".react-flow") != null) edits.addConcept(flow.screenToFlowPosition({ x: clientX, y: clientY }), { from: fromNode.id });
    },
    [edits, flow],
  );

  const point = (event: PointerEvent): void => {
    const at = flow.screenToFlowPosition({ x: event.clientX, y: event.clientY });
    pointer.at = at;
    canvas.moveCursor(at.x, at.y);
  };

  const onDoubleClick = (event: MouseEvent): void => {
    if (!canEdit || !(event.target as Element).classList.contains("react-flow__pane")) return;
    edits.addConcept(flow.screenToFlowPosition({ x: event.clientX, y: event.clientY }));
  };

  return (
    <main
      className={isLinking ? "board is-linking" : "board"}
      tabIndex={-1}
      data-testid="stage"
      aria-label="Map"
      onPointerMove={point}
      onPointerDown={point}
      onPointerLeave={() => {
        pointer.at = undefined;
        canvas.hideCursor();
      }}
      onDoubleClick={onDoubleClick}
    >
      <ReactFlow<MapNode, MapEdge>
        nodes={nodes}
        edges={edges}
        nodeTypes={nodeTypes}
        edgeTypes={edgeTypes}
        onNodesChange={onNodesChange}
        onEdgesChange={onEdgesChange}
        onNodeDragStart={onDragStart}
        onNodeDragStop={(event, _, dragged) => onDragStop(event, dragged)}
        onSelectionDragStart={onDragStart}
        onSelectionDragStop={onDragStop}
        onConnectEnd={onConnectEnd}
        onNodeClick={(_, { id }) => {
          const { linkingFrom } = ui.get();
          if (linkingFrom === undefined) return;
          ui.set({ linkingFrom: undefined });
          edits.link(linkingFrom, id);
        }}
        onNodeDoubleClick={(_, { id }) => canEdit && ui.set({ renaming: id })}
        onEdgeDoubleClick={(_, { id }) => canEdit && ui.set({ renaming: id })}
        onPaneClick={() => ui.set({ linkingFrom: undefined })}
        onMove={onMove}
        onMoveStart={onMoveStart}
        connectionMode={ConnectionMode.Loose}
        connectionLineComponent={ConnectionLine}
        connectionRadius={24}
        connectOnClick={false}
        nodesDraggable={canEdit}
        nodesConnectable={canEdit}
        nodeDragThreshold={3}
        selectionOnDrag={tool === "select"}
        panOnDrag={tool === "select" ? kPanButtonsSelecting : kPanButtons}
        // A group whose edge is touched is not meant, and deleting it would take all that is in it.
        selectionMode={SelectionMode.Full}
        multiSelectionKeyCode={kAddKeys}
        deleteKeyCode={null}
        zoomOnDoubleClick={false}
        minZoom={kZoomMin}
        maxZoom={kZoomMax}
        elevateNodesOnSelect={false}
        // Weft's own keys do all of it: use_keys.ts.
        disableKeyboardA11y
      >
        <Background variant={BackgroundVariant.Dots} gap={26} size={1.6} color="var(--grid)" />
        <Arrows />
      </ReactFlow>
      <CursorLayer />
    </main>
  );
}

function Arrows(): ReactNode {
  return (
    <svg className="arrows" aria-hidden="true">
      <defs>
        {["arrow", "arrow-selected"].map((id) => (
          <marker key={id} id={id} viewBox="0 0 12 12" refX="9.5" refY="6" markerWidth="9" markerHeight="9" markerUnits="userSpaceOnUse" orient="auto-start-reverse">
            <path className={id} d="M1.5 1.5 10 6l-8.5 4.5z" />
          </marker>
        ))}
      </defs>
    </svg>
  );
}
