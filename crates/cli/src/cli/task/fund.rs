//! `gradual task fund`.

use crate::cli::{
    Failure,
    amount::{self, Amount, Form, Unit},
    pace,
    session::Session,
    wallet::Source,
};
use clap::Args as ClapArgs;
use gradual_consensus::state::Task;
use gradual_consensus_client::instruction::{self, TaskTokens};
use serde_json::json;
use solana_sdk::{pubkey::Pubkey, signature::Signer};

#[derive(ClapArgs)]
pub(in crate::cli) struct Fund {
    /// The task's address
    task: Pubkey,
    /// How much, in tokens of the task's mint
    amount: Amount,
    #[command(flatten)]
    form: Form,
    #[command(flatten)]
    source: Source,
}

pub(super) fn run(session: &Session, args: &Fund) -> Result<(), Failure> {
    let (key, task) = (session.key()?, session.task(args.task)?);
    let amount = args.form.units(args.amount, Unit::of(&task.data))?;
    let tokens = TaskTokens::of(task.address, &task.data);
    let purse = args.source.purse(session, &key.pubkey(), &tokens, amount)?;
    let fund = instruction::fund_task(tokens, key.pubkey(), purse.account, amount);
    let mut after = task.data;
    after.bounty_available = after.bounty_available.saturating_add(amount);
    let done = format!(
        "funded task {} with {}: {}",
        task.address,
        amount::show(amount, &task.data),
        rounds_left(&after)
    );
    let facts = json!({
        "task": task.address.to_string(), "amount": amount::exact(amount), "funded_rounds": after.funded_rounds(),
    });
    session.send(&purse.around(fund), key, &done, facts)
}

/// How many rounds the available bounty lasts, with a warning if it is less than one.
pub(super) fn rounds_left(task: &Task) -> String {
    match task.funded_rounds() {
        0 => "LESS THAN ONE ROUND is left: no cycle is opened until the task is funded".into(),
        rounds => {
            let lasts = pace::rounds(rounds, task.schedule.round_time);
            format!("enough to open cycles for {lasts}")
        }
    }
}
