// SPDX-License-Identifier: Apache-2.0
import { createHooks } from "@weft/react";
import { createRoot } from "react-dom/client";

type Board = { concepts: { note: { title: string; x: number; y: number } } };
const { WeftProvider, useConcept, useConcepts, useMutation, useOthers, useStatus, useUndo } = createHooks<Board>();

function Note({ id }: { id: string }) {
  const title = useConcept(id, (note) => note?.props.title ?? "");
  const rename = useMutation((canvas, next: string) => canvas.set(id, { title: next }));
  const remove = useMutation((canvas) => canvas.delete(id));
  return (
    <li>
      <input value={title} onChange={(event) => rename(event.target.value)} />
      <button onClick={remove}>Delete</button>
    </li>
  );
}

function Notes() {
  const ids = useConcepts((notes) => notes.map(({ id }) => id));
  const names = useOthers((others) => others.map(({ user }) => user.name));
  const add = useMutation((canvas) => canvas.create("note", { title: "A note", x: 80 + 40 * ids.length, y: 120 }));
  const { undo, canUndo } = useUndo();
  return (
    <>
      <p>{useStatus().name}, with {names.join(", ") || "nobody"}</p>
      <ul>{ids.map((id) => <Note key={id} id={id} />)}</ul>
      <button onClick={add}>Add</button>
      <button onClick={undo} disabled={!canUndo}>Undo</button>
    </>
  );
}

const { VITE_WEFT_URL: url = "ws://localhost:8080" } = import.meta.env;
createRoot(document.getElementById("page")!).render(
  <WeftProvider url={url} canvas="examples" options={{ name: location.hash.slice(1) || "Guest" }}>
    <Notes />
  </WeftProvider>,
);
