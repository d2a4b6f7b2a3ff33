//! Where all lamports of a run are.

use crate::{history::History, world::World};
use anyhow::{Context, Result};
use serde_json::{Value, json};

/// Lamports, by where they are.
#[derive(Clone, Copy, Debug, Default)]
pub struct Money {
    /// What all keys were given.
    pub given: u64,
    /// What they have.
    pub held: u64,
    /// What they paid in fees.
    pub fees: u64,
    /// What is in the program itself, and its accounts.
    pub in_accounts: u64,
    /// How many accounts it has.
    pub accounts: usize,
}

impl Money {
    /// Counts it, once the task is closed.
    pub fn count(world: &World, history: &History) -> Result<Self> {
        let mut money = Self {
            given: world.given,
            fees: history.fees,
            ..Self::default()
        };
        let keys = world.nodes.iter().map(|node| &node.address);
        for key in keys.chain([&world.manager.1]) {
            money.held += world.rpc.balance(key)?;
        }
        let lamports = |account: &Value| account["lamports"].as_u64().context("no lamports");
        let config = json!({
            "encoding": "base64", "dataSlice": {"offset": 0, "length": 0}, "commitment": "confirmed",
        });
        let owned = world
            .rpc
            .read("getProgramAccounts", &json!([world.program, config]))?;
        let owned = owned.as_array().context("no list of accounts")?;
        money.accounts = owned.len();
        for found in owned {
            money.in_accounts += lamports(&found["account"])?;
        }
        let config = json!({"encoding": "jsonParsed", "commitment": "confirmed"});
        let program = world
            .rpc
            .read("getAccountInfo", &json!([world.program, config]))?;
        let program = &program["value"];
        let data = program["data"]["parsed"]["info"]["programData"].as_str();
        money.in_accounts += lamports(program)?;
        money.in_accounts += world.rpc.balance(data.context("a program without data")?)?;
        Ok(money)
    }

    /// What is nowhere: 0, or something was lost, or came from nowhere.
    pub fn lost(&self) -> i128 {
        let [given, held, fees, in_accounts] =
            [self.given, self.held, self.fees, self.in_accounts].map(i128::from);
        given - held - fees - in_accounts
    }
}
