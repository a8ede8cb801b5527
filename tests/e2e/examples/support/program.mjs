// SPDX-License-Identifier: Apache-2.0

import { fileURLToPath } from "node:url";

import { Child } from "../../cluster/support/child.mjs";
import { within } from "../../server/support/waits.mjs";
import { freePort } from "../../server/support/weft.mjs";

export const examples = fileURLToPath(new URL("../../../../examples/", import.meta.url));

/** A program of a test that goes on until it is told to end. */
export class Program extends Child {
  /** `ready` matches what it says once it is of use; what it captures is the answer. */
  static async start(t, command, { ready, ...options }) {
    const program = new Program(command, options);
    t.after(() => program.end());
    const said = new Promise((resolve, reject) => {
      const look = () => {
        // Colours are for people.
        const found = ready.exec(program.said.replaceAll(/\x1b\[\d+m/g, ""));
        if (found !== null) resolve(found[1]);
      };
      for (const stream of ["stdout", "stderr"]) program.process[stream].on("data", look);
      program.exit.then(({ status, signal }) => reject(new Error(`${program.name} ended with ${signal ?? status}. ${program.tail()}`)));
    });
    program.answer = await within(`${command.join(" ")} to be ready`, said, { state: () => program.tail() });
    return program;
  }
}

/** Serves the page of an example as `npm run` does, on a port of the test's own; returns its address. */
export async function serveExample(t, folder, env, port) {
  const place = ["--host", "127.0.0.1", "--port", String(port ?? (await freePort())), "--strictPort"];
  const command = [process.execPath, "node_modules/vite/bin/vite.js", folder, "--config", "vite.config.js", ...place];
  const vite = await Program.start(t, command, { cwd: examples, env, ready: /Local:\s+(http:\S+)/ });
  return vite.answer;
}
