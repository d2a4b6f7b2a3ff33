/** A task of K2 in either of its styles, as four functions. */

import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { isFields, said, text, whole, type Fields } from "./lines.js";
import type { Namespace } from "./namespace.js";
import { number, objects, submittersOf } from "./state.js";

type Act = (...given: unknown[]) => unknown;

/** What a task does. */
export interface Task {
  /** Before the first round. */
  setup(): Promise<void>;
  /** The work of `round`, and then its submission. */
  work(round: number): Promise<unknown>;
  /** Whether `value`, which `node` submitted for `round`, is valid; neither true nor false is no vote. */
  audit(value: string, round: number, node: string): Promise<unknown>;
  /** K2's list of amounts by node. */
  distribution(question: Fields): Promise<unknown>;
  /** Adds what the task serves. */
  routes(): Promise<void>;
}

/** The function `name` of `owner`, bound to it. */
function act(owner: Fields, name: string): Act | undefined {
  const found = owner[name];
  return typeof found === "function" ? (found.bind(owner) as Act) : undefined;
}

function required(owner: Fields, name: string): Act {
  const found = act(owner, name);
  if (found === undefined) {
    throw new Error(`the task has no function ${name}`);
  }
  return found;
}

/** A task of handlers, as `initializeTaskManager` is given them. */
export function ofHandlers(handlers: Fields, namespace: Namespace, minimumStake: number): Task {
  const [task, submission] = [required(handlers, "task"), required(handlers, "submission")];
  const [audit, distribution] = [required(handlers, "audit"), required(handlers, "distribution")];
  return {
    setup: async () => void (await act(handlers, "setup")?.()),
    routes: async () => void (await act(handlers, "routes")?.()),
    async work(round) {
      await task(round);
      return submission(round);
    },
    audit: async (value, round, node) => audit(value, round, node),
    async distribution(question) {
      const given = [submittersOf(question, minimumStake), number(question["bounty"]), question["cycle"]];
      const [list] = await namespace.capture({ distribution: question }, () => distribution(...given));
      return list;
    },
  };
}

/** A task in the older style, whose functions hand their results to `namespaceWrapper`. */
export function ofCoreLogic(core: Fields, namespace: Namespace): Task {
  const task = required(core, "task");
  const none = async () => {};
  return {
    setup: none,
    routes: none,
    async work(round) {
      await task(round);
      const fetch = act(core, "fetchSubmission");
      if (fetch !== undefined) {
        return fetch(round);
      }
      const submit = required(core, "submitTask");
      const [, captured] = await namespace.capture({}, () => submit(round));
      return captured.submission;
    },
    async audit(value, round, node) {
      let validate = act(core, "validateNode");
      if (validate === undefined) {
        const audit = required(core, "auditTask");
        const [, captured] = await namespace.capture({}, () => audit(round));
        validate = captured.validate;
      }
      if (validate === undefined) {
        throw new Error("auditTask has named no function that validates");
      }
      return validate(value, round, node);
    },
    async distribution(question) {
      const round = question["cycle"];
      const generate = act(core, "generateDistributionList");
      if (generate !== undefined) {
        const [list] = await namespace.capture({ distribution: question }, () => generate(round));
        return list;
      }
      const select = required(core, "selectAndGenerateDistributionList");
      const [, captured] = await namespace.capture({ distribution: question }, () => select(round, false));
      return captured.list;
    },
  };
}

/** What is done with a list that pays more than the bounty. */
export type Overpay = "scale" | "refuse";

/**
 * K2's list as one that the program takes. What is below 0 is left out: the program slashes. So is what goes to
 * nobody whose submission stands. What exceeds the bounty is scaled down or refused, as `overpay` says.
 */
export function listOf(
  amounts: unknown,
  question: Fields,
  overpay: Overpay,
  tell: (line: string) => void,
): { node: string; amount: string }[] {
  if (!isFields(amounts)) {
    throw new Error("the task's distribution is no object of amounts");
  }
  const bounty = BigInt(text(question, "bounty"));
  const verdicts = question["verdicts"];
  const stands = (index: number) => Array.isArray(verdicts) && verdicts[index] === true;
  const submissions = objects(question["submissions"]);
  const standing = submissions.filter((_, index) => stands(index)).map((one) => text(one, "node"));
  const payable = new Set(standing);
  for (const [node, amount] of Object.entries(amounts)) {
    if (typeof amount !== "number" || !Number.isFinite(amount)) {
      throw new Error(`the task pays ${node} ${String(amount)}, which is no amount`);
    }
    if (amount < 0) {
      tell(`the task slashes ${node}: left out, for the program slashes by its own rules`);
    } else if (amount > 0 && !payable.has(node)) {
      tell(`the task pays ${node}, whose submission does not stand: left out`);
    }
  }
  // In the order of the submissions, which is the same on every node.
  const paid = standing.map((node) => ({ node, amount: BigInt(Math.floor(Math.max(Number(amounts[node] ?? 0), 0))) }));
  const total = paid.reduce((sum, { amount }) => sum + amount, 0n);
  if (total > bounty && overpay === "refuse") {
    throw new Error(`the task's list pays ${total} of a bounty of ${bounty}`);
  }
  if (total > bounty) {
    tell(`the task's list pays ${total} of a bounty of ${bounty}: each amount is scaled down`);
  }
  const scaled = paid.map(({ node, amount }) => ({
    node,
    amount: total > bounty ? (amount * bounty) / total : amount,
  }));
  return scaled.filter(({ amount }) => amount > 0n).map(({ node, amount }) => ({ node, amount: amount.toString() }));
}

