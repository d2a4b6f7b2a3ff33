//! Indexes over HTTP: servers, named by the operator, that tell what was submitted for a cycle (`gradual index`).

use crate::cli::{
    fetch::{Guard, Unfetched, fetch, shown, url_in},
    secret,
};
use gradual_consensus_client::{ledger::LedgerError, rpc::RpcLedger};
use gradual_consensus_node::{
    failover::Failover,
    index::{
        Indexes, Refusal, Source,
        page::{About, MOST_BYTES},
        paged::{Paged, Pages},
    },
};
use reqwest::{StatusCode, Url};
use solana_sdk::pubkey::Pubkey;
use std::{
    collections::BTreeMap,
    sync::{Arc, OnceLock},
    time::Duration,
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

/// What is at `path` below `url`: it goes nowhere else, takes no longer than `patience`, and has no more than `most_bytes`.
fn get(url: &Url, path: &str, most_bytes: usize, patience: Duration) -> Result<Vec<u8>, Unfetched> {
    let guard = Guard {
        plain: true,
        may_ask: None,
        hosts: None,
        patience,
        redirects: 0,
        most_bytes,
    };
    let place = url.join(path).map_err(|error| error.to_string())?;
    fetch(&place, &guard, &|| true)
}

/// What is wrong with the index at `url` for a node of `task` on the cluster of this `genesis`; otherwise the slot as of which
/// it read the ledger last.
///
/// # Errors
/// Why it is of no use, in one line.
pub(in crate::cli) fn look(url: &Url, genesis: &str, task: Option<&Pubkey>) -> Result<u64, String> {
    let about = get(url, "index", MOST_BYTES, PATIENCE).map_err(|unfetched| unfetched.why)?;
    let about: About = serde_json::from_slice(&about)
        .map_err(|error| format!("its answer is none of an index: {error}"))?;
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

/// The pages of one index.
struct WebPages {
    url: Url,
    ledger: Arc<Failover<RpcLedger>>,
    genesis: OnceLock<String>,
}

impl Pages for WebPages {
    fn genesis(&self) -> Result<String, Refusal> {
        if let Some(genesis) = self.genesis.get() {
            return Ok(genesis.clone());
        }
        let ledger = self.ledger.trusted_ledger();
        let genesis = ledger.and_then(|ledger| genesis_of(ledger).ok());
        // Without the RPC nothing else can be checked either.
        let genesis = genesis.ok_or(Refusal::NotYet)?;
        Ok(self.genesis.get_or_init(|| genesis).clone())
    }

    fn get(&self, path: &str, most_bytes: usize, patience: Duration) -> Result<Vec<u8>, Refusal> {
        get(&self.url, path, most_bytes, patience).map_err(refusal)
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
                let pages = WebPages {
                    url: url.clone(),
                    ledger: Arc::clone(ledger),
                    genesis: OnceLock::new(),
                };
                Arc::new(Source::new(name(url), Paged(pages)))
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

#[cfg(test)]
mod tests {
    use super::*;
    use gradual_consensus_node::index::{Index, list::ListQuestion};
    use std::{
        io::{BufRead, BufReader, Write},
        net::{TcpListener, TcpStream},
        thread,
    };

    const ASKED: ListQuestion = ListQuestion {
        task: Pubkey::new_from_array([1; 32]),
        cycle: 1,
        attempt: 0,
        count: 1,
    };

    /// An index at a server of this machine that answers every request by `answer`.
    fn served(answer: impl Fn(&mut TcpStream) + Send + 'static) -> Paged<WebPages> {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        thread::spawn(move || {
            for mut client in listener.incoming().map_while(Result::ok) {
                let head = BufReader::new(client.try_clone().unwrap()).lines();
                let _head = head.map_while(Result::ok).find(|line| line.is_empty());
                answer(&mut client);
            }
        });
        Paged(WebPages {
            url: url.parse().unwrap(),
            ledger: Arc::new(Failover::new(Vec::new(), 0)),
            genesis: OnceLock::from("genesis".to_owned()),
        })
    }

    /// Why the index tells nothing of a list within `patience`, asked for an entry and for all of them.
    fn refused(index: &Paged<WebPages>, patience: Duration) -> [Refusal; 2] {
        [
            index.entry(&ASKED, &ASKED.task, patience).unwrap_err(),
            index.entries(&ASKED, patience).unwrap_err(),
        ]
    }

    const LONG: Duration = Duration::from_secs(30);

    #[test]
    fn an_index_that_knows_no_list_may_be_asked_again_and_a_broken_one_fails() {
        for (status, expected) in [
            ("503 Service Unavailable", None),
            ("404 Not Found", Some("it keeps no such task")),
            ("500 Internal Server Error", Some("500")),
            ("302 Found", Some("the server names another place")),
            ("200 OK", Some("its answer is none of an index")),
        ] {
            let answer = format!("HTTP/1.1 {status}\r\nContent-Length: 2\r\n\r\n{{}}");
            let index = served(move |client| drop(client.write_all(answer.as_bytes())));
            for refusal in refused(&index, LONG) {
                match (refusal, expected) {
                    (Refusal::NotYet, None) => {}
                    (Refusal::Failed(why), Some(expected)) => {
                        assert!(why.contains(expected), "{status}: {why}");
                    }
                    (refusal, _) => panic!("{status}: {refusal:?}"),
                }
            }
        }
    }

    #[test]
    fn an_index_that_hangs_or_does_not_end_costs_no_more_than_its_limits() {
        let hangs = served(|client| {
            let mut nothing = String::new();
            // Until the node goes away.
            let _gone = BufReader::new(client).read_line(&mut nothing);
        });
        for refusal in refused(&hangs, Duration::from_millis(100)) {
            let Refusal::Failed(why) = refusal else {
                panic!("it hangs");
            };
            assert!(why.contains("not there within 0.1 seconds"), "{why}");
        }
        let endless = served(|client| {
            let begun = client.write_all(b"HTTP/1.1 200 OK\r\n\r\n");
            let mut written = begun.is_ok();
            while written {
                written = client.write_all(&[b' '; 4_096]).is_ok();
            }
        });
        let most = refused(&endless, LONG).map(|refusal| match refusal {
            Refusal::Failed(why) => why,
            Refusal::NotYet => panic!("it does not end"),
        });
        assert!(most[0].contains("more than the 8192 bytes"), "{most:?}");
        assert!(most[1].contains("more than the 8388608 bytes"), "{most:?}");
    }
}
