//! A node that judges a sample and has an index tell it who submitted: the index is a real one, served on this machine, of
//! which the node asks pages over a socket.

use crate::{
    document::{MOST_GROWTH, count, exceeds, growing, largest, megabytes, megabytes_of, power},
    play::{Played, Taken},
};
use anyhow::{Context, Result, ensure};
use gradual_consensus::rules::merkle::{Leaf, verify};
use gradual_consensus_dashboard::{
    history::History,
    index::{Keeper, Kept},
    server::{self, Hosts, Server},
};
use gradual_consensus_node::index::{
    Index, Indexes, Refusal, Source,
    list::ListQuestion,
    paged::{Paged, Pages},
};
use gradual_consensus_testkit::{vm::Vm, world::World};
use std::{
    fmt::Write as _,
    io::{Read, Write as _},
    net::{Ipv4Addr, SocketAddr, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

/// The crowd's cluster has no genesis block: any name of one will do.
const GENESIS: &str = "crowd";
/// Bytes of an answer's head at most.
const LONGEST_HEAD: usize = 4_096;

/// An index of the crowd's task.
pub struct CrowdIndex<'v> {
    keeper: Keeper<&'v Vm>,
    kept: Arc<Kept>,
    server: Server,
}

impl<'v> CrowdIndex<'v> {
    /// An index of the task of `world` that has read nothing yet.
    ///
    /// # Errors
    /// The database's, or the system's.
    pub fn of(world: &'v World<Vm>) -> Result<Self> {
        let history = History::in_memory()?;
        let kept = Kept::new(GENESIS.into(), vec![world.tokens.task], history);
        let served = server::index(Arc::clone(&kept), Hosts::default());
        Ok(Self {
            keeper: Keeper::new(&world.bank, Arc::clone(&kept)),
            kept,
            server: Server::start((Ipv4Addr::LOCALHOST, 0).into(), served)?,
        })
    }

    /// Reads what is new.
    ///
    /// # Errors
    /// What it could not read.
    pub fn step(&mut self) -> Result<()> {
        self.keeper.step();
        let problem = self.kept.about().problem;
        ensure!(problem.is_none(), "the index: {problem:?}");
        Ok(())
    }

    /// A way to ask it that counts bytes.
    pub fn line(&self) -> Line {
        Line {
            address: self.server.address(),
            bytes: Arc::default(),
        }
    }
}

/// A way to ask an index, one connection a page.
#[derive(Clone, Debug)]
pub struct Line {
    address: SocketAddr,
    bytes: Arc<AtomicUsize>,
}

impl Line {
    /// The index at its end, for a node.
    pub fn indexes(&self) -> Indexes {
        let source = Source::new("crowd".into(), Paged(self.clone()));
        std::iter::once(Arc::new(source)).collect()
    }

    /// Bytes that passed in both directions since this was asked last.
    pub fn take(&self) -> usize {
        self.bytes.swap(0, Ordering::SeqCst)
    }

    fn ask(&self, path: &str, most_bytes: usize, patience: Duration) -> Result<Vec<u8>> {
        let mut stream = TcpStream::connect_timeout(&self.address, patience)?;
        stream.set_read_timeout(Some(patience))?;
        let host = self.address;
        let request = format!("GET /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes())?;
        let most = u64::try_from(most_bytes.saturating_add(LONGEST_HEAD))?;
        let mut answer = Vec::new();
        stream.take(most).read_to_end(&mut answer)?;
        let passed = request.len().saturating_add(answer.len());
        self.bytes.fetch_add(passed, Ordering::SeqCst);
        let end = answer.windows(4).position(|four| four == b"\r\n\r\n");
        let end = end.context("the answer has no head")?;
        let body = answer.split_off(end.saturating_add(4));
        let is_there = answer.starts_with(b"HTTP/1.1 200 ");
        ensure!(is_there, "{}", String::from_utf8_lossy(&answer));
        Ok(body)
    }
}

impl Pages for Line {
    fn genesis(&self) -> Result<String, Refusal> {
        Ok(GENESIS.into())
    }

    fn get(&self, path: &str, most_bytes: usize, patience: Duration) -> Result<Vec<u8>, Refusal> {
        let answer = self.ask(path, most_bytes, patience);
        answer.map_err(|error| Refusal::Failed(error.to_string()))
    }
}

/// Bytes that pass when the index at the end of `line` proves what the list that was accepted last pays a node.
///
/// # Errors
/// It proves nothing.
pub fn entry_bytes(world: &World<Vm>, line: &Line) -> Result<usize> {
    const ATTEMPT: u8 = 0;
    const PATIENCE: Duration = Duration::from_secs(10);
    let round = world.task().current_round(world.slot());
    let cycle = round.checked_sub(2).context("no list is accepted")?;
    let (task, list) = (world.tokens.task, world.list(cycle, ATTEMPT));
    let node = world.nodes.first().context("no node is measured")?.pubkey();
    let asked = ListQuestion {
        task,
        cycle,
        attempt: ATTEMPT,
        count: list.count,
    };
    line.take();
    let told = Paged(line.clone()).entry(&asked, &node, PATIENCE);
    let entry = told.ok().flatten().context("the index tells no entry")?;
    let leaf = Leaf {
        task: task.to_bytes(),
        cycle,
        index: entry.index,
        node: node.to_bytes(),
        amount: entry.amount,
    };
    let (root, leaf) = (&list.merkle_root, leaf.hash());
    let is_so = verify(root, leaf, entry.index, list.count, &entry.proof);
    ensure!(is_so, "the entry is not of the list");
    Ok(line.take())
}

/// The columns of a row that are the same in every run.
pub fn row(crowd: &Played) -> String {
    let [.., taken] = &crowd.taken;
    let passed = &taken.passed;
    format!(
        "| {} | by an index | {} | {} | {} | {} | {} |",
        count(crowd.nodes),
        count(passed.lists),
        count(passed.calls),
        megabytes(passed.bytes),
        megabytes(passed.http),
        count(crowd.entry),
    )
}

/// All bytes that the node read, from the ledger and from the index.
const fn all_bytes(taken: &Taken) -> usize {
    taken.passed.bytes.saturating_add(taken.passed.http)
}

/// Writes the document's section.
///
/// # Errors
/// Too few crowds were measured.
pub fn section(text: &mut String, crowds: &[Played]) -> Result<()> {
    writeln!(
        text,
        "\
## With an index

A third node in the same crowds judges a sample too, and asks an index who submitted ([nodes.md](nodes.md#asking-an-index)). The
index is that of `gradual index`: its keeper reads the crowd's ledger into SQLite, and its server answers on a socket of this
machine. *Told* is what passes there in both directions, with the heads of HTTP. The CPU is the node's, and the memory has the
server's pages in it. An *entry* is what the index tells of an accepted list to a node that did not build it, with its Merkle
proof and the heads of HTTP.

| nodes | judges a sample | lists | calls | read, MB | told, MB | entry, bytes | CPU, s | memory, MB |
|---:|---|---:|---:|---:|---:|---:|---:|---:|",
    )?;
    for crowd in crowds {
        let [.., taken] = &crowd.taken;
        writeln!(
            text,
            "{} {:.3} | {} |",
            row(crowd),
            taken.cpu.as_secs_f64(),
            megabytes(taken.peak),
        )?;
    }
    let (before, after) = largest(crowds)?;
    let powers: Vec<String> = growth(before, after)
        .into_iter()
        .map(|(figure, power)| format!("{figure} {power:.2}"))
        .collect();
    writeln!(
        text,
        "\n\
From {} nodes to {} they grow with the power of: {}.
",
        count(before.nodes),
        count(after.nodes),
        powers.join(", "),
    )?;
    Ok(())
}

/// By which power of the crowd's size each figure grows, by name.
fn growth(before: &Played, after: &Played) -> Vec<(&'static str, f64)> {
    let figures = |crowd: &Played| {
        let [.., taken] = crowd.taken;
        let told = megabytes_of(all_bytes(&taken));
        growing(&taken).into_iter().chain([("all bytes", told)])
    };
    figures(before)
        .zip(figures(after))
        .map(|((figure, before), (_, after))| (figure, power(before, after)))
        .collect()
}

/// What must not be, each in one line.
///
/// # Errors
/// Too few crowds were measured.
pub fn faults(crowds: &[Played]) -> Result<Vec<String>> {
    let (before, after) = largest(crowds)?;
    let [.., taken] = &after.taken;
    let mut faults: Vec<String> = exceeds(taken, all_bytes(taken)).into_iter().collect();
    let grown = growth(before, after).into_iter();
    faults.extend(
        grown
            .filter(|(_, power)| *power > MOST_GROWTH)
            .map(|(figure, power)| {
                format!("who asks an index: {figure} grow with the power {power:.2}")
            }),
    );
    Ok(faults)
}
