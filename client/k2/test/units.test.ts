import assert from "node:assert/strict";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { test } from "node:test";
import { entryOf, overpayOf } from "../src/bundle.js";
import { PublicKey, opened } from "../src/keys.js";
import { Node, text } from "../src/lines.js";
import { KEY_VARIABLE, Namespace, visible } from "../src/namespace.js";
import { number, submissionsOf, submittersOf } from "../src/state.js";
import { Auditor, listOf, type Task } from "../src/task.js";
import { folder, TASK } from "./played.js";

const SILENT = () => {};

/** A task's namespace without a node. */
function namespace(base = folder()): Namespace {
  return new Namespace(new Node(SILENT), { node: TASK, task: TASK }, base);
}

test("amounts are cut where a number cannot hold them", () => {
  assert.equal(number("10000"), 10_000);
  assert.equal(number("18446744073709551615"), Number.MAX_SAFE_INTEGER);
  assert.equal(number(undefined), 0);
});

test("large lists are scaled to the last base unit", () => {
  const bounty = "18446744073709551615";
  const submissions = ["a", "b"].map((node) => ({ node }));
  const question = { bounty, submissions, verdicts: [true, true] };
  const list = listOf({ a: 2 ** 64, b: 2 ** 64 }, question, "scale", SILENT);
  assert.deepEqual(list, ["a", "b"].map((node) => ({ node, amount: "9223372036854775807" })));
  for (const amount of [Number.NaN, Number.POSITIVE_INFINITY, "7", null]) {
    assert.throws(() => listOf({ a: amount }, question, "scale", SILENT), /no amount/);
  }
  assert.throws(() => listOf(undefined, question, "scale", SILENT), /no object/);
  assert.deepEqual(listOf({ b: 2.9, a: 0 }, question, "scale", SILENT), [{ node: "b", amount: "2" }]);
});

test("votes are weighed by what the ledger shows, and by the verdict where there is one", () => {
  const votes = (valid: string, invalid: string) => ({ valid, invalid, author: "10", electorate: "100" });
  const one = { node: "a", value: "", slot: 1, challenger: "c" };
  const found = (submission: object, verdicts: boolean[] = []) => {
    const all = submissionsOf(3, [{ ...one, ...submission }], verdicts);
    return all.submissions_audit_trigger[3]?.["a"]?.votes[0]?.is_valid;
  };
  assert.equal(found({ votes: null }), undefined);
  assert.equal(found({ votes: votes("0", "11") }), false);
  assert.equal(found({ votes: votes("1", "11") }), true);
  assert.equal(found({ votes: votes("0", "11") }, [true]), true);
  assert.equal(found({ votes: null }, [false]), false);
  const question = { submissions: [{ ...one, stake: null }, { ...one, stake: "70" }], verdicts: [true, false] };
  assert.deepEqual(submittersOf(question, 5), [
    { publicKey: "a", votes: 1, stake: 5 },
    { publicKey: "a", votes: -1, stake: 70 },
  ]);
});

test("files stay in the task's folder", async () => {
  const own = namespace();
  await own.fs("writeFile", "deep/down.txt", "text");
  assert.equal(String(await own.fsReadStream("deep/down.txt")), "text");
  for (const path of ["../out.txt", "deep/../../out.txt", "/../out.txt"]) {
    await assert.rejects(own.fs("writeFile", path, "text"), /outside/, path);
  }
  await own.fs("rename", "deep/down.txt", join(await own.getBasePath(), "up.txt"));
  assert.equal(String(await own.fsReadStream("up.txt")), "text");
  await assert.rejects(own.fs("copyFile", "up.txt", "../out.txt"), /outside/);
  await assert.rejects(own.fs("explode", "x"), /there is no explode/);
});

