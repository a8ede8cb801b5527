// SPDX-License-Identifier: Apache-2.0
/** Tells the run that the server listens; `hello` is what the driver's wire has to know of it. */
export function ready(port, hello = "") {
  console.log(JSON.stringify({ port, hello }));
}
