/** The protocol of docs/external-logic.md: one JSON object a line. */

import type { Readable } from "node:stream";

/** The fields of a JSON object. */
export type Fields = Record<string, unknown>;

/** Whether `value` is a JSON object. */
export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The text in field `name` of `fields`. */
export function text(fields: Fields, name: string): string {
  const value = fields[name];
  if (typeof value !== "string") {
    throw new Error(`"${name}" is no text`);
  }
  return value;
}

/** The whole number in field `name` of `fields`. */
export function whole(fields: Fields, name: string): number {
  const value = fields[name];
  if (typeof value !== "number" || !Number.isSafeInteger(value)) {
    throw new Error(`"${name}" is no whole number`);
  }
  return value;
}

/** Most characters that are told of what was thrown: an answer that is too long ends the process. */
const LONGEST_MESSAGE = 2_000;

/** The message of whatever was thrown. */
export function said(thrown: unknown): string {
  return (thrown instanceof Error ? thrown.message : String(thrown)).slice(0, LONGEST_MESSAGE);
}

/** The lines of `input`. Only a line feed ends one: the module `readline` takes U+2028 too, which a text may hold. */
async function* linesOf(input: Readable): AsyncGenerator<string> {
  let begun: string[] = [];
  for await (const chunk of input.setEncoding("utf8")) {
    const [first, ...more] = String(chunk).split("\n");
    begun.push(first ?? "");
    for (const next of more) {
      yield begun.join("");
      begun = [next];
    }
  }
}

/** Answers the question `name`. */
export type Answer = (name: string, question: Fields) => Promise<Fields>;

/** The node at the other end. */
export class Node {
  readonly #write: (line: string) => void;
  readonly #calls = new Map<number, { done: (found: unknown) => void; failed: (why: Error) => void }>();
  #last = 0;

  /** A node that lines are written to by `write`. */
  constructor(write: (line: string) => void) {
    this.#write = write;
  }

  /** The node's answer to the request `name`. */
  call(name: string, request: Fields = {}): Promise<unknown> {
    this.#last += 1;
    const call = this.#last;
    return new Promise((done, failed) => {
      this.#calls.set(call, { done, failed });
      this.#say({ call, [name]: request });
    });
  }

  /** Takes in one line, and answers it by `answer` if it is a question. Questions are answered side by side. */
  async take(line: string, answer: Answer): Promise<void> {
    const told: unknown = JSON.parse(line);
    if (!isFields(told)) {
      throw new Error("the node says what is no object");
    }
    if (typeof told["call"] === "number") {
      this.#end(told["call"], told);
      return;
    }
    const id = told["id"];
    const named = Object.entries(told).find(([name]) => name !== "id");
    // A notice, such as that an answer is waited for no more, has no number.
    if (id === undefined || named === undefined || !isFields(named[1])) {
      return;
    }
    const [name, question] = named;
    try {
      this.#say({ id, ...(await answer(name, question)) });
    } catch (thrown) {
      this.#say({ id, error: said(thrown) });
    }
  }

  /** Answers the questions in `input` until it ends. */
  async answer(input: Readable, answer: Answer): Promise<void> {
    for await (const line of linesOf(input)) {
      this.take(line, answer).catch((thrown: unknown) => console.error(said(thrown)));
    }
  }

  #say(fields: Fields): void {
    this.#write(`${JSON.stringify(fields)}\n`);
  }

  #end(call: number, told: Fields): void {
    const open = this.#calls.get(call);
    this.#calls.delete(call);
    if ("ok" in told) {
      open?.done(told["ok"]);
    } else {
      open?.failed(new Error(String(told["error"])));
    }
  }
}
