/** The object `namespaceWrapper` of K2's tasks, over what the node offers. */

import bs58 from "bs58";
import Datastore from "nedb-promises";
import { AsyncLocalStorage } from "node:async_hooks";
import { createWriteStream, existsSync, mkdirSync, readFileSync, promises, type WriteStream } from "node:fs";
import { rename, writeFile } from "node:fs/promises";
import { dirname, join, resolve, sep } from "node:path";
import { opened, PublicKey, sealed } from "./keys.js";
import { isFields, said, text, whole, type Fields, type Node } from "./lines.js";
import { changingOf, number, objects, submissionsOf, termsOf, type Submissions } from "./state.js";

/** What a task does while it is asked, and hands to `namespaceWrapper` instead of returning it. */
export interface Captured {
  /** The question that is being answered, if it is `distribution`. */
  distribution?: Fields;
  submission?: unknown;
  validate?: (...given: unknown[]) => unknown;
  list?: unknown;
}

/** Where the operator names a key file for tasks that insist on a secret key. */
export const KEY_VARIABLE = "GRADUAL_K2_KEYPAIR";

/** How to opt in to a secret key, and what that risks. */
const SECRET =
  "the task asks for the node's secret key, which the node does not give away. If the task cannot do without one, " +
  `name a key file in ${KEY_VARIABLE}: use a key that owns nothing, for whoever wrote the task or one of its ` +
  "packages can take all that it owns. It must not be the node's: its stake could be withdrawn";

/** Longest message that the node signs, in bytes. */
const LONGEST_MESSAGE = 32 * 1_024;

/** Methods of `fs` whose second argument is a path, too. */
const TWO_PATHS = new Set(["copyFile", "cp", "link", "rename", "symlink"]);

/** The secret key in `file`, which must not be that of `node`. No error shows the file's name or its text. */
function secretKeyIn(file: string, node: PublicKey): Uint8Array {
  let found: unknown;
  try {
    found = JSON.parse(readFileSync(file, "utf8"));
  } catch {
    found = undefined;
  }
  if (!Array.isArray(found) || found.length !== 64) {
    throw new Error(`${KEY_VARIABLE} names no key file: an array of 64 numbers`);
  }
  const bytes = Uint8Array.from(found as number[]);
  if (node.equals(new PublicKey(bytes.subarray(32)))) {
    throw new Error(`the key in ${KEY_VARIABLE} is the node's, whose stake could be withdrawn: use one that owns nothing`);
  }
  return bytes;
}

/** What a node of Solana takes for a slot, in milliseconds. */
const SLOT_MILLISECONDS = 400;

/** The account that `getSubmitterAccount` returns. Its secret key is only there where the operator opts in. */
class Account {
  readonly publicKey: PublicKey;

  constructor(node: string) {
    this.publicKey = new PublicKey(node);
  }

  get secretKey(): Uint8Array {
    const file = process.env[KEY_VARIABLE];
    if (file === undefined || file === "") {
      throw new Error(SECRET);
    }
    return secretKeyIn(file, this.publicKey);
  }
}

/** What a task may call. Names and arguments are K2's. */
export class Namespace {
  readonly #node: Node;
  readonly #hello: Fields;
  readonly #base: string;
  readonly #captured = new AsyncLocalStorage<Captured>();
  #store: Record<string, unknown> | undefined;
  #written: Promise<void> = Promise.resolve();
  #database: Datastore<Fields> | undefined;

  /** One that keeps its files in the folder `base`. */
  constructor(node: Node, hello: Fields, base: string) {
    this.#node = node;
    this.#hello = hello;
    this.#base = resolve(base);
  }

  /** Runs `act`, and returns what it returned and what it handed over meanwhile. */
  async capture<T>(captured: Captured, act: () => T): Promise<[Awaited<T>, Captured]> {
    const returned = await this.#captured.run(captured, async () => await act());
    return [returned, captured];
  }

