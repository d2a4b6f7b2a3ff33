/** A task's folder played by this package, with a test in the place of the node. */

import assert from "node:assert/strict";
import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { generateKeyPairSync, sign, type KeyObject } from "node:crypto";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { after } from "node:test";
import { fileURLToPath } from "node:url";
import bs58 from "bs58";
import { isFields, text, type Fields } from "../src/lines.js";

const HERE = dirname(fileURLToPath(import.meta.url));
const MAIN = join(HERE, "../src/main.js");
export const TASKS = join(HERE, "../../test/tasks");
export const TASK = bs58.encode(new Uint8Array(32).fill(9));

/** A new folder. */
export function folder(): string {
  return mkdtempSync(join(tmpdir(), "gradual-k2-test-"));
}

/** Bytes in base64. */
export function base64(value: string | Uint8Array): string {
  return Buffer.from(value).toString("base64");
}

export class Played {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #answers = new Map<number, (answer: Fields) => void>();
  readonly #key: KeyObject;
  /** The node's address. */
  readonly node: string;
  /** Lines of standard error. */
  readonly heard: string[] = [];
  /** The names of the task's requests. */
  readonly asked: string[] = [];
  /** What the node answers to requests other than `sign`. */
  readonly told: Record<string, unknown> = { slot: { slot: 1_234 } };
  #last = 0;
  #heard = () => {};

  constructor(task: string, environment: NodeJS.ProcessEnv = {}) {
    const { privateKey, publicKey } = generateKeyPairSync("ed25519");
    this.#key = privateKey;
    this.node = bs58.encode(publicKey.export({ format: "der", type: "spki" }).subarray(-32));
    this.#child = spawn(process.execPath, [MAIN, task], { env: { ...process.env, ...environment } });
    // A test that fails leaves nothing behind.
    after(() => this.#child.kill("SIGKILL"));
    createInterface({ input: this.#child.stdout }).on("line", (line) => this.#take(line));
    createInterface({ input: this.#child.stderr }).on("line", (line) => {
      this.heard.push(line);
      this.#heard();
    });
  }

  #say(fields: Fields): void {
    this.#child.stdin.write(`${JSON.stringify(fields)}\n`);
  }

  #take(line: string): void {
    const said: unknown = JSON.parse(line);
    assert(isFields(said), line);
    if (typeof said["call"] === "number") {
      const [name, request] = Object.entries(said).find(([key]) => key !== "call") ?? ["", {}];
      this.asked.push(name);
      this.#say({ call: said["call"], ...this.#reply(name, request) });
      return;
    }
    const answer = this.#answers.get(said["id"] as number);
    assert(answer !== undefined, `nothing was asked: ${line}`);
    this.#answers.delete(said["id"] as number);
    answer(said);
  }

  #reply(name: string, request: unknown): Fields {
    if (name === "sign" && isFields(request)) {
      const prefix = Buffer.from("\u00ffgradual consensus: a logic's message\n", "latin1");
      const message = Buffer.from(text(request, "message"), "base64");
      const signed = Buffer.concat([prefix, bs58.decode(TASK), message]);
      return { ok: { node: this.node, signature: base64(sign(null, signed, this.#key)) } };
    }
    return name in this.told ? { ok: this.told[name] } : { error: `${name} is not offered` };
  }

  /** The answer to a question. */
  ask(name: string, question: Fields): Promise<Fields> {
    this.#last += 1;
    const id = this.#last;
    return new Promise((done) => {
      this.#answers.set(id, ({ id: _, ...answer }) => done(answer));
      this.#say({ id, [name]: question });
    });
  }

  /** Greets the task, whose state is in the folder `state`; null where the node has none. */
  async hello(state: string | null): Promise<Fields> {
    return this.ask("hello", {
      version: 2,
      role: "judge",
      task: TASK,
      node: this.node,
      rpc: null,
      state,
      schedule: { starting_slot: 234, round_time: 100, submission_window: 40, audit_window: 40 },
      terms: { minimum_stake: "1000", bounty_per_round: "10000" },
      texts: { name: "a test" },
      offers: ["sign", "slot", "submissions"],
    });
  }

  /** What the task submits for `cycle`, or why it does not. */
  async work(cycle: number): Promise<string> {
    const worked = await this.ask("work", { node: this.node, cycle });
    return "error" in worked ? String(worked["error"]) : Buffer.from(text(worked, "value"), "base64").toString();
  }

  audit(cycle: number, value: string | Uint8Array, node = this.node): Promise<Fields> {
    return this.ask("audit", { cycle, node, value: base64(value), slot: 1 });
  }

  distribution(cycle: number, bounty: string, submissions: [string, boolean][]): Promise<Fields> {
    return this.ask("distribution", {
      task: TASK,
      cycle,
      bounty,
      submissions: submissions.map(([node]) => ({
        cycle, node, value: base64("x"), slot: 1, status: "unchallenged", votes: null, stake: null,
      })),
      verdicts: submissions.map(([, stands]) => stands),
    });
  }

  /** The first line of standard error that matches. */
  async line(pattern: RegExp): Promise<string> {
    for (;;) {
      const found = this.heard.find((line) => pattern.test(line));
      if (found !== undefined) {
        return found;
      }
      await new Promise<void>((done) => {
        this.#heard = done;
      });
    }
  }

  /** Closes its standard input, and returns its exit code. */
  async end(): Promise<number | null> {
    this.#child.stdin.end();
    return this.ended();
  }

  /** Ends it as a node does, and waits until it has ended. */
  async kill(): Promise<void> {
    const ended = this.ended();
    this.#child.kill("SIGKILL");
    await ended;
  }

  /** Its exit code, once it has ended. */
  async ended(): Promise<number | null> {
    return this.#child.exitCode ?? new Promise((done) => this.#child.once("exit", done));
  }
}
