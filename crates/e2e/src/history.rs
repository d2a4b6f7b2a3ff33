//! All that some keys ever did, as the ledger tells it.

use crate::event::{Decoder, Event};
use anyhow::{Context, Result};
use gradual_consensus_devkit::rpc::Rpc;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Signatures that one call may ask for.
const SIGNATURES: usize = 1_000;

/// What happened, in the order of slots.
#[derive(Debug, Default)]
pub struct History {
    /// What the program logged.
    pub events: Vec<Event>,
    /// Transactions that succeeded.
    pub succeeded: u64,
    /// Transactions that failed on the ledger, by their error.
    pub failed: BTreeMap<String, u64>,
    /// Lamports of fees that the keys paid.
    pub fees: u64,
}

impl History {
    /// Of `keys`, all that they signed or were named in.
    pub fn read(rpc: Rpc, decoder: &Decoder, keys: &[&str]) -> Result<Self> {
        let mut signatures = BTreeSet::new();
        for key in keys {
            signatures.extend(signatures_of(rpc, key)?);
        }
        let mut history = Self::default();
        for signature in signatures {
            let config = json!({
                "encoding": "json", "commitment": "confirmed", "maxSupportedTransactionVersion": 0,
            });
            let found = rpc.read("getTransaction", &json!([signature, config]))?;
            history
                .add(decoder, keys, &found)
                .with_context(|| format!("transaction {signature}"))?;
        }
        history.events.sort_by_key(|event| event.slot);
        Ok(history)
    }

    fn add(&mut self, decoder: &Decoder, keys: &[&str], transaction: &Value) -> Result<()> {
        let slot = transaction["slot"]
            .as_u64()
            .context("is not on the ledger")?;
        let meta = &transaction["meta"];
        let payer = &transaction["transaction"]["message"]["accountKeys"][0];
        if payer.as_str().is_none_or(|payer| !keys.contains(&payer)) {
            return Ok(());
        }
        let fee = meta["fee"].as_u64().context("tells no fee")?;
        self.fees = self
            .fees
            .checked_add(fee)
            .context("more fees than there is")?;
        if !meta["err"].is_null() {
            *self.failed.entry(meta["err"].to_string()).or_default() += 1;
            return Ok(());
        }
        self.succeeded += 1;
        let logs = meta["logMessages"].as_array().context("tells no log")?;
        self.events.extend(decoder.events(slot, logs)?);
        Ok(())
    }

    /// The events called `name`.
    pub fn named(&self, name: &str) -> impl Iterator<Item = &Event> {
        self.events.iter().filter(move |event| event.name == name)
    }
}

fn signatures_of(rpc: Rpc, key: &str) -> Result<Vec<String>> {
    let mut signatures: Vec<String> = Vec::new();
    loop {
        let mut config = json!({"limit": SIGNATURES, "commitment": "confirmed"});
        if let Some(last) = signatures.last() {
            config["before"] = last.as_str().into();
        }
        let found = rpc.read("getSignaturesForAddress", &json!([key, config]))?;
        let found = found.as_array().context("no list of signatures")?;
        let named = found.iter().filter_map(|entry| entry["signature"].as_str());
        signatures.extend(named.map(str::to_owned));
        if found.len() < SIGNATURES {
            return Ok(signatures);
        }
    }
}