test("the store goes on after what it could not write", async () => {
  const base = folder();
  const own = namespace(base);
  await assert.rejects(own.storeSet("large", 1n));
  await own.storeSet("kept", "yes");
  rmSync(base, { recursive: true });
  await assert.rejects(own.storeSet("lost", "yes"), /ENOENT/);
  mkdirSync(base);
  await own.storeSet("last", "yes");
  const again = namespace(base);
  assert.equal(await again.storeGet("kept"), "yes");
  assert.equal(await again.storeGet("last"), "yes");
  assert.equal(await again.storeGet("constructor"), null);
});

test("no error shows a secret key, and the node's own is refused", async () => {
  const account = await namespace().getSubmitterAccount();
  const file = join(folder(), "key");
  writeFileSync(file, "secret");
  for (const named of [file, "[1,secret]"]) {
    process.env[KEY_VARIABLE] = named;
    assert.throws(
      () => account.secretKey,
      ({ message }: Error) => /names no key file/.test(message) && !message.includes("secret"),
    );
  }
  writeFileSync(file, JSON.stringify([...new Uint8Array(32), ...account.publicKey.toBytes()]));
  process.env[KEY_VARIABLE] = file;
  assert.throws(() => account.secretKey, /is the node's/);
  delete process.env[KEY_VARIABLE];
});

test("only a line feed ends a line", async () => {
  const told: unknown[] = [];
  const node = new Node((line) => told.push(JSON.parse(line)));
  const input = new PassThrough();
  const lines = Buffer.from('{"id":1,"echo":{"text":"a\u2028b\u2029c"}}\n{"id":2,"echo":{"text":"d"}}\n');
  // In the middle of a letter.
  input.write(lines.subarray(0, 26));
  input.end(lines.subarray(26));
  await node.answer(input, async (_, question) => ({ text: text(question, "text") }));
  await new Promise((done) => setImmediate(done));
  assert.deepEqual(told, [
    { id: 1, text: "a\u2028b\u2029c" },
    { id: 2, text: "d" },
  ]);
});

test("a value is invalid where the audit throws only while another one is held valid", async () => {
  let isDown = false;
  const audit = async (value: unknown) => {
    if (isDown || value === "no JSON") {
      throw new Error("no answer");
    }
    return value === "right";
  };
  const auditor = new Auditor({ audit } as unknown as Task, join(folder(), "own.json"), SILENT);
  const judge = (value: string) => auditor.judge(Buffer.from(value), 3, "a");
  const unknown = { unknown: "the task's audit throws: no answer" };
  assert.deepEqual(await judge("wrong"), { valid: false });
  assert.deepEqual(await judge("no JSON"), unknown, "what is invalid may need no data");
  assert.deepEqual(await judge("right"), { valid: true });
  assert.deepEqual(await judge("no JSON"), { valid: false });
  isDown = true;
  for (const value of ["right", "wrong", "no JSON"]) {
    assert.deepEqual(await judge(value), unknown, "during an outage");
  }
  isDown = false;
  assert.deepEqual(await judge("no JSON"), { valid: false });
});

test("what namespaceWrapper lacks says so when it is called", async () => {
  const seen = visible(namespace()) as { claimReward(): Promise<void>; then?: unknown };
  await assert.rejects(seen.claimReward(), /claimReward has no counterpart/);
  assert.equal(seen.then, undefined);
});

test("a signature that is none opens nothing", () => {
  const key = new PublicKey(TASK);
  assert.equal(key.toBase58(), TASK);
  assert(key.equals(new PublicKey(key.toBytes())));
  assert.throws(() => opened("3".repeat(90), TASK, TASK));
  assert.throws(() => new PublicKey("abc"), /no address/);
});

test("tests and packages of a task are no entry, and options are checked", () => {
  const task = folder();
  for (const inside of ["tests", "node_modules/x"]) {
    mkdirSync(join(task, inside), { recursive: true });
    writeFileSync(join(task, inside, "index.js"), "initializeTaskManager()");
  }
  assert.throws(() => entryOf(task), /no task of K2/);
  assert.equal(overpayOf(task), "scale");
  writeFileSync(join(task, "package.json"), JSON.stringify({ gradual: { overpay: "keep" } }));
  assert.throws(() => overpayOf(task), /use "scale" or "refuse"/);
});
