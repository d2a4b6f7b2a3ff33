import { app, namespaceWrapper } from "@_koii/task-manager/namespace-wrapper";

export function routes(): void {
  app.get("/setups", async (_: unknown, response: { json(body: unknown): void }) => {
    response.json({ setups: await namespaceWrapper.storeGet("setups") });
  });
}
