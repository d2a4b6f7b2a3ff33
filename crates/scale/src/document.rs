//! `docs/scale.md`: written from what was measured, and compared with it.

use crate::{
    cost::{self, Cost, LIMITS},
    indexed,
    play::{Judges, MEASURED, Played, Taken, play},
    tree,
};
use anyhow::{Context, Result, ensure};
use gradual_consensus_client::{amount::Unit, text::grouped};
use gradual_consensus_node::runner::{AUDIT_RATE, ROUNDS_TO_CLAIM};
use gradual_consensus_testkit::vm::root;
use std::{fmt::Write, fs, time::Duration};

/// The document, from the workspace's root.
const DOCUMENT: &str = "docs/scale.md";
/// Nodes of the crowds that are measured.
const SIZES: [u32; 4] = [100, 1_000, 10_000, 100_000];
/// Those whose counts are compared by every run of the tests.
pub const CHECKED: [u32; 2] = [100, 1_000];
/// Entries of the lists whose trees are timed.
const ENTRIES: [u32; 2] = [1_000_000, 10_000_000];
/// Submission windows for which the largest cycle is reckoned, in slots: the least that a task may sensibly have, those
/// that tasks of K2 have in use, and an hour's.
const WINDOWS: [u64; 6] = [32, 200, 350, 500, 1_200, 9_000];
/// Transactions in which K2 uploads the list of a round, by its nodes: some 58 bytes an entry.
const K2_UPLOADS: [(u32, u64); 3] = [(100, 12), (1_000, 115), (10_000, 1_142)];

// What a node that judges a sample may take in the largest crowd, and how all of it may grow to there.
const MOST_BYTES: usize = 12_000_000;
const MOST_CPU: Duration = Duration::from_secs(2);
const MOST_MEMORY: usize = 150_000_000;
pub(crate) const MOST_GROWTH: f64 = 1.05;
/// Bytes that a look may read at which a node finds nothing to do, in a crowd of any size: a few accounts of each open cycle.
const MOST_IDLE_BYTES: usize = 10_000;

const fn name(judges: Judges) -> &'static str {
    match judges {
        Judges::Sample => "a sample",
        Judges::All => "all",
    }
}

pub(crate) fn count(number: impl TryInto<u64>) -> String {
    let number = number.try_into().unwrap_or(u64::MAX);
    grouped(&number.to_string())
}

#[expect(clippy::cast_precision_loss, reason = "a figure to read")]
pub(crate) fn megabytes_of(bytes: usize) -> f64 {
    bytes as f64 / 1e6
}

pub(crate) fn megabytes(bytes: usize) -> String {
    grouped(&format!("{:.3}", megabytes_of(bytes)))
}

/// The columns of a row that are the same in every run: what passed between the node and the ledger.
pub fn counts(nodes: u32, judges: Judges, taken: &Taken) -> String {
    let passed = &taken.passed;
    format!(
        "| {} | {} | {} | {} | {} | {} | {} |",
        count(nodes),
        name(judges),
        count(passed.lists),
        count(passed.calls),
        megabytes(passed.bytes),
        megabytes(passed.json),
        count(passed.transactions),
    )
}

/// By which power of the crowd's size a figure grows, that is `before` in one crowd and `after` in one ten times as large.
pub(crate) fn power(before: f64, after: f64) -> f64 {
    (after / before).log10()
}

