import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdirSync, watch, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { folder, Played, TASK, TASKS } from "./played.js";

/** Where `task` serves its routes. */
async function routes(task: Played): Promise<string> {
  const line = await task.line(/routes are served/);
  return `http://127.0.0.1:${/(\d+)$/.exec(line)?.[1]}`;
}

async function got(url: string): Promise<unknown> {
  return (await fetch(url)).json();
}

test("a task of handlers is played, and its routes are served", async () => {
  const task = new Played(join(TASKS, "handlers"));
  assert.deepEqual(await task.hello(folder()), { version: 2, concurrent: true });
  const proof = await task.work(3);
  assert.equal((JSON.parse(proof) as { round: number }).round, 3);
  assert.deepEqual(task.asked, ["slot", "sign"]);
  assert.deepEqual(await task.audit(3, proof), { valid: true });
  assert.deepEqual(await task.audit(4, proof), { valid: false }, "of another round");
  assert.deepEqual(await task.audit(3, proof, "11111111111111111111111111111111"), { valid: false });
  const served = await routes(task);
  assert.deepEqual(await got(`${served}/setups`), { setups: "1" });
  assert.deepEqual(await got(`${served}/task/${TASK}/setups`), { setups: "1" }, "as K2's node shows it");
  assert.equal(await task.end(), 0);
});

test("audits and lists are answered while the task works, and the store outlives the process", async () => {
  const state = folder();
  const first = new Played(join(TASKS, "handlers"));
  await first.hello(state);
  const proof = await first.work(3);
  assert.equal(await first.end(), 0);
  writeFileSync(join(state, "store.json"), JSON.stringify({ setups: "1", hold: "yes" }));
  execFileSync("mkfifo", [join(state, "release")]);
  const second = new Played(join(TASKS, "handlers"));
  await second.hello(state);
  await second.line(/^set up 2$/);
  let isDone = false;
  const work = second.work(4).then((value) => {
    isDone = true;
    return value;
  });
  assert.deepEqual(await second.audit(3, proof, first.node), { valid: true });
  assert.deepEqual(await second.distribution(3, "10", [["a", true]]), { list: [{ node: "a", amount: "10" }] });
  assert.equal(isDone, false);
  writeFileSync(join(state, "release"), "the test");
  assert.match(await work, /"round":4/);
  await second.line(/^released by the test$/);
  await second.end();
});

test("a value at which the audit throws is invalid once the task has judged another", async () => {
  const state = folder();
  const task = new Played(join(TASKS, "handlers"));
  await task.hello(state);
  const silent = await task.audit(3, "no JSON");
  assert.match(String(silent["unknown"]), /throws/, "it may throw at everything");
  const proof = await task.work(3);
  assert.deepEqual(await task.audit(3, "no JSON"), { valid: false }, "it judges its own work");
  await task.line(/audit throws at the submission of/);
  assert.deepEqual(await task.audit(3, "null"), { valid: false });
  assert.deepEqual(await task.audit(3, Uint8Array.of(0xff, 0xfe)), { valid: false }, "no text");
  assert.deepEqual(await task.audit(3, ""), { valid: false });
  const later = await task.audit(3, JSON.stringify({ round: 3, sealed: "later" }));
  assert.match(String(later["unknown"]), /neither true nor false/);
  assert.deepEqual(await task.audit(3, proof), { valid: true });
  await task.end();
  const again = new Played(join(TASKS, "handlers"));
  await again.hello(state);
  assert.deepEqual(await again.audit(3, "no JSON"), { valid: false }, "its own work is remembered");
  await again.end();
});

test("slashes, strangers and nothing are left out of a list, and too much is scaled down", async () => {
  const task = new Played(join(TASKS, "handlers"));
  await task.hello(folder());
  const three: [string, boolean][] = [["a", true], ["b", false], ["c", true]];
  const listed = await task.distribution(3, "101", three);
  assert.deepEqual(listed, { list: [{ node: "a", amount: "50" }, { node: "c", amount: "50" }] });
  await task.line(/slashes b: left out/);
  await task.line(/pays 11111111111111111111111111111111, whose submission does not stand/);
  const scaled = await task.distribution(9, "101", three);
  assert.deepEqual(scaled, { list: [{ node: "a", amount: "50" }, { node: "c", amount: "50" }] });
  await task.line(/pays 202 of a bounty of 101: each amount is scaled down/);
  assert.deepEqual(await task.distribution(3, "1", three), { list: [] });
  await task.end();
});

