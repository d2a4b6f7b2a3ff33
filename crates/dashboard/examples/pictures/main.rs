//! Pictures of every page and of the terminal's screen, of a game that is played here. `cargo xtask pictures` runs it
//! with the folder to write to.

#[path = "../../tests/support/chrome.rs"]
mod chrome;
#[path = "../../tests/support/kept.rs"]
mod kept;
mod terminal;

use anyhow::{Context, Result};
use base64::{Engine, prelude::BASE64_STANDARD};
use chrome::Chrome;
use gradual_consensus_client::{
    books::Books,
    ledger::{Tap, Tapped},
};
use gradual_consensus_dashboard::{
    desk::{Desk, Reader},
    history::History,
    server::{Hosts, Server, router},
};
use gradual_consensus_node::corpus::Corpus;
use gradual_consensus_simulation::{Config, Logic, Seen, watch};
use gradual_consensus_testkit::Build;
use kept::Kept;
use serde_json::json;
use solana_clock::Clock;
use solana_sdk::account::Account;
use std::{
    env, fs,
    path::{Path, PathBuf},
    sync::Arc,
};

/// The game: that of the README, and some rounds more.
const GAME: (u16, u16, u64, u64) = (8, 3, 12, 7);
/// The round in which the pictures are taken, at the first open audit.
const ROUND: u64 = 8;
/// A desk and a phone: pixels across, pixels down at most, and how many pixels of the picture stand for one.
const DESK: (u32, u32, f64) = (1_120, 1_300, 1.0);
const PHONE: (u32, u32, f64) = (390, 1_100, 1.25);
/// What the nodes index: a text that no picture changes, so that the game stays the same.
const INPUT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../LICENSE");
/// The time at slot 0 of the game, whose ledger has no time of its own, in seconds since 1970; its slots take 400 ms.
const BEGUN: i64 = 1_767_261_600;

/// Gives a ledger that time.
#[derive(Clone, Copy)]
struct Calendar;

impl Tap for Calendar {
    fn after_accounts(&self, accounts: &mut [Option<Account>]) {
        let clocks = accounts.iter_mut().flatten();
        for account in clocks.filter(|account| account.owner == solana_sdk_ids::sysvar::ID) {
            let Ok(mut clock) = bincode::deserialize::<Clock>(&account.data) else {
                continue;
            };
            let passed = i64::try_from(clock.slot.saturating_mul(2) / 5).unwrap_or(i64::MAX);
            clock.unix_timestamp = BEGUN.saturating_add(passed);
            if let Ok(data) = bincode::serialize(&clock) {
                account.data = data;
            }
        }
    }
}

fn main() -> Result<()> {
    let folder = env::args_os().nth(1).context("name a folder to write to")?;
    let folder = PathBuf::from(folder);
    fs::create_dir_all(&folder)?;
    let (nodes, dishonest, rounds, seed) = GAME;
    let config = Config {
        nodes,
        dishonest,
        rounds,
        seed,
        build: Build::Native,
        threads: 0,
    };
    let corpus = Corpus::read(Path::new(INPUT))?;
    let desk = Desk::new(History::in_memory()?);
    let kept = Kept::default();
    let mut taken = None;
    watch(
        &config,
        Logic::Corpus(corpus),
        |_, _| (),
        |seen| match seen {
            Seen::Transaction(receipt) => kept.note(receipt, None),
            Seen::Moment(slot, books, bank) if taken.is_none() => {
                desk.want(books.task.address);
                let ledger = Tapped {
                    ledger: bank,
                    tap: Calendar,
                };
                Reader::new(ledger, &kept, Arc::clone(&desk)).step();
                if is_the_moment(slot, books) {
                    taken = Some(take(&desk, books, &folder));
                }
            }
            Seen::Moment(..) => (),
        },
    )?;
    taken.context("no audit was open in that round")?
}

/// Whether the wanted round is here, and an audit is open.
fn is_the_moment(slot: u64, books: &Books) -> bool {
    let round = books.task.data.current_round(slot);
    round == ROUND && open_audit(books).is_some()
}

/// The submission of an audit that nobody has resolved yet, and its cycle.
fn open_audit(books: &Books) -> Option<(String, u64)> {
    let mut all = books.submissions.iter();
    let open = all.find(|one| {
        let audit = &one.data.header.subject.audit;
        audit.challenger != Default::default() && audit.verdict().is_none()
    })?;
    let cycle = open.data.header.subject.cycle_number;
    Some((open.address.to_string(), cycle))
}

/// Takes every picture.
fn take(desk: &Arc<Desk>, books: &Books, folder: &Path) -> Result<()> {
    let address = ([127, 0, 0, 1], 0).into();
    let server = Server::start(address, router(Arc::clone(desk), Hosts::default()))?;
    let chrome = Chrome::start()?;
    let task = format!("/task/{}", books.task.address);
    let slashed = books.stakes.iter().max_by_key(|stake| stake.data.slashed);
    let node = slashed.context("nobody has staked")?.data.node;
    let (audit, cycle) = open_audit(books).context("no audit is open")?;
    let screen = terminal::picture(desk, &books.task.address, &node)?;
    fs::write(folder.join("watch.svg"), screen)?;
    // The cycle before that one has its list.
    let listed = cycle.saturating_sub(1);
    for (name, path, size, scheme) in [
        ("tasks", "/".into(), DESK, "light"),
        ("task", task.clone(), DESK, "light"),
        ("task-dark", task.clone(), DESK, "dark"),
        ("task-phone", task.clone(), PHONE, "light"),
        ("cycle", format!("{task}/cycle/{listed}"), DESK, "light"),
        (
            "cycle-phone",
            format!("{task}/cycle/{listed}"),
            PHONE,
            "dark",
        ),
        ("nodes", format!("{task}/nodes"), DESK, "light"),
        ("node", format!("{task}/node/{node}"), DESK, "light"),
        ("audit", format!("{task}/audit/{audit}"), DESK, "light"),
        ("books", format!("{task}/books"), DESK, "light"),
        ("config", "/config".into(), DESK, "light"),
    ] {
        let url = format!("http://{}{path}", server.address());
        picture(
            &chrome,
            &url,
            size,
            scheme,
            &folder.join(format!("{name}.png")),
        )?;
    }
    Ok(())
}

/// Takes a picture of the page at `url`, down to its end or to the height of `size`.
fn picture(
    chrome: &Chrome,
    url: &str,
    (width, height, scale): (u32, u32, f64),
    scheme: &str,
    file: &Path,
) -> Result<()> {
    chrome.look((width, height), scheme)?;
    chrome.open(url)?;
    chrome.until("document.querySelector('#content h1') && document.readyState === 'complete'")?;
    let end = "return Math.ceil(document.querySelector('footer').getBoundingClientRect().bottom)";
    let whole = chrome.run(end, Vec::new())?;
    let whole = whole.as_u64().context("a page without a height")?;
    let shown = whole.min(height.into());
    let clip = json!({ "x": 0, "y": 0, "width": width, "height": shown, "scale": scale });
    let wanted = json!({ "format": "png", "clip": clip, "captureBeyondViewport": true });
    let taken = chrome.command("Page.captureScreenshot", wanted)?;
    let data = taken["data"].as_str().context("no picture")?;
    fs::write(file, BASE64_STANDARD.decode(data)?)?;
    println!("{}", file.display());
    Ok(())
}
