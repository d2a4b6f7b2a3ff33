#!/usr/bin/env node
/** `gradual-k2 FOLDER`: the task in FOLDER, asked on standard input and answered on standard output. */

import { Console } from "node:console";
import { Node } from "./lines.js";
import { Player } from "./player.js";

const [folder] = process.argv.slice(2);
const port = Number(process.env["GRADUAL_K2_PORT"] ?? 0);
if (folder === undefined || !Number.isSafeInteger(port)) {
  console.error("use gradual-k2 FOLDER; GRADUAL_K2_PORT is the port of the task's routes");
  process.exit(2);
}

// Standard output is the protocol's: whatever the task prints goes to standard error.
const say = process.stdout.write.bind(process.stdout);
process.stdout.write = process.stderr.write.bind(process.stderr) as typeof process.stdout.write;
globalThis.console = new Console(process.stderr, process.stderr);

// A promise that nobody waits for must not end the task.
process.on("unhandledRejection", (reason) => console.error("unhandled:", reason));

const node = new Node((line) => say(line));
const player = new Player(folder, port, node);
await node.answer(process.stdin, (name, question) => player.answer(name, question));
// The node has gone; the task's timers and servers must not keep the process.
process.exit(0);