  #capturing(): Captured {
    return this.#captured.getStore() ?? {};
  }

  // The store.

  #stored(): Record<string, unknown> {
    if (this.#store === undefined) {
      const file = join(this.#base, "store.json");
      const found: unknown = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {};
      this.#store = isFields(found) ? found : {};
    }
    return this.#store;
  }

  async storeSet(key: string, value: unknown): Promise<void> {
    // It throws at what cannot be written: that must not keep all else from being written.
    JSON.stringify(value);
    this.#stored()[key] = value;
    const write = async (): Promise<void> => {
      const file = join(this.#base, "store.json");
      await writeFile(`${file}.part`, JSON.stringify(this.#store));
      await rename(`${file}.part`, file);
    };
    // One after the other, each whole; one that failed, as on a full disk, holds up no later one.
    this.#written = this.#written.then(write, write);
    await this.#written;
  }

  async storeGet(key: string): Promise<unknown> {
    const stored = this.#stored();
    return Object.hasOwn(stored, key) ? (stored[key] ?? null) : null;
  }

  async getDb(): Promise<Datastore<Fields>> {
    this.#database ??= Datastore.create({ filename: join(this.#base, "database.db"), autoload: true });
    return this.#database;
  }

  async initializeDB(): Promise<void> {
    await this.getDb();
  }

  // Files.

  #require(found: string, path: string): string {
    if (found !== this.#base && !found.startsWith(this.#base + sep)) {
      throw new Error(`${path} lies outside of the task's folder`);
    }
    mkdirSync(dirname(found), { recursive: true });
    return found;
  }

  #inside(path: string): string {
    return this.#require(resolve(this.#base, `.${sep}${path}`), path);
  }

  async getBasePath(): Promise<string> {
    return this.#base;
  }

  async getTaskDBPath(): Promise<string> {
    return join(this.#base, "database.db");
  }

  async getTaskLevelDBPath(): Promise<string> {
    return join(this.#base, "level");
  }

  async fs(method: string, path: string, ...given: unknown[]): Promise<unknown> {
    const call: unknown = Reflect.get(promises, method);
    if (typeof call !== "function") {
      throw new Error(`fs: there is no ${method}`);
    }
    const [second, ...rest] = given;
    // On K2 the second path is a whole one, as `getBasePath` begins it.
    const all =
      TWO_PATHS.has(method) && typeof second === "string"
        ? [this.#require(resolve(this.#base, second), second), ...rest]
        : given;
    return Reflect.apply(call, promises, [this.#inside(path), ...all]);
  }

  async fsStaking(method: string, path: string, ...given: unknown[]): Promise<unknown> {
    return this.fs(method, path, ...given);
  }

  async fsWriteStream(path: string): Promise<WriteStream> {
    return createWriteStream(this.#inside(path));
  }

  async fsReadStream(path: string): Promise<Buffer> {
    return promises.readFile(this.#inside(path));
  }

  // The node and its signatures.

  #address(): string {
    return text(this.#hello, "node");
  }

  async getSubmitterAccount(): Promise<Account> {
    return new Account(this.#address());
  }

  async getMainAccountPubkey(): Promise<string> {
    return this.#address();
  }

  async getRpcUrl(): Promise<unknown> {
    return this.#hello["rpc"];
  }

  async payloadSigning(body: unknown): Promise<string> {
    const message = Buffer.from(JSON.stringify(body));
    if (message.length > LONGEST_MESSAGE) {
      throw new Error(`a payload of ${message.length} bytes: ${LONGEST_MESSAGE} are the most, so sign its digest`);
    }
    const signed = await this.#node.call("sign", { message: message.toString("base64") });
    if (!isFields(signed)) {
      throw new Error("the node does not sign");
    }
    return sealed(Buffer.from(text(signed, "signature"), "base64"), message);
  }

  async verifySignature(seal: string, key: string): Promise<{ data?: string; error?: string }> {
    try {
      return { data: opened(seal, key, text(this.#hello, "task")) };
    } catch (thrown) {
      return { error: said(thrown) };
    }
  }

  async bs58Encode(data: Uint8Array): Promise<string> {
    return bs58.encode(data);
  }

  async bs58Decode(data: string): Promise<Uint8Array> {
    return bs58.decode(data);
  }

  decodePayload(payload: Uint8Array): string {
    return Buffer.from(payload).toString("utf8");
  }

  // Time.

  async getSlot(): Promise<number> {
    const told = await this.#node.call("slot");
    return isFields(told) ? whole(told, "slot") : 0;
  }

  async getRound(): Promise<number> {
    const schedule = this.#hello["schedule"];
    if (!isFields(schedule)) {
      throw new Error("the node has not told the task's schedule");
    }
    const since = (await this.getSlot()) - whole(schedule, "starting_slot");
    return Math.floor(since / whole(schedule, "round_time"));
  }

  async getAverageSlotTime(): Promise<number> {
    return SLOT_MILLISECONDS;
  }

  // The task's state. In `distribution` it is what the question says: every node is told the same.

  async getTaskState(options: Fields = {}): Promise<Fields> {
    const asked = this.#capturing().distribution;
    const terms = termsOf(this.#hello);
    if (asked !== undefined) {
      const submissions = objects(asked["submissions"]);
      const stake = (one: Fields) =>
        one["stake"] === null ? terms["minimum_stake_amount"] : number(one["stake"]);
      return {
        ...terms,
        ...this.#submissions(asked),
        bounty_amount_per_round: number(asked["bounty"]),
        stake_list: Object.fromEntries(submissions.map((one) => [text(one, "node"), stake(one)])),
      };
    }
    const told = await this.#node.call("task_state");
    const state = isFields(told) ? told : {};
    const open = options["is_submission_required"] === true ? objects(state["cycles"]) : [];
    const all: Submissions = { submissions: {}, submissions_audit_trigger: {} };
    for (const cycle of open) {
      const found = await this.getTaskSubmissionInfo(whole(cycle, "cycle"));
      Object.assign(all.submissions, found.submissions);
      Object.assign(all.submissions_audit_trigger, found.submissions_audit_trigger);
    }
    return { ...terms, ...changingOf(state), ...all };
  }

  #submissions(asked: Fields): Submissions {
    const verdicts = asked["verdicts"];
    const known = Array.isArray(verdicts) ? verdicts : [];
    return submissionsOf(whole(asked, "cycle"), objects(asked["submissions"]), known);
  }

  async getTaskSubmissionInfo(round: number): Promise<Submissions> {
    const asked = this.#capturing().distribution;
    if (asked !== undefined && asked["cycle"] === round) {
      return this.#submissions(asked);
    }
    return submissionsOf(round, objects(await this.#node.call("submissions", { cycle: round })));
  }

  async getNodes(): Promise<unknown> {
    return this.#node.call("endpoints");
  }

  // What older tasks hand over.

  async checkSubmissionAndUpdateRound(submission: unknown): Promise<void> {
    this.#capturing().submission = submission;
  }

  async validateAndVoteOnNodes(validate: (...given: unknown[]) => unknown): Promise<void> {
    this.#capturing().validate = validate;
  }

  async validateAndVoteOnDistributionList(): Promise<void> {
    // The node audits lists by writing them itself.
  }

  async nodeSelectionDistributionList(): Promise<string> {
    return this.#address();
  }

  async selectAndGenerateDistributionList(
    submit: (round: unknown, isPreviousRoundFailed: unknown) => unknown,
    round: unknown,
    isPreviousRoundFailed: unknown,
  ): Promise<void> {
    // Here every node writes the list: some propose it, the others compare.
    await submit(round, isPreviousRoundFailed);
  }

  async uploadDistributionList(list: unknown): Promise<boolean> {
    this.#capturing().list = list;
    return true;
  }

  async distributionListSubmissionOnChain(): Promise<void> {
    // The node proposes the list.
  }

  async payoutTrigger(): Promise<void> {
    // The node has payouts made.
  }

  async defaultTaskSetup(): Promise<void> {
    // The node plays the rounds.
  }

  // The log.

  async logMessage(level: unknown, message: unknown, action: unknown = ""): Promise<boolean> {
    console.error(`${String(level)}: ${String(message)} ${String(action)}`.trimEnd());
    return true;
  }

  async logger(level: unknown, message: unknown, action?: unknown): Promise<boolean> {
    return this.logMessage(level, message, action);
  }
}

/** `namespace` as tasks see it: what it lacks says so when it is called. */
export function visible(namespace: Namespace): object {
  return new Proxy(namespace, {
    get(target, name) {
      const found: unknown = Reflect.get(target, name, target);
      if (typeof found === "function") {
        return found.bind(target);
      }
      // A promise is asked for `then`.
      if (found !== undefined || typeof name === "symbol" || name === "then" || name === "default") {
        return found;
      }
      return async () => {
        throw new Error(`namespaceWrapper.${name} has no counterpart here: see docs/from-k2.md`);
      };
    },
  });
}
