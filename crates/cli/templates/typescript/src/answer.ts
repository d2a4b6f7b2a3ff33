/** The answers to a node's questions about the task. */

import * as task from "./task.ts";

type Fields = Record<string, unknown>;

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null;
}

function text(asked: Fields, name: string): string {
  const found = asked[name];
  if (typeof found !== "string") {
    throw new Error(`${name} is no text`);
  }
  return found;
}

function whole(asked: Fields, name: string): number {
  const found = asked[name];
  if (typeof found !== "number" || !Number.isSafeInteger(found)) {
    throw new Error(`${name} is no number`);
  }
  return found;
}

function array(asked: Fields, name: string): unknown[] {
  const found = asked[name];
  if (!Array.isArray(found)) {
    throw new Error(`${name} is no array`);
  }
  return found;
}

/** Whether a file or the network failed, whatever the value is. `fetch` wraps why it did. */
export function isOutage(thrown: unknown): boolean {
  if (!(thrown instanceof Error)) {
    return false;
  }
  const code = "code" in thrown ? String(thrown.code) : "";
  const isSystems = "syscall" in thrown || code.startsWith("UND_ERR_") || thrown.name === "TimeoutError";
  return thrown instanceof task.Outage || isSystems || isOutage(thrown.cause);
}

async function audit(asked: Fields): Promise<Fields> {
  const value = Buffer.from(text(asked, "value"), "base64");
  try {
    return { valid: await task.audit(text(asked, "node"), whole(asked, "cycle"), value) };
  } catch (thrown) {
    // A value at which the audit fails is one that cannot be read.
    return isOutage(thrown) ? { unknown: String(thrown) } : { valid: false };
  }
}

function distribution(asked: Fields): Fields {
  const verdicts = array(asked, "verdicts");
  const submissions = array(asked, "submissions").map((one, index) => ({
    node: text(isFields(one) ? one : {}, "node"),
    stands: verdicts[index] === true,
  }));
  // Amounts are texts: a bounty may be larger than JSON's numbers are exact.
  const list = task.distribution(BigInt(text(asked, "bounty")), submissions);
  return { list: list.map(({ node, amount }) => ({ node, amount: amount.toString() })) };
}

async function answered(name: string, asked: Fields): Promise<Fields> {
  switch (name) {
    case "hello":
      return {};
    case "work": {
      const value = await task.work(text(asked, "node"), whole(asked, "cycle"));
      return { value: Buffer.from(value).toString("base64") };
    }
    case "audit":
      return audit(asked);
    case "distribution":
      return distribution(asked);
    default:
      throw new Error("this question is not known");
  }
}

/** The answer to one question, which is a line of JSON. */
export async function answer(line: string): Promise<Fields> {
  try {
    const question: unknown = JSON.parse(line);
    const [name, asked] = Object.entries(isFields(question) ? question : {}).find(([key]) => key !== "id") ?? [];
    return await answered(name ?? "", isFields(asked) ? asked : {});
  } catch (thrown) {
    return { error: thrown instanceof Error ? thrown.message : String(thrown) };
  }
}
