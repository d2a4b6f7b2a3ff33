/** What stands in the place of K2's packages. */

import express, { type Express } from "express";
import type { AddressInfo } from "node:net";
import { PublicKey } from "./keys.js";
import type { Fields } from "./lines.js";
import { KEY_VARIABLE, visible, type Namespace } from "./namespace.js";

/** What a bundle finds in the global object. */
export interface Shim {
  /** The exports of K2's packages. */
  shim: object;
  /** Takes a task's handlers. */
  initializeTaskManager(handlers: Fields): void;
  /** The handlers, once the task has named them. */
  handlers?: Fields;
  /** The module `coreLogic`, if the task is of the older style. */
  core?: Fields;
}

/** What the task serves: an application of express. */
export function application(): Express {
  const app = express();
  app.use(express.json({ limit: "50mb" }));
  app.use(express.urlencoded({ limit: "50mb", extended: false }));
  return app;
}

/**
 * Serves `app` to this machine only, at `port`, or at any that is free. Each route is also below `/task/TASK`, where
 * K2's node shows it.
 */
export function serve(app: Express, task: string, port: number): Promise<number> {
  const served = express().use(`/task/${task}`, app).use(app);
  return new Promise((done, failed) => {
    const server = served.listen(port, "127.0.0.1", () => done((server.address() as AddressInfo).port));
    server.once("error", failed);
  });
}

/** A package of K2 that has no counterpart: it says so when it is used. */
function missing(name: string, why: string): () => never {
  return () => {
    throw new Error(`${name} has no counterpart here: ${why}; see docs/from-k2.md`);
  };
}

/** The exports of all of K2's packages in one. */
export function shimOf(namespace: Namespace, hello: Fields, app: Express): Shim {
  const namespaceWrapper = visible(namespace);
  const shim: Shim = {
    shim: {},
    initializeTaskManager(handlers) {
      shim.handlers = handlers;
    },
  };
  class KoiiStorageClient {
    constructor() {
      missing("KoiiStorageClient", "store what others need where they can fetch it, and submit its digest")();
    }
  }
  const exported: Fields = {
    initializeTaskManager: shim.initializeTaskManager,
    namespaceWrapper,
    koiiNode: namespaceWrapper,
    taskNodeAdministered: true,
    app,
    NODE_MODE: "service",
    TASK_ID: hello["task"] ?? "",
    MAIN_ACCOUNT_PUBKEY: hello["node"] ?? "",
    K2_NODE_URL: hello["rpc"] ?? "",
    SERVICE_URL: "",
    STAKE: 0,
    LogLevel: { Log: "log", Warn: "warn", Error: "error" },
    PublicKey,
    KoiiStorageClient,
    KoiiStorageClientSDK: KoiiStorageClient,
    getOrcaClient: missing("getOrcaClient", "the node runs no containers: a task may start them itself"),
  };
  const told = `a task is given no secret key: see ${KEY_VARIABLE} in docs/from-k2.md`;
  Object.defineProperty(exported, "SECRET_KEY", { enumerable: false, get: missing("SECRET_KEY", told) });
  // For `import x from` and for `require`.
  exported["default"] = namespaceWrapper;
  shim.shim = exported;
  return shim;
}
