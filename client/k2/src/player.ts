/** Answers a node's questions by a task of K2. */

import type { Express } from "express";
import { spawn } from "node:child_process";
import { mkdtempSync, mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { bundle, GLOBAL, overpayOf, run } from "./bundle.js";
import { isFields, said, text, whole, type Fields, type Node } from "./lines.js";
import { Namespace } from "./namespace.js";
import { application, serve, shimOf, type Shim } from "./shim.js";
import { termsOf } from "./state.js";
import { Auditor, listOf, ofCoreLogic, ofHandlers, type Overpay, type Task } from "./task.js";

/** Most bytes of a submission. */
const LONGEST = 512;

/** How long a task that cannot be set up says why before its process ends, in milliseconds. */
const LAST_WORDS = 1_000;

/** Whatever the task says beside its answers: the protocol has standard output for itself. */
function tell(line: string): void {
  console.error(line);
}

/** A new folder, which is removed when this process has ended, however it ends: nodes end it by SIGKILL. */
function passingFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "gradual-k2-"));
  // Outside of this process's group, which is ended as a whole. The pipe closes when this process has ended.
  const remove = ["-c", 'read -r _; rm -rf -- "$0"', folder];
  const remover = spawn("sh", remove, { detached: true, stdio: ["pipe", "ignore", "ignore"] });
  remover.on("error", (error) => tell(`${folder} is left behind: ${error.message}`));
  return folder;
}

/** A task that was started. */
interface Started {
  task: Task;
  auditor: Auditor;
  overpay: Overpay;
  node: string;
  /** Ends when the task is set up. */
  ready: Promise<void>;
}

/** The core of an older task: the module itself, or what it exports under that name or by default. */
function coreOf(module: Fields): Fields {
  const named = [module["coreLogic"], module["default"]].find(isFields);
  const inner = named === undefined ? undefined : named["coreLogic"];
  return isFields(inner) ? inner : (named ?? module);
}

/** Plays the task in a folder. */
export class Player {
  readonly #folder: string;
  readonly #port: number;
  readonly #node: Node;
  #started: Started | undefined;

  /** One that serves the task's routes at `port`, or at any that is free if it is 0. */
  constructor(folder: string, port: number, node: Node) {
    this.#folder = resolve(folder);
    this.#port = port;
    this.#node = node;
  }

  /** The answer to the question `name`. */
  async answer(name: string, question: Fields): Promise<Fields> {
    if (name === "hello") {
      await this.#start(question);
      return { version: 2, concurrent: true };
    }
    const started = this.#started;
    if (started === undefined) {
      throw new Error("nothing was said of the task yet");
    }
    await started.ready;
    switch (name) {
      case "work":
        return this.#work(started, whole(question, "cycle"));
      case "audit": {
        const value = Buffer.from(text(question, "value"), "base64");
        const opinion = await started.auditor.judge(value, whole(question, "cycle"), text(question, "node"));
        return { ...opinion };
      }
      case "distribution": {
        const verdicts = question["verdicts"];
        if (!Array.isArray(verdicts) || !verdicts.includes(true)) {
          // Nobody can be paid. Many tasks write no list then.
          return { list: [] };
        }
        const amounts = await started.task.distribution(question);
        return { list: listOf(amounts, question, started.overpay, tell) };
      }
      default:
        throw new Error(`the question ${name} is not known`);
    }
  }

  async #work(started: Started, round: number): Promise<Fields> {
    const submission = await started.task.work(round);
    if (typeof submission !== "string" || submission === "") {
      throw new Error(`the task has nothing to submit for round ${round}`);
    }
    const bytes = Buffer.from(submission, "utf8");
    if (bytes.length > LONGEST) {
      throw new Error(`the task submits ${bytes.length} bytes for round ${round}: ${LONGEST} are the most`);
    }
    started.auditor.submitted(submission, round, started.node);
    return { value: bytes.toString("base64") };
  }

  async #start(hello: Fields): Promise<void> {
    const state = hello["state"];
    const base = typeof state === "string" ? state : passingFolder();
    mkdirSync(base, { recursive: true });
    const namespace = new Namespace(this.#node, hello, base);
    const app = application();
    const shim = shimOf(namespace, hello, app);
    Object.assign(globalThis, { [GLOBAL]: shim });
    const file = join(base, "task.cjs");
    await bundle(this.#folder, file);
    run(file);
    const task = this.#task(shim, namespace, hello);
    this.#started = {
      task,
      auditor: new Auditor(task, join(base, "own.json"), tell),
      overpay: overpayOf(this.#folder),
      node: text(hello, "node"),
      ready: this.#ready(task, app, text(hello, "task")),
    };
  }

  #task(shim: Shim, namespace: Namespace, hello: Fields): Task {
    if (shim.handlers !== undefined) {
      const minimum = termsOf(hello)["minimum_stake_amount"];
      return ofHandlers(shim.handlers, namespace, typeof minimum === "number" ? minimum : 0);
    }
    if (shim.core !== undefined) {
      return ofCoreLogic(coreOf(shim.core), namespace);
    }
    throw new Error("the task has not called initializeTaskManager");
  }

  /**
   * Sets the task up and serves its routes. Whatever is asked waits for it. If it fails the process ends, so that the
   * node starts another: what failed may have been a moment's.
   */
  async #ready(task: Task, app: Express, address: string): Promise<void> {
    const ready = (async () => {
      await task.setup();
      await task.routes();
      const port = await serve(app, address, this.#port);
      tell(`the task's routes are served at http://127.0.0.1:${port}`);
    })();
    // Whatever waits for it is told; nobody may wait yet.
    ready.catch((thrown: unknown) => {
      tell(`the task cannot be set up: ${said(thrown)}`);
      setTimeout(() => process.exit(1), LAST_WORDS);
    });
    return ready;
  }
}
