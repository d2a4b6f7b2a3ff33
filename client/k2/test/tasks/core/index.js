const { coreLogic } = require("./coreLogic");
const { app, MAIN_ACCOUNT_PUBKEY } = require("./init");
const { namespaceWrapper } = require("./_koiiNode/koiiNode");

async function setup() {
  await namespaceWrapper.defaultTaskSetup();
  process.on("message", (message) => coreLogic.task(message.roundNumber));
}

if (app) {
  app.get("/cid", async (_request, response) => {
    response.json({ cid: await namespaceWrapper.storeGet("cid"), node: MAIN_ACCOUNT_PUBKEY });
  });
}

setup();
