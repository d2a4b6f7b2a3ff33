import { app, namespaceWrapper } from "@_koii/task-manager/namespace-wrapper";

/** What the task serves. */
export function routes() {
  app.get("/proofs/:round", async (request, response) => {
    response.json({ proof: await namespaceWrapper.storeGet(`proof ${request.params.round}`) });
  });
}
