//! What clients in other languages are compared with: `client/js/test/vectors.json`.
//!
//! Each valid instruction of the attacks' [`fixtures`], as the Rust client builds it, with what it reads from
//! the ledger and what it tells; an account of every type; and what the pure rules answer ([`rules`]).
//! `cargo xtask vectors` writes the file.

pub mod resolve;
mod rules;
pub mod value;

use crate::{
    attack::{fixture::Fixture, fixtures, idl, scene::scene},
    vm::{Vm, root},
};
use anyhow::{Context, Result, ensure};
use base64::{Engine, prelude::BASE64_STANDARD};
use gradual_consensus_client::event::EVENT_PREFIX;
use serde_json::{Map, Value, json};
use solana_sdk::{instruction::Instruction, pubkey::Pubkey};
use std::{collections::BTreeMap, fs};
use value::{Reader, hex};

const FILE: &str = "client/js/test/vectors.json";

/// Accounts that instructions read, each kept once.
#[derive(Default)]
struct Store {
    all: Vec<(Pubkey, Vec<u8>)>,
}

impl Store {
    fn place(&mut self, address: Pubkey, data: Vec<u8>) -> usize {
        let account = (address, data);
        let known = self.all.iter().position(|one| *one == account);
        known.unwrap_or_else(|| {
            self.all.push(account);
            self.all.len() - 1
        })
    }

    fn shown(&self) -> Value {
        let all = self.all.iter().map(|(address, data)| {
            json!({ "address": address.to_string(), "data": BASE64_STANDARD.encode(data) })
        });
        all.collect()
    }

    /// One account of every type: the one that has most to say.
    fn richest(&self) -> Value {
        let mut found: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
        for (place, (_, data)) in self.all.iter().enumerate() {
            let bytes = data.iter().filter(|&&byte| byte != 0).count();
            let best = found.entry(kind(data).0).or_insert((bytes, place));
            if best.0 < bytes {
                *best = (bytes, place);
            }
        }
        let all = found.iter().map(|(name, (_, place))| {
            let (_, body) = kind(&self.all[*place].1);
            let mut reader = Reader::new(body);
            let fields = reader.defined(name);
            json!({ "type": name, "account": place, "fields": fields, "rest": hex(reader.rest()) })
        });
        all.collect()
    }
}

/// The type of an account's `data`, and what follows its discriminator.
fn kind(data: &[u8]) -> (&'static str, &[u8]) {
    let mut all = idl::accounts().iter();
    let (name, body) = all
        .find_map(|one| Some((&*one.name, data.strip_prefix(&*one.discriminator)?)))
        .expect("an account of the program");
    (name, body)
}

/// The events in `logs`.
fn events(logs: &[String]) -> Value {
    let lines = logs
        .iter()
        .filter_map(|line| line.strip_prefix(EVENT_PREFIX));
    let all = lines.map(|line| {
        let data = BASE64_STANDARD.decode(line).expect("base64");
        let mut events = idl::events().iter();
        let (name, body) = events
            .find_map(|one| Some((&one.name, data.strip_prefix(&*one.discriminator)?)))
            .expect("an event of the program");
        json!({ "name": name, "log": line, "fields": Reader::new(body).defined(name) })
    });
    all.collect()
}

fn arguments(signature: &idl::Signature, data: &[u8]) -> Value {
    let mut reader = Reader::new(&data[signature.discriminator.len()..]);
    let all = signature.args.iter();
    let all = all.map(|argument| (argument.name.clone(), reader.value(&argument.kind)));
    Value::Object(all.collect::<Map<_, _>>())
}

/// The program's accounts that `instruction` names, by their place in `store`.
fn reads(ledger: &Vm, instruction: &Instruction, store: &mut Store) -> Value {
    let all = instruction.accounts.iter().filter_map(|meta| {
        let account = ledger.account(&meta.pubkey)?;
        (account.owner == gradual_consensus::ID && !account.executable)
            .then(|| store.place(meta.pubkey, account.data))
    });
    all.collect()
}

/// One fixture's instruction, which is sent.
fn instruction(fixture: &Fixture, store: &mut Store) -> Result<Value> {
    let arena = scene(fixture.stage);
    let built = fixture.build(&arena, 0);
    let signature = fixture.signature();
    let reads = reads(&arena.vm, &built, store);
    let sent = arena.vm.execute(std::slice::from_ref(&built));
    let sent = sent.map_err(|failed| anyhow::anyhow!("{}: {}", signature.name, failed.err))?;
    let accounts = signature.accounts.iter().zip(&built.accounts);
    let accounts = accounts.map(|(account, meta)| {
        json!({
            "name": account.name,
            "address": meta.pubkey.to_string(),
            "signer": meta.is_signer,
            "writable": meta.is_writable,
        })
    });
    Ok(json!({
        "name": signature.name,
        "variant": fixture.variant,
        "arguments": arguments(signature, &built.data),
        "accounts": accounts.collect::<Value>(),
        "data": hex(&built.data),
        "reads": reads,
        "events": events(&sent.logs),
    }))
}

/// The file's content.
///
/// # Errors
/// Where a fixture's instruction is refused.
pub fn render() -> Result<String> {
    let mut store = Store::default();
    let instructions = fixtures::all().iter();
    let instructions = instructions.map(|fixture| instruction(fixture, &mut store));
    let instructions = instructions.collect::<Result<Vec<_>>>()?;
    let vectors = json!({
        "program": gradual_consensus::ID.to_string(),
        "instructions": instructions,
        "stored": store.shown(),
        "accounts": store.richest(),
        "lists": rules::lists(),
        "draws": rules::draws(),
        "turns": rules::turns(),
        "schedules": rules::schedules(),
    });
    Ok(format!("{}\n", serde_json::to_string_pretty(&vectors)?))
}

/// Writes the file, or checks that it is what [`render`] gives.
///
/// # Errors
/// Those of [`render`]; where the file is not to be written, or `check` finds another content.
pub fn write(check: bool) -> Result<()> {
    let file = root().join(FILE);
    let fresh = render()?;
    if check {
        let committed = fs::read_to_string(&file).unwrap_or_default();
        ensure!(
            committed == fresh,
            "{FILE} is not what the program answers: run cargo xtask vectors"
        );
        return Ok(());
    }
    fs::write(&file, fresh).context(FILE)
}
