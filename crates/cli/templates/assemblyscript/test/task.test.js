import assert from "node:assert/strict";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { WASI } from "node:wasi";

const LARGEST_BOUNTY = 2n ** 64n - 1n;
const module = await WebAssembly.compile(readFileSync(new URL("../build/task.wasm", import.meta.url)));

/** The module's answers to `questions`, which are lines. */
async function answers(...questions) {
  const folder = mkdtempSync(join(tmpdir(), "task-"));
  const [input, output] = ["input", "output"].map((name) => join(folder, name));
  writeFileSync(input, questions.map((question) => `${question}\n`).join(""));
  const [stdin, stdout] = [openSync(input, "r"), openSync(output, "w")];
  const wasi = new WASI({ version: "preview1", stdin, stdout });
  wasi.start(await WebAssembly.instantiate(module, wasi.getImportObject()));
  [stdin, stdout].forEach(closeSync);
  const lines = readFileSync(output, "utf8").split("\n").slice(0, -1);
  rmSync(folder, { recursive: true });
  return lines.map((line) => JSON.parse(line));
}

/** The answer to one question. */
async function ask(name, asked) {
  const [answer] = await answers(JSON.stringify({ id: 1, [name]: asked }));
  return answer;
}

const audit = (node, cycle, value) => ask("audit", { node, cycle, value, slot: 9 });
const base64 = (bytes) => Buffer.from(bytes).toString("base64");

test("honest work is valid for its node and cycle only", async () => {
  const { value } = await ask("work", { node: "node", cycle: 3 });
  assert.deepEqual(await audit("node", 3, value), { valid: true });
  assert.deepEqual(await audit("another", 3, value), { valid: false });
  assert.deepEqual(await audit("node", 4, value), { valid: false });
  const padded = base64([...Buffer.from(value, "base64"), 0]);
  assert.deepEqual(await audit("node", 3, padded), { valid: false });
});

test("what cannot be read is invalid", async () => {
  const hostile = ["", "{ not JSON", "null", '{"nonce":}', '{"nonce":-1}', '{"nonce":"1"}', '{"nonce":9007199254740993}', "[".repeat(512)];
  for (const value of [...hostile.map(base64), base64([0xff, 0xfe]), "abc", "ab=c"]) {
    assert.deepEqual(await audit("node", 3, value), { valid: false }, value);
  }
});

test("a list divides any bounty exactly", async () => {
  const submissions = ["a", "b", "c"].map((node) => ({ node, votes: [1, { node: "d" }], value: "" }));
  const list = (bounty) => ask("distribution", { bounty: bounty.toString(), submissions, verdicts: [true, false, true] });
  const amount = (LARGEST_BOUNTY / 2n).toString();
  assert.deepEqual(await list(LARGEST_BOUNTY), { list: [{ node: "a", amount }, { node: "c", amount }] });
  assert.deepEqual(await list(1n), { list: [] });
  assert.deepEqual(await ask("distribution", { bounty: "9", submissions: [], verdicts: [] }), { list: [] });
});

test("every line is answered, however long it is", async () => {
  const long = JSON.stringify({ id: 1, hello: { texts: { name: '"work":{', description: "ä".repeat(200_000) } } });
  const [hello, another, broken] = await answers(long, '{"id":2,"another":{}}', "{ not JSON");
  assert.deepEqual(hello, {});
  assert.ok("error" in another && "error" in broken);
});
