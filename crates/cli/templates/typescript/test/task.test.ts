import assert from "node:assert/strict";
import { test } from "node:test";
import { answer, isOutage } from "../src/answer.ts";
import { audit, distribution, Outage, work } from "../src/task.ts";

const LARGEST_BOUNTY = 2n ** 64n - 1n;

test("honest work is valid for its node and cycle only", async () => {
  const proof = await work("node", 3);
  assert.equal(await audit("node", 3, proof), true);
  assert.equal(await audit("another", 3, proof), false);
  assert.equal(await audit("node", 4, proof), false);
});

test("what cannot be read is invalid", async () => {
  const texts = ["", "{ not JSON", "null", '{"nonce":-1}', '{"nonce":"1"}', '{"nonce":9007199254740993}', "[".repeat(512)];
  const values = [...texts.map((text) => new TextEncoder().encode(text)), Uint8Array.of(0xff, 0xfe)];
  for (const value of values) {
    assert.equal(await audit("node", 3, value), false, String(value));
  }
});

test("an outage is no verdict", () => {
  const refused = Object.assign(new Error("refused"), { syscall: "connect" });
  for (const outage of [new Outage("no data"), refused, new TypeError("fetch failed", { cause: refused })]) {
    assert.equal(isOutage(outage), true, String(outage));
  }
  for (const other of [new TypeError("not a function"), new SyntaxError("not JSON"), "text", undefined]) {
    assert.equal(isOutage(other), false, String(other));
  }
});

test("a list divides any bounty exactly", () => {
  const submission = (node: string, stands: boolean) => ({ node, stands });
  const three = [submission("a", true), submission("b", false), submission("c", true)];
  const half = LARGEST_BOUNTY / 2n;
  assert.deepEqual(distribution(LARGEST_BOUNTY, three), [{ node: "a", amount: half }, { node: "c", amount: half }]);
  assert.deepEqual(distribution(1n, three), []);
  assert.deepEqual(distribution(1n, []), []);
});

test("every question is answered", async () => {
  const ask = (name: string, asked: object) => answer(JSON.stringify({ id: 1, [name]: asked }));
  assert.deepEqual(await ask("hello", { version: 2 }), {});
  const { value } = await ask("work", { node: "a", cycle: 3 });
  assert.deepEqual(await ask("audit", { node: "a", cycle: 3, value, slot: 9 }), { valid: true });
  assert.deepEqual(await ask("audit", { node: "a", cycle: 3, value: "", slot: 9 }), { valid: false });
  const listed = await ask("distribution", {
    bounty: LARGEST_BOUNTY.toString(), submissions: [{ node: "a" }, { node: "b" }], verdicts: [false, true],
  });
  assert.deepEqual(listed, { list: [{ node: "b", amount: LARGEST_BOUNTY.toString() }] });
  assert.ok("error" in (await ask("another", {})));
  assert.ok("error" in (await answer("{ not JSON")));
});
