/** The answers to a node's questions about the task. */

import { decoded, encoded } from "./base64";
import { digitsAt, field, first, isTrue, next, NONE, textAt } from "./json";
import { audit, distribution, Submission, work } from "./task";

function refusal(why: string): string {
  return `{"error":"${why}"}`;
}

/** Work and audits are about a node and a cycle. */
function aboutNode(question: string, worked: i32, audited: i32): string {
  const asked = worked != NONE ? worked : audited;
  const node = textAt(question, field(question, asked, "node"));
  const cycle = digitsAt(question, field(question, asked, "cycle"));
  if (node === null || cycle === null) {
    return refusal("node is no text, or cycle is no number");
  }
  if (worked != NONE) {
    return `{"value":"${encoded(work(node, U64.parseInt(cycle)))}"}`;
  }
  // What cannot be read is invalid. An audit that needs what it cannot have now answers {"unknown":"why"} instead.
  const text = textAt(question, field(question, asked, "value"));
  const value = decoded(text === null ? "" : text);
  const isValid = value !== null && audit(node, U64.parseInt(cycle), value);
  return `{"valid":${isValid.toString()}}`;
}

function list(question: string, asked: i32): string {
  // Amounts are texts: a bounty may be larger than JSON's numbers are exact.
  const bounty = textAt(question, field(question, asked, "bounty"));
  if (bounty === null) {
    return refusal("the bounty is no amount");
  }
  const submissions: Submission[] = [];
  let verdict = first(question, field(question, asked, "verdicts"));
  let one = first(question, field(question, asked, "submissions"));
  while (one != NONE && verdict != NONE) {
    const node = textAt(question, field(question, one, "node"));
    if (node === null) {
      return refusal("a submission cannot be read");
    }
    submissions.push(new Submission(node, isTrue(question, verdict)));
    one = next(question, one);
    verdict = next(question, verdict);
  }
  distribution(U64.parseInt(bounty), submissions);
  const paid: string[] = [];
  for (let i = 0; i < submissions.length; i++) {
    if (submissions[i].amount > 0) {
      paid.push(`{"node":"${submissions[i].node}","amount":"${submissions[i].amount.toString()}"}`);
    }
  }
  return `{"list":[${paid.join(",")}]}`;
}

/** The answer to one question, which is a line of JSON. */
export function answer(question: string): string {
  const worked = field(question, 0, "work");
  const audited = field(question, 0, "audit");
  const listed = field(question, 0, "distribution");
  if (field(question, 0, "hello") != NONE) {
    return "{}";
  }
  if (worked != NONE || audited != NONE) {
    return aboutNode(question, worked, audited);
  }
  return listed != NONE ? list(question, listed) : refusal("this question is not known");
}
