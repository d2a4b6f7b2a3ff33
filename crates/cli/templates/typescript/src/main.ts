/**
 * Answers a node's questions on standard input and output. Only answers may be printed there, so that the console prints to
 * standard error, which goes into the node's log.
 */

import { Console } from "node:console";
import { createInterface } from "node:readline";
import { answer } from "./answer.ts";

globalThis.console = new Console(process.stderr);
for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(await answer(line))}\n`);
}
