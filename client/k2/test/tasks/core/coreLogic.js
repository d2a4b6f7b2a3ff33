const { namespaceWrapper } = require("./_koiiNode/koiiNode");

class CoreLogic {
  async task(round) {
    await namespaceWrapper.storeSet("cid", `cid of ${round}`);
  }

  async fetchSubmission(round) {
    const cid = await namespaceWrapper.storeGet("cid");
    await namespaceWrapper.logMessage("log", `submits ${cid} for ${round}`);
    return cid;
  }

  async validateNode(value, round) {
    return value === `cid of ${round}`;
  }

  async generateDistributionList(round, _dummy) {
    const { submissions, submissions_audit_trigger } = await namespaceWrapper.getTaskSubmissionInfo(round);
    const state = await namespaceWrapper.getTaskState({ is_stake_list_required: true });
    const list = {};
    const paid = [];
    for (const candidate of Object.keys(submissions[round])) {
      const trigger = submissions_audit_trigger[round] && submissions_audit_trigger[round][candidate];
      const votes = trigger ? trigger.votes.reduce((sum, vote) => sum + (vote.is_valid ? 1 : -1), 0) : 1;
      if (votes > 0) {
        paid.push(candidate);
      } else {
        list[candidate] = -Math.floor(state.stake_list[candidate] * 0.7);
      }
    }
    for (const candidate of paid) {
      list[candidate] = Math.floor(state.bounty_amount_per_round / paid.length);
    }
    return list;
  }
}

module.exports = { coreLogic: new CoreLogic() };
