const { namespaceWrapper } = require("./namespaceWrapper");

async function validate(value) {
  return value === (await namespaceWrapper.getTaskSubmissionInfo(3)).submissions[3].author.submission_value;
}

async function submit(round) {
  const { submissions } = await namespaceWrapper.getTaskSubmissionInfo(round);
  const nodes = Object.keys(submissions[round]);
  if (nodes.length > 0) {
    await namespaceWrapper.uploadDistributionList(Object.fromEntries(nodes.map((node) => [node, 4])), round);
  }
}

module.exports = {
  async task(round) {
    this.result = `result ${round}`;
  },
  async submitTask(round) {
    await namespaceWrapper.checkSubmissionAndUpdateRound(this.result, round);
  },
  async auditTask(round) {
    await namespaceWrapper.validateAndVoteOnNodes(validate, round);
  },
  async selectAndGenerateDistributionList(round, isPreviousRoundFailed) {
    if (round === 4) {
      await namespaceWrapper.selectAndGenerateDistributionList(submit, round, isPreviousRoundFailed);
      return;
    }
    const selected = await namespaceWrapper.nodeSelectionDistributionList(round, false);
    const account = await namespaceWrapper.getSubmitterAccount();
    if (selected === account.publicKey.toBase58()) {
      const { submissions } = await namespaceWrapper.getTaskSubmissionInfo(round);
      const nodes = Object.keys(submissions[round]);
      await namespaceWrapper.uploadDistributionList(Object.fromEntries(nodes.map((node) => [node, 3])), round);
    }
  },
};