test("a lesson's handler files are played without an entry, and may refuse what exceeds the bounty", async () => {
  const task = new Played(join(TASKS, "lesson"));
  await task.hello(folder());
  assert.equal(await task.work(3), `${task.node} 3`);
  assert.deepEqual(await task.audit(3, `${task.node} 3`), { valid: true });
  const refused = await task.distribution(3, "10", [["a", true]]);
  assert.match(String(refused["error"]), /pays 70 of a bounty of 10/);
  await task.end();
});

test("a task that wants a secret key is told how, and is given the key that the operator names", async () => {
  const key = join(folder(), "key.json");
  writeFileSync(key, JSON.stringify(Array.from({ length: 64 }, (_, byte) => byte)));
  const [without, opted] = [{}, { GRADUAL_K2_KEYPAIR: key }].map((given) => new Played(join(TASKS, "lesson"), given));
  assert(without !== undefined && opted !== undefined);
  await without.hello(folder());
  await opted.hello(folder());
  assert.match(await without.work(8), /name a key file in GRADUAL_K2_KEYPAIR: use a key that owns nothing/);
  assert.match(await opted.work(8), /^0,1,2,3/);
  await Promise.all([without.end(), opted.end()]);
});

test("an older task's functions are asked directly", async () => {
  const task = new Played(join(TASKS, "core"));
  await task.hello(folder());
  assert.equal(await task.work(3), "cid of 3");
  await task.line(/submits cid of 3 for 3/);
  assert.deepEqual(await task.audit(3, "cid of 3"), { valid: true });
  assert.deepEqual(await task.audit(3, "cid of 4"), { valid: false });
  const listed = await task.distribution(3, "100", [["a", true], ["b", false], ["c", true]]);
  assert.deepEqual(listed, { list: [{ node: "a", amount: "50" }, { node: "c", amount: "50" }] });
  assert.deepEqual(task.asked, [], "a list depends on nothing but the question");
  assert.deepEqual(await got(`${await routes(task)}/cid`), { cid: "cid of 3", node: task.node });
  await task.end();
});

test("an older task may have the list written through the node's selection", async () => {
  const task = new Played(join(TASKS, "captured"));
  await task.hello(folder());
  const listed = await task.distribution(4, "100", [["a", true], ["b", true]]);
  assert.deepEqual(listed, { list: [{ node: "a", amount: "4" }, { node: "b", amount: "4" }] });
  assert.deepEqual(await task.distribution(4, "100", []), { list: [] }, "it writes no list then");
  await task.end();
});

test("what an older task hands to the node is caught", async () => {
  const task = new Played(join(TASKS, "captured"));
  task.told["submissions"] = [{ node: "author", value: "cmlnaHQ=", slot: 1, votes: null, challenger: null }];
  await task.hello(folder());
  assert.equal(await task.work(3), "result 3");
  assert.deepEqual(await task.audit(3, "right"), { valid: true });
  assert.deepEqual(await task.audit(3, "wrong"), { valid: false });
  const listed = await task.distribution(3, "100", [["a", true], ["b", true]]);
  assert.deepEqual(listed, { list: [{ node: "a", amount: "3" }, { node: "b", amount: "3" }] });
  await task.end();
});

test("a task that cannot be set up says why, and ends so that another is started", async () => {
  const broken = folder();
  const text = `import { initializeTaskManager } from "@_koii/task-manager";
    const none = () => {};
    const setup = () => { throw new Error("no line"); };
    initializeTaskManager({ setup, task: none, submission: none, audit: none, distribution: none });`;
  writeFileSync(join(broken, "index.js"), text);
  const task = new Played(broken);
  await task.hello(folder());
  assert.equal(await task.work(3), "no line");
  assert.equal(await task.ended(), 1);
});

/** Waits until there is nothing in `folder`. */
async function emptied(folder: string): Promise<void> {
  await new Promise<void>((done) => {
    const look = () => {
      if (readdirSync(folder).length === 0) {
        watcher.close();
        done();
      }
    };
    const watcher = watch(folder, look);
    look();
  });
}

test("without a folder for its state nothing is left behind, not even by a process that is killed", async () => {
  const temporary = folder();
  for (const end of [(task: Played) => task.end(), (task: Played) => task.kill()]) {
    const task = new Played(join(TASKS, "handlers"), { TMPDIR: temporary });
    assert.deepEqual(await task.hello(null), { version: 2, concurrent: true });
    assert.match(await task.work(3), /"round":3/);
    assert.equal(readdirSync(temporary).length, 1);
    await end(task);
    await emptied(temporary);
  }
});

test("a folder that is no task is refused", async () => {
  const task = new Played(folder());
  const refused = await task.hello(folder());
  assert.match(String(refused["error"]), /is no task of K2/);
  await task.end();
});
