/**
 * Answers a node's questions on standard input and output. Only answers may be printed there, so that the console prints to
 * standard error, which goes into the node's log.
 */

import { Console } from "node:console";
import { answer } from "./answer.ts";

/** The questions. Only a line feed ends one: newer versions of `readline` take U+2028 too, which a task's text may hold. */
async function* questions(): AsyncGenerator<string> {
  let begun = "";
  for await (const chunk of process.stdin.setEncoding("utf8")) {
    const [first = "", ...more] = String(chunk).split("\n");
    begun += first;
    for (const next of more) {
      yield begun;
      begun = next;
    }
  }
}

globalThis.console = new Console(process.stderr);
for await (const line of questions()) {
  process.stdout.write(`${JSON.stringify(await answer(line))}\n`);
}
