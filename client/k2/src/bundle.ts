/** A task's folder as one module, in which K2's packages are this package's. */

import { build, type Plugin } from "esbuild";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, join, relative, resolve } from "node:path";
import { isFields, said, type Fields } from "./lines.js";
import type { Overpay } from "./task.js";

/** How a task is written. */
export type Style = "handlers" | "coreLogic";

/** The handler files of K2's template, and the function that each exports. */
const HANDLERS: Record<string, string> = {
  "0-setup": "setup",
  "1-task": "task",
  "2-submission": "submission",
  "3-audit": "audit",
  "4-distribution": "distribution",
  "5-routes": "routes",
};
const ENDINGS = [".ts", ".js", ".mjs", ".cjs"];
/** How deep files are looked for. */
const DEPTH = 3;
const LEFT_OUT = new Set(["node_modules", "dist", "build", "tests", "test"]);

/** The property of the global object in which a bundle finds what replaces K2's packages. */
export const GLOBAL = "__gradualK2";

/** The files below `folder` whose names without an ending are `names`: those in a folder before those below it. */
function find(folder: string, names: readonly string[], depth = DEPTH): string[] {
  // Not by the locale: every node must find the same files.
  const entries = readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  const isWanted = (name: string) =>
    ENDINGS.some((ending) => name.endsWith(ending) && names.includes(basename(name, ending)));
  const files = entries.filter((entry) => entry.isFile() && isWanted(entry.name));
  const folders = entries.filter((entry) => entry.isDirectory() && !LEFT_OUT.has(entry.name) && depth > 1);
  const here = files.map((entry) => join(folder, entry.name));
  return [...here, ...folders.flatMap((entry) => find(join(folder, entry.name), names, depth - 1))];
}

/** What `package.json` in `folder` says. */
function packageOf(folder: string): Fields {
  const file = join(folder, "package.json");
  const found: unknown = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {};
  return isFields(found) ? found : {};
}

/** What is done with lists that exceed the bounty: the folder says, so that it is the same on every node. */
export function overpayOf(folder: string): Overpay {
  const options = packageOf(folder)["gradual"];
  const overpay = isFields(options) ? (options["overpay"] ?? "scale") : "scale";
  if (overpay !== "scale" && overpay !== "refuse") {
    throw new Error(`package.json: gradual.overpay is ${String(overpay)}: use "scale" or "refuse"`);
  }
  return overpay;
}

/** A module that starts the task, and the style in which it is written. */
export function entryOf(folder: string): { source: string; style: Style } {
  const path = (file: string) => JSON.stringify(`./${relative(folder, file)}`);
  const main = packageOf(folder)["main"];
  const mains = typeof main === "string" ? [join(folder, main)] : [];
  const entries = [...mains, ...find(folder, ["index", "main"])].filter((file) => existsSync(file));
  const entry = entries.find((file) => readFileSync(file, "utf8").includes("initializeTaskManager"));
  if (entry !== undefined) {
    return { source: `import ${path(entry)};`, style: "handlers" };
  }
  const files = Object.keys(HANDLERS).map((name) => find(folder, [name])[0]);
  const found = files.filter((file) => file !== undefined);
  if (found.length > 1) {
    const imports = found.map((file, index) => `import * as part${index} from ${path(file)};`);
    const parts = found.map((_, index) => `...(part${index}.default ?? {}), ...part${index}`);
    const start = `globalThis.${GLOBAL}.initializeTaskManager({ ${parts.join(", ")} });`;
    return { source: [...imports, start].join("\n"), style: "handlers" };
  }
  const [core] = find(folder, ["coreLogic"]);
  if (core !== undefined) {
    // What K2's node starts: it adds the routes.
    const started = entries.find((file) => readFileSync(file, "utf8").includes("coreLogic"));
    const index = started === undefined ? [] : [`import ${path(started)};`];
    const source = [`import * as core from ${path(core)};`, ...index, `globalThis.${GLOBAL}.core = core;`].join("\n");
    return { source, style: "coreLogic" };
  }
  throw new Error(
    `${folder} is no task of K2: it has neither a file that calls initializeTaskManager, nor handler files such as ` +
      "1-task.js and 3-audit.js, nor coreLogic.js",
  );
}

/** K2's packages, and files of older tasks that talk to K2's node. */
const PACKAGES = /^@_koii\/|(^|\/)(_koiiNode\/koiiNode|koiiNode|namespaceWrapper)(\.[cm]?[jt]s)?$/;

/** The file in which the oldest tasks read what K2's node hands over, and begin to listen. */
const INIT = /^\.{1,2}\/(.*\/)?init(\.js)?$/;

/** Whether `path`, imported in `folder`, is such a file. Another file may have that name. */
function isInit(folder: string, path: string): boolean {
  const file = resolve(folder, path.endsWith(".js") ? path : `${path}.js`);
  return existsSync(file) && readFileSync(file, "utf8").includes("EXPRESS_PORT");
}

function k2Packages(): Plugin {
  return {
    name: "k2-packages",
    setup(bundle) {
      bundle.onResolve({ filter: PACKAGES }, ({ path }) => ({ path, namespace: "k2" }));
      bundle.onResolve({ filter: INIT }, ({ path, resolveDir }) =>
        isInit(resolveDir, path) ? { path, namespace: "k2" } : null,
      );
      bundle.onLoad({ filter: /.*/, namespace: "k2" }, () => ({
        contents: `module.exports = globalThis.${GLOBAL}.shim;`,
        loader: "js",
      }));
    },
  };
}

/** Bundles the task in `folder` into `file`, and returns its style. */
export async function bundle(folder: string, file: string): Promise<Style> {
  const { source, style } = entryOf(folder);
  const bundled = build({
    stdin: { contents: source, resolveDir: folder, sourcefile: "entry.js", loader: "js" },
    outfile: file,
    bundle: true,
    platform: "node",
    target: "node20",
    format: "cjs",
    logLevel: "silent",
    loader: { ".node": "copy", ".wasm": "file" },
    plugins: [k2Packages()],
  });
  await bundled.catch((thrown: unknown) => {
    throw new Error(`the task cannot be bundled: ${said(thrown)}\nrun npm install in ${folder} first`);
  });
  return style;
}

/** Runs the bundle in `file`. */
export function run(file: string): void {
  createRequire(import.meta.url)(file);
}