/// The figures of [`Taken`] that may grow, by name.
#[expect(clippy::cast_precision_loss, reason = "figures to compare")]
pub(crate) fn growing(taken: &Taken) -> [(&'static str, f64); 6] {
    [
        ("lists", taken.passed.lists as f64),
        ("calls", taken.passed.calls as f64),
        ("bytes read", taken.passed.bytes as f64),
        ("transactions", taken.passed.transactions as f64),
        ("CPU", taken.cpu.as_secs_f64()),
        ("memory", taken.peak as f64),
    ]
}

/// Measures everything and writes the document.
///
/// # Errors
/// Where something cannot be measured or written, or a node takes more than it may.
pub fn write() -> Result<()> {
    let mut crowds = Vec::new();
    for nodes in SIZES {
        let crowd = play(nodes)?;
        for (judges, taken) in Judges::BOTH.into_iter().zip(&crowd.taken) {
            println!("{} {taken:?}", counts(nodes, judges, taken));
        }
        println!("{} {:?}", indexed::row(&crowd), crowd.taken[2]);
        crowds.push(crowd);
    }
    let trees = ENTRIES.map(|entries| tree::time(entries).map(|took| (entries, took)));
    let trees: Vec<_> = trees.into_iter().collect::<Result<_>>()?;
    let mut text = String::new();
    head(&mut text)?;
    nodes(&mut text, &crowds)?;
    indexed::section(&mut text, &crowds)?;
    chain(&mut text, &crowds)?;
    cluster(&mut text, &crowds)?;
    lists(&mut text, &trees)?;
    let file = root().join(DOCUMENT);
    fs::write(&file, text).with_context(|| DOCUMENT)?;
    println!("{}", file.display());
    let faults = faults(&crowds)?;
    ensure!(faults.is_empty(), "{}", faults.join("\n"));
    Ok(())
}

/// Compares the counts of the smaller crowds with the document.
///
/// # Errors
/// Where they differ, or a look that finds nothing to do reads more than it may.
pub fn check() -> Result<()> {
    let committed = fs::read_to_string(root().join(DOCUMENT)).with_context(|| DOCUMENT)?;
    let crowds: Vec<Played> = CHECKED.into_iter().map(play).collect::<Result<_>>()?;
    let faults = idle_faults(&crowds);
    ensure!(faults.is_empty(), "{}", faults.join("\n"));
    for crowd in crowds {
        let rows = Judges::BOTH.into_iter().zip(&crowd.taken);
        let rows = rows.map(|(judges, taken)| counts(crowd.nodes, judges, taken));
        for row in rows.chain([indexed::row(&crowd)]) {
            ensure!(
                committed.lines().any(|line| line.starts_with(&row)),
                "{DOCUMENT} does not say {row}: find out why, or commit what cargo xtask scale writes"
            );
        }
    }
    Ok(())
}

/// The two largest crowds, the larger one last.
pub(crate) fn largest(crowds: &[Played]) -> Result<(&Played, &Played)> {
    match crowds {
        [.., before, after] => Ok((before, after)),
        _ => anyhow::bail!("too few crowds were measured"),
    }
}

/// Why a node that judges a sample in the largest crowd, and reads so many `bytes`, takes more than it may, if it does.
pub(crate) fn exceeds(taken: &Taken, bytes: usize) -> Option<String> {
    let is_more = bytes > MOST_BYTES || taken.cpu > MOST_CPU || taken.peak > MOST_MEMORY;
    is_more.then(|| {
        format!(
            "a node that judges a sample takes more than {} MB read, {MOST_CPU:?} and {} MB: {taken:?}",
            megabytes(MOST_BYTES),
            megabytes(MOST_MEMORY),
        )
    })
}

/// Where a look that finds nothing to do reads more than it may in a crowd of any size, each in one line.
fn idle_faults(crowds: &[Played]) -> Vec<String> {
    let all = crowds.iter().flat_map(|crowd| {
        let taken = Judges::BOTH.into_iter().zip(&crowd.taken);
        taken.map(|(judges, taken)| (crowd.nodes, judges, taken.idle.most))
    });
    let faults = all.filter(|(.., most)| most.bytes > MOST_IDLE_BYTES);
    faults
        .map(|(nodes, judges, most)| {
            let judges = name(judges);
            format!("who judges {judges} of {nodes} reads {most:?} where nothing is to do")
        })
        .collect()
}

/// What must not be, each in one line.
fn faults(crowds: &[Played]) -> Result<Vec<String>> {
    let (before, after) = largest(crowds)?;
    let mut faults = idle_faults(crowds);
    let [sample, ..] = &after.taken;
    faults.extend(exceeds(sample, sample.passed.bytes));
    for ((judges, before), after) in Judges::BOTH.iter().zip(&before.taken).zip(&after.taken) {
        let growing = growing(before).into_iter().zip(growing(after));
        for ((figure, before), (_, after)) in growing {
            let power = power(before, after);
            if power > MOST_GROWTH {
                let judges = name(*judges);
                faults.push(format!(
                    "who judges {judges}: {figure} grow with the power {power:.2}"
                ));
            }
        }
    }
    faults.extend(indexed::faults(crowds)?);
    Ok(faults)
}

fn head(text: &mut String) -> Result<()> {
    writeln!(
        text,
        "\
# Scale

What a cycle of many nodes takes of each of them, of the chain, and of a cluster. `cargo xtask scale` measures all of it and
writes this file, and fails where a node that judges a sample of 100,000 reads more than 12 MB, runs longer than 2 s or
allocates more than 150 MB, where anything grows with more than the power {MOST_GROWTH} from 10,000 nodes to 100,000, or where a
look that finds nothing to do reads more than {} bytes.
The tests compare the counts of the smaller crowds. Times depend on the machine, all else does not.
",
        count(MOST_IDLE_BYTES),
    )?;
    Ok(())
}

fn nodes(text: &mut String, crowds: &[Played]) -> Result<()> {
    writeln!(
        text,
        "\
## One node, one cycle

All nodes play on the sBPF binary, in litesvm: in each round the crowd opens a cycle, submits proofs of {} bytes for the
last one, proposes and finalizes the list of the one before, and is paid. Nobody cheats. Two nodes are measured in the
crowd, in {MEASURED} rounds. In each round they do for several cycles what they do for each: submit, judge submissions and a
list, be paid, claim, close. One judges a *sample* ({AUDIT_RATE} submissions on average, and what is challenged), as nodes
do unless their operators say otherwise; the other judges *all* (`--audit-rate`). Their lists pay equal shares, which takes
no values to write or check.

*Lists* are calls of `getProgramAccounts`, *calls* those of `getMultipleAccounts`, with up to 100 accounts each; the present
slot comes by a subscription. *Bytes* are the data of accounts, and the addresses of those that were listed; *JSON* is what
an RPC makes of them before it compresses its answer. *CPU* is the time that the node's own thread ran, without the ledger's
part, in the round in which it ran the least: whatever else the machine does only adds to it. *Memory* is the most that the
node had allocated at once: what it keeps of four open cycles, and what it is working on. The allocator is `gradual`'s. While an
RPC's answer is read, up to three times its JSON come on top. All else is that of a round in which the node sent no claim alone
([The chain](#the-chain)).

| nodes | judges | lists | calls | read, MB | in JSON, MB | transactions | CPU, s | memory, MB |
|---:|---|---:|---:|---:|---:|---:|---:|---:|",
        cost::PROOF,
    )?;
    for crowd in crowds {
        for (judges, taken) in Judges::BOTH.into_iter().zip(&crowd.taken) {
            writeln!(
                text,
                "{} {:.3} | {} |",
                counts(crowd.nodes, judges, taken),
                taken.cpu.as_secs_f64(),
                megabytes(taken.peak),
            )?;
        }
    }
    let (before, after) = largest(crowds)?;
    writeln!(
        text,
        "\n\
From {} nodes to {}, the figures grow with the crowd's size to the power of:

| judges | lists | calls | read | transactions | CPU | memory |
|---|---:|---:|---:|---:|---:|---:|",
        count(before.nodes),
        count(after.nodes),
    )?;
    for ((judges, before), after) in Judges::BOTH.iter().zip(&before.taken).zip(&after.taken) {
        let growing = growing(before).into_iter().zip(growing(after));
        let powers: Vec<String> = growing
            .map(|((_, before), (_, after))| format!("{:.2}", power(before, after)))
            .collect();
        writeln!(text, "| {} | {} |", name(*judges), powers.join(" | "))?;
    }
    writeln!(
        text,
        "\n\
Up to 1,000 stakes a node lists all of them once a round, to know whose turn it is to open a cycle. In a larger task it reckons its
turn from its own place in the draw, and nobody lists the stakes but the first eight of the draw, who look for idle ones: 40
bytes for each stake.
"
    )?;
    idle(text, crowds)
}

/// Looks that find nothing to do.
fn idle(text: &mut String, crowds: &[Played]) -> Result<()> {
    writeln!(
        text,
        "\
## A look with nothing to do

A look at which a node finds nothing to do reads no more than {} bytes in a crowd of any size. What the look read that read most,
and the time of the node's own code at a look, on average:

| nodes | judges | lists | calls | read, bytes | CPU, ms |
|---:|---|---:|---:|---:|---:|",
        count(MOST_IDLE_BYTES),
    )?;
    for crowd in crowds {
        for (judges, taken) in Judges::BOTH.into_iter().zip(&crowd.taken) {
            let most = &taken.idle.most;
            writeln!(
                text,
                "| {} | {} | {} | {} | {} | {:.3} |",
                count(crowd.nodes),
                name(judges),
                most.lists,
                most.calls,
                count(most.bytes),
                1e3 * taken.idle.cpu().as_secs_f64(),
            )?;
        }
    }
    writeln!(text)?;
    Ok(())
}

fn sol(lamports: u64) -> String {
    let sol = Unit::SOL.number(lamports);
    let (whole, part) = sol.split_once('.').unwrap_or((&sol, ""));
    let part: String = part.chars().chain("000".chars()).take(3).collect();
    grouped(&format!("{whole}.{part}"))
}

fn chain(text: &mut String, crowds: &[Played]) -> Result<()> {
    writeln!(
        text,
        "\
## The chain

A cycle, in which each node sends as many transactions as were measured, and one of them besides opens the cycle, proposes its
list, finalizes it and closes the cycle. A claim that does not fit into a node's transaction takes another in one of {ROUNDS_TO_CLAIM} rounds,
which is not counted. The fees are those at {} lamports a signature and no price for compute units, the rent is that of the
cycle, its submissions and its list, which comes back when they are closed. K2 uploads the list itself, some 58 bytes an
entry.

| nodes | transactions | fees, SOL | rent, SOL | transactions for the list | in K2 |
|---:|---:|---:|---:|---:|---:|",
        count(cost::FEE),
    )?;
    for crowd in crowds {
        let [sample, ..] = &crowd.taken;
        let cost = Cost::of(crowd.nodes, sample.passed.transactions);
        let k2 = K2_UPLOADS.iter().find(|(nodes, _)| *nodes == crowd.nodes);
        writeln!(
            text,
            "| {} | {} | {} | {} | 1 | {} |",
            count(crowd.nodes),
            count(cost.transactions),
            sol(cost.fees),
            sol(cost.locked),
            k2.map(|(_, uploads)| count(*uploads)).unwrap_or_default(),
        )?;
    }
    writeln!(text)?;
    Ok(())
}

fn cluster(text: &mut String, crowds: &[Played]) -> Result<()> {
    let (_, crowd) = largest(crowds)?;
    let [sample, ..] = &crowd.taken;
    let whole = sample.passed.cost;
    let submissions = u64::try_from(crowd.submissions.len())?;
    let sum: u64 = crowd.submissions.iter().sum();
    let alone = sum.checked_div(submissions).context("nobody submitted")?;
    writeln!(
        text,
        "\
## A cluster

All submissions of a cycle write its account, and a cluster takes only so many compute units a slot for transactions that write
the same one. A submission counts {} units on average over {} that the crowd sent, with what agave's cost model adds for signatures, write locks,
data and the program that is loaded; all that a node sends in a round, by which it submits, is paid, closes, and claims if there is room, counts {}. Slots that were
filled with the crowd's submissions one after the other, in the virtual machine, hold so many of them; of nodes with all that
they send as many as fit:

| units a slot and account | submissions a slot | nodes a slot with all that they send |
|---:|---:|---:|",
        count(alone),
        count(submissions),
        count(whole),
    )?;
    let mut rates = Vec::new();
    for limit in LIMITS {
        let single = cost::per_slot(&crowd.submissions, limit)?;
        let shared = limit.checked_div(whole).context("no cost")?;
        rates.extend([single, shared]);
        writeln!(
            text,
            "| {} | {} | {} |",
            count(limit),
            count(single),
            count(shared)
        )?;
    }
    writeln!(
        text,
        "\n\
So the largest cycle in which every node can submit, if nobody else wants the cluster's slots:

| submission window, slots | minutes | 12 M, submissions | 12 M, all | 24 M, submissions | 24 M, all |
|---:|---:|---:|---:|---:|---:|",
    )?;
    for window in WINDOWS {
        let largest: Vec<String> = rates
            .iter()
            .map(|rate| count(rate.saturating_mul(window)))
            .collect();
        let tenths = window.saturating_mul(4) / 60;
        writeln!(
            text,
            "| {} | {}.{} | {} |",
            count(window),
            tenths / 10,
            tenths % 10,
            largest.join(" | ")
        )?;
    }
    writeln!(
        text,
        "\n\
A node whose submission is not taken in time sends it again alone, without what rode with it.
"
    )?;
    Ok(())
}

fn lists(text: &mut String, trees: &[(u32, Duration)]) -> Result<()> {
    writeln!(
        text,
        "\
## Long lists

The Merkle tree of a list, from which every proof follows, is made in one thread:

| entries | CPU, s |
|---:|---:|",
    )?;
    for (entries, took) in trees {
        writeln!(text, "| {} | {:.2} |", count(*entries), took.as_secs_f64())?;
    }
    Ok(())
}
