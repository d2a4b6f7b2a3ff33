import assert from "node:assert/strict";
import { test } from "node:test";
import { prove } from "../src/proof.js";
import { audit } from "../src/task/3-audit.js";
import { distribution } from "../src/task/4-distribution.js";

test("honest work is valid for its node and round only", async () => {
  const proof = prove("node", 3);
  assert.equal(await audit(proof, 3, "node"), true);
  assert.equal(await audit(proof, 3, "another"), false);
  assert.equal(await audit(proof, 4, "node"), false);
});

test("what cannot be read is invalid", async () => {
  const hostile = ["", "{ not JSON", "null", '{"nonce":-1}', '{"nonce":"1"}', '{"nonce":9007199254740993}'];
  for (const submission of [...hostile, "[".repeat(512)]) {
    assert.equal(await audit(submission, 3, "node"), false, submission);
  }
});

test("a list divides the bounty among those whose submissions stand", async () => {
  const submitter = (publicKey, votes) => ({ publicKey, votes, stake: 10 });
  const three = [submitter("a", 1), submitter("b", -1), submitter("c", 1)];
  assert.deepEqual(await distribution(three, 101, 3), { a: 50, c: 50 });
  assert.deepEqual(await distribution([], 101, 3), {});
});