/** What was found of a submission. */
export type Opinion = { valid: boolean } | { unknown: string };

/** A value, its round, and its node. */
type Submission = [value: string, round: number, node: string];

/** The submission that is kept in `file`; `undefined` if there is none that can be read. */
function keptIn(file: string): Submission | undefined {
  if (!existsSync(file)) {
    return undefined;
  }
  try {
    const kept: unknown = JSON.parse(readFileSync(file, "utf8"));
    return isFields(kept) ? [text(kept, "value"), whole(kept, "round"), text(kept, "node")] : undefined;
  } catch {
    return undefined;
  }
}

/** The name of a submission that the task has judged. */
function key(...[value, round, node]: Submission): string {
  return JSON.stringify([round, node, value]);
}

/**
 * Asks a task about submissions. A value at which the task throws twice, though it calls another one valid when it is
 * asked about that anew, is invalid: otherwise whoever submits it is paid, because nobody votes. What the task said of
 * others earlier proves nothing: its source of data may have failed since. Nor does what it calls invalid, which may
 * need no data.
 */
export class Auditor {
  readonly #task: Task;
  readonly #tell: (line: string) => void;
  readonly #file: string;
  /** The last two submissions that the task called valid, the newest first. */
  #valid: Submission[] = [];
  #own: Submission | undefined;

  /** One that remembers the node's last submission in `file`. */
  constructor(task: Task, file: string, tell: (line: string) => void) {
    this.#task = task;
    this.#file = file;
    this.#tell = tell;
    this.#own = keptIn(file);
  }

  /** The node's own submission, which the task must be able to judge. */
  submitted(...[value, round, node]: Submission): void {
    this.#own = [value, round, node];
    try {
      writeFileSync(`${this.#file}.part`, JSON.stringify({ value, round, node }));
      renameSync(`${this.#file}.part`, this.#file);
    } catch (thrown) {
      // The work is done all the same.
      this.#tell(`the node's own submission cannot be kept: ${said(thrown)}`);
    }
  }

  /** Whether the bytes `value` of `node` for `round` are valid. */
  async judge(bytes: Buffer, round: number, node: string): Promise<Opinion> {
    const value = bytes.toString("utf8");
    if (!Buffer.from(value, "utf8").equals(bytes)) {
      // A task of K2 submits text.
      return { valid: false };
    }
    const first = await this.#ask(value, round, node);
    if (!(first instanceof Error)) {
      return first;
    }
    const second = await this.#ask(value, round, node);
    if (!(second instanceof Error)) {
      return second;
    }
    const why = said(second);
    if (await this.#holdsAnotherValid(value, round, node)) {
      this.#tell(`the task's audit throws at the submission of ${node} for round ${round}, and not at another: it is invalid (${why})`);
      return { valid: false };
    }
    return { unknown: `the task's audit throws: ${why}` };
  }

  async #ask(value: string, round: number, node: string): Promise<Opinion | Error> {
    try {
      const verdict = await this.#task.audit(value, round, node);
      if (typeof verdict !== "boolean") {
        return { unknown: "the task's audit says neither true nor false" };
      }
      const name = key(value, round, node);
      const others = this.#valid.filter((one) => key(...one) !== name);
      this.#valid = (verdict ? [[value, round, node] as Submission, ...others] : others).slice(0, 2);
      return { valid: verdict };
    } catch (thrown) {
      return thrown instanceof Error ? thrown : new Error(String(thrown));
    }
  }

  /** Whether the task calls another submission valid now. The last ones that it called so are asked about anew. */
  async #holdsAnotherValid(...thrown: Submission): Promise<boolean> {
    const known = this.#own === undefined ? this.#valid : [...this.#valid, this.#own];
    const others = new Map(known.map((one) => [key(...one), one]));
    others.delete(key(...thrown));
    for (const other of others.values()) {
      const opinion = await this.#ask(...other);
      if (!(opinion instanceof Error) && "valid" in opinion && opinion.valid) {
        return true;
      }
    }
    return false;
  }
}
