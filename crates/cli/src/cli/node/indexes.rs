//! Indexes over HTTP: servers, named by the operator, that tell what was submitted for a cycle (`gradual index`).

use crate::cli::{
    fetch::{Guard, Unfetched, fetch, shown, url_in},
    secret,
};
use gradual_consensus_client::{ledger::LedgerError, rpc::RpcLedger};
use gradual_consensus_node::{
    failover::Failover,
    index::{
        Index, Indexes, Question, Refusal, Source, Told,
        page::{self, About, MOST_BYTES, Page, ROWS},
    },
};
use reqwest::{StatusCode, Url};
use serde::de::DeserializeOwned;
use solana_sdk::pubkey::Pubkey;
use std::{
    collections::BTreeMap,
    sync::{Arc, OnceLock},
    time::{Duration, Instant},
};

/// Most indexes of a node.
const MOST: usize = 8;
/// The longest that an index may take to say what it is.
const PATIENCE: Duration = Duration::from_secs(10);

/// The addresses that `texts` are.
///
/// # Errors
/// What to write instead.
pub(super) fn named(texts: &[String]) -> Result<Vec<Url>, String> {
    if texts.len() > MOST {
        return Err(format!("index: a node asks {MOST} at most"));
    }
    let named = texts.iter().map(|text| {
        let url = url_in(text).ok_or_else(|| {
            format!(
                "index {:?}: use the address of a gradual index, with https or http",
                secret::shown(text)
            )
        });
        let mut url = url?;
        // What is asked for lies below it.
        if !url.path().ends_with('/') {
            let folder = format!("{}/", url.path());
            url.set_path(&folder);
        }
        Ok(url)
    });
    named.collect()
}

/// What is at `path` below `url`: it goes nowhere else, takes no longer than `patience`, and is no longer than a page.
fn ask<T: DeserializeOwned>(url: &Url, path: &str, patience: Duration) -> Result<T, Unfetched> {
    let guard = Guard {
        plain: true,
        may_ask: None,
        hosts: None,
        patience,
        redirects: 0,
        most_bytes: MOST_BYTES,
    };
    let place = url.join(path).map_err(|error| error.to_string())?;
    let bytes = fetch(&place, &guard, &|| true)?;
    let read = serde_json::from_slice(&bytes);
    Ok(read.map_err(|error| format!("its answer is none of an index: {error}"))?)
}

/// What is wrong with the index at `url` for a node of `task` on the cluster of this `genesis`; otherwise the slot as of which
/// it read the ledger last.
///
/// # Errors
/// Why it is of no use, in one line.
pub(in crate::cli) fn look(url: &Url, genesis: &str, task: Option<&Pubkey>) -> Result<u64, String> {
    let about: About = ask(url, "index", PATIENCE).map_err(|unfetched| unfetched.why)?;
    if about.genesis != genesis {
        return Err("it is of another cluster".into());
    }
    if let Some(task) = task.filter(|task| !about.tasks.contains(&task.to_string())) {
        return Err(format!("it keeps no task {task}"));
    }
    match about.problem {
        Some(problem) => Err(format!("it keeps less than it should: {problem}")),
        None => Ok(about.slot),
    }
}

/// What `url` is called in the log and in metrics.
pub(in crate::cli) fn name(url: &Url) -> String {
    shown(url).trim_end_matches('/').to_owned()
}

/// The hash of the genesis block of the cluster of `ledger`.
///
/// # Errors
/// The RPC's.
pub(in crate::cli) fn genesis_of(ledger: &RpcLedger) -> Result<String, LedgerError> {
    let genesis = ledger.call(|client| client.get_genesis_hash())?;
    Ok(genesis.to_string())
}

/// One index.
struct WebIndex {
    url: Url,
    ledger: Arc<Failover<RpcLedger>>,
    genesis: OnceLock<String>,
}

impl WebIndex {
    /// The hash of the genesis block of the node's own cluster.
    fn genesis(&self) -> Result<&str, Refusal> {
        if let Some(genesis) = self.genesis.get() {
            return Ok(genesis);
        }
        let ledger = self.ledger.trusted_ledger();
        let genesis = ledger.and_then(|ledger| genesis_of(ledger).ok());
        // Without the RPC nothing else can be checked either.
        let genesis = genesis.ok_or(Refusal::NotYet)?;
        Ok(self.genesis.get_or_init(|| genesis))
    }
}

impl Index for WebIndex {
    fn tell(&self, question: &Question, patience: Duration) -> Result<Vec<Told>, Refusal> {
        let genesis = self.genesis()?;
        let begun = Instant::now();
        let mut told: Vec<Told> = Vec::new();
        loop {
            let page = u32::try_from(told.len()).unwrap_or(u32::MAX) / ROWS;
            let path = page::path(question, page);
            let left = patience.saturating_sub(begun.elapsed());
            let page: Page = ask(&self.url, &path, left).map_err(refusal)?;
            let count = page.submissions as usize;
            let rows = page.rows(genesis, question, &told);
            told.extend(rows.map_err(Refusal::Failed)?);
            if told.len() >= count {
                return Ok(told);
            }
        }
    }
}

fn refusal(unfetched: Unfetched) -> Refusal {
    match unfetched.status {
        Some(StatusCode::SERVICE_UNAVAILABLE) => Refusal::NotYet,
        Some(StatusCode::NOT_FOUND) => Refusal::Failed("it keeps no such task".into()),
        _ => Refusal::Failed(unfetched.why),
    }
}

/// The indexes of a process, each with what became of asking it.
#[derive(Default)]
pub(super) struct Pool(BTreeMap<Url, Arc<Source>>);

impl Pool {
    /// The index at each of `urls`; those that are new are asked about the cluster of `ledger`.
    pub(super) fn at(&mut self, urls: &[Url], ledger: &Arc<Failover<RpcLedger>>) -> Indexes {
        let sources = urls.iter().map(|url| {
            let source = self.0.entry(url.clone()).or_insert_with(|| {
                let index = WebIndex {
                    url: url.clone(),
                    ledger: Arc::clone(ledger),
                    genesis: OnceLock::new(),
                };
                Arc::new(Source::new(name(url), index))
            });
            Arc::clone(source)
        });
        sources.collect()
    }

    /// All of them.
    pub(super) fn all(&self) -> Indexes {
        self.0.values().cloned().collect()
    }
}
