/** A task's state in K2's shape, from what the node tells. */

import { isFields, text, whole, type Fields } from "./lines.js";

/** A submission in K2's shape. */
interface Submitted {
  submission_value: string;
  slot: number;
  round: number;
}

/** An audit in K2's shape. */
interface Trigger {
  trigger_by: string;
  slot: number;
  votes: { is_valid: boolean; voter: string; slot: number }[];
}

/** What K2's tasks read of the submissions of one round. */
export interface Submissions {
  submissions: Record<string, Record<string, Submitted>>;
  submissions_audit_trigger: Record<string, Record<string, Trigger>>;
}

/** A submission as `distribution` names it to K2's tasks. */
export interface Submitter {
  publicKey: string;
  votes: number;
  stake: number;
}

/** An amount in base units as a number. K2's tasks count in numbers: what one cannot hold is cut. */
export function number(amount: unknown): number {
  const units = typeof amount === "string" && /^\d+$/.test(amount) ? BigInt(amount) : 0n;
  const most = BigInt(Number.MAX_SAFE_INTEGER);
  return Number(units > most ? most : units);
}

/** The objects in `value`. */
export function objects(value: unknown): Fields[] {
  return Array.isArray(value) ? value.filter(isFields) : [];
}

/** The value of a submission, which the node tells in base64. */
export function valueOf(submission: Fields): string {
  return Buffer.from(text(submission, "value"), "base64").toString("utf8");
}

/** Whether the votes on a submission call it valid, by weight, the author's included; `undefined` if there are none. */
function stands(submission: Fields): boolean | undefined {
  const votes = submission["votes"];
  if (!isFields(votes) || votes["electorate"] === "0") {
    return undefined;
  }
  const weight = (name: string) => BigInt(text(votes, name));
  return weight("valid") + weight("author") >= weight("invalid");
}

/**
 * The `submissions` of `round` in K2's shape. A challenged submission has one vote, which says what became of it: by
 * its verdict if `verdicts` has one, and otherwise by the votes so far.
 */
export function submissionsOf(
  round: number,
  submissions: Fields[],
  verdicts: readonly unknown[] = [],
): Submissions {
  const values: Record<string, Submitted> = {};
  const triggers: Record<string, Trigger> = {};
  submissions.forEach((submission, index) => {
    const node = text(submission, "node");
    const slot = whole(submission, "slot");
    values[node] = { submission_value: valueOf(submission), slot, round };
    const byVotes = stands(submission);
    const verdict = verdicts[index];
    const isValid = typeof verdict === "boolean" ? verdict : byVotes;
    if (byVotes !== undefined || isValid === false) {
      const voter = String(submission["challenger"] ?? node);
      const votes = [{ is_valid: isValid ?? true, voter, slot }];
      triggers[node] = { trigger_by: voter, slot, votes };
    }
  });
  return {
    submissions: { [round]: values },
    submissions_audit_trigger: { [round]: triggers },
  };
}

/** What K2's `distribution` is given: votes are above 0 where a submission stands, and below 0 where it fell. */
export function submittersOf(question: Fields, minimumStake: number): Submitter[] {
  const verdicts = question["verdicts"];
  return objects(question["submissions"]).map((submission, index) => ({
    publicKey: text(submission, "node"),
    votes: Array.isArray(verdicts) && verdicts[index] === true ? 1 : -1,
    stake: submission["stake"] === null ? minimumStake : number(submission["stake"]),
  }));
}

/** The terms and texts that `hello` tells, in K2's shape. */
export function termsOf(hello: Fields): Fields {
  const part = (name: string): Fields => {
    const found = hello[name];
    return isFields(found) ? found : {};
  };
  const [schedule, terms, texts] = [part("schedule"), part("terms"), part("texts")];
  return {
    task_name: texts["name"],
    task_description: texts["description"],
    task_audit_program: texts["audit_program"],
    task_metadata: texts["metadata"],
    task_vars: texts["vars"],
    task_manager: terms["manager"],
    token_type: terms["mint"],
    minimum_stake_amount: number(terms["minimum_stake"]),
    bounty_amount_per_round: number(terms["bounty_per_round"]),
    allowed_failed_distributions: terms["allowed_failed_distributions"],
    starting_slot: schedule["starting_slot"],
    round_time: schedule["round_time"],
    audit_window: schedule["audit_window"],
    submission_window: schedule["submission_window"],
    is_allowlisted: true,
    is_active: true,
  };
}

/** What changes of a task, as the node answers `task_state`, in K2's shape. */
export function changingOf(state: Fields): Fields {
  const nodes = objects(state["nodes"]);
  const by = (field: string) =>
    Object.fromEntries(nodes.map((node) => [text(node, "node"), number(node[field])]));
  const endpoints = nodes.map((node) => [text(node, "node"), String(node["endpoint"] ?? "")]);
  return {
    is_active: state["active"],
    total_stake_amount: number(state["total_stake"]),
    total_bounty_amount: number(state["bounty_available"]),
    stake_list: by("stake"),
    available_balances: by("available"),
    ip_address_list: Object.fromEntries(endpoints.filter(([, endpoint]) => endpoint !== "")),
  };
}
