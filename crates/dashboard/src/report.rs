//! A played game as one file: the pictures of the dashboard, with the numbers, without a server.

use crate::{
    chart::{self, Axis, Line, Shape, Span},
    clock::{Clock, USUAL_SLOT},
    history::{History, HistoryError, PastCycle, StakePoint},
    page::{self, PICTURE_STYLE, STYLE, Site, amount, grouped, short},
    snapshot::TaskEntry,
    view::{Address, Lane, Stakes, TaskFacts, Units, drawn},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use gradual_consensus::rules::schedule::Schedule;
use gradual_consensus_client::{amount::Unit, books::Books};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use solana_sdk::pubkey::Pubkey;
use std::collections::BTreeMap;

/// Cycles whose lanes are drawn: the first.
const LANES: u64 = 5;
/// Rounds in which the cycles of a game overlap beyond their number.
const TAIL: u64 = 3;
/// Most cycles and rounds that pictures show.
const MOST: u32 = 400;

/// One node of a game.
#[derive(Clone, Debug)]
pub struct Player {
    /// The node.
    pub node: Pubkey,
    /// How it behaved.
    pub behaviour: String,
}

/// A game that was played.
pub struct Game<'a> {
    /// What was played, in one sentence.
    pub summary: String,
    /// Its nodes, in the order in which they joined.
    pub players: &'a [Player],
    /// All accounts at its end, at this slot.
    pub end: (u64, &'a Books),
    /// What its transactions and accounts told while it was played.
    pub history: &'a History,
}

/// The file's text.
///
/// # Errors
/// The history's.
pub fn report(game: &Game) -> Result<String, HistoryError> {
    let (slot, books) = game.end;
    let clock = Clock {
        slot,
        time: None,
        slot_millis: USUAL_SLOT,
    };
    let entry = TaskEntry {
        task: books.task,
        texts: None,
    };
    let facts = TaskFacts::of(&entry, books, game.history, &clock)?;
    let content = html! {
        h1 { "A played game" }
        p class="lead" { (game.summary) }
        h2 { "Overlapping cycles" }
        (lanes(books))
        h2 { "What each behaviour comes to" }
        (behaviours(game)?)
        div class="pair" {
            section { h2 { "Bounty" } (page::bounty_figure(Unit::of(&books.task.data), &facts.bounty, books.task.data.schedule.round_time, slot)) }
            section { h2 { "Paid and slashed, cycle by cycle" } (page::cycles_figure(Unit::of(&books.task.data), &facts.cycles)) }
        }
        h2 { "Stake, round by round" }
        (stakes(game)?)
        h2 { "Nodes" }
        (nodes(game))
        h2 { "Cycles" }
        (page::cycles_table(Site::File, &facts.head, &facts.cycles))
        h2 { "Audits" }
        @if facts.audits.is_empty() { p { "Nobody challenged anything." } }
        @else { (page::audits_table(Site::File, &facts.head, facts.terms.voting == "stake", &facts.audits)) }
    };
    Ok(alone(&content).into_string())
}

/// `content` as a file that needs nothing else.
fn alone(content: &Markup) -> Markup {
    let digest = solana_sha256_hasher::hash(STYLE.as_bytes());
    let digest = BASE64_STANDARD.encode(digest);
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta http-equiv="Content-Security-Policy" content={ "default-src 'none'; style-src 'sha256-" (digest) "'; img-src data:" };
                title { "A played game · Gradual Consensus" }
                style { (PreEscaped(STYLE)) }
            }
            body { main { (content) } }
        }
    }
}

fn lanes(books: &Books) -> Markup {
    let task = &books.task.data;
    // Cycle 0 cannot be played: no stake is active in its review.
    let all = drawn(&task.schedule, LANES.saturating_add(1));
    let played: Vec<Lane> = all.into_iter().skip(1).collect();
    let span = |shape: Shape| Span {
        rounds: if shape.is_wide() { LANES + TAIL } else { TAIL },
        first: 1,
        now: None,
    };
    page::lanes_figure(
        Site::File,
        Address(books.task.address),
        &played,
        &task.schedule,
        span,
    )
}

/// What each node gained and lost by each cycle, in base units.
type Moved = BTreeMap<(u64, Pubkey), (u64, u64)>;

fn moved(game: &Game, cycles: &[PastCycle]) -> Result<Moved, HistoryError> {
    let task = &game.end.1.task.address;
    let mut moved = Moved::new();
    for cycle in cycles {
        for one in game.history.movements_in(task, cycle.cycle, u32::MAX)? {
            let (gained, lost) = moved.entry((cycle.cycle, one.node)).or_default();
            match one.kind.sign() {
                1 => *gained = gained.saturating_add(one.amount),
                -1 => *lost = lost.saturating_add(one.amount),
                _ => (),
            }
        }
    }
    Ok(moved)
}

/// What `nodes` have on average after each of `cycles`: their deposits, less what they lost, and what they earned.
fn average(
    nodes: &[Pubkey],
    books: &Books,
    cycles: &[PastCycle],
    moved: &Moved,
) -> Vec<(u64, u64)> {
    let count = nodes.len().max(1) as u64;
    let stakes = books.stakes.iter().map(|stake| &stake.data);
    let own = stakes.filter(|stake| nodes.contains(&stake.node));
    let mut has = own
        .map(|stake| stake.deposited)
        .fold(0, u64::saturating_add);
    let first = cycles.first().map_or(0, |cycle| cycle.cycle);
    let mut points = vec![(first.saturating_sub(1), has / count)];
    for cycle in cycles {
        for node in nodes {
            let (gained, lost) = moved
                .get(&(cycle.cycle, *node))
                .copied()
                .unwrap_or_default();
            has = has.saturating_add(gained).saturating_sub(lost);
        }
        points.push((cycle.cycle, has / count));
    }
    points
}

fn behaviours(game: &Game) -> Result<Markup, HistoryError> {
    let books = game.end.1;
    let unit = Unit::of(&books.task.data);
    let mut groups: BTreeMap<&str, Vec<Pubkey>> = BTreeMap::new();
    for player in game.players {
        groups
            .entry(&player.behaviour)
            .or_default()
            .push(player.node);
    }
    let cycles = game.history.cycles(&books.task.address, MOST)?;
    let moved = moved(game, &cycles)?;
    let lines: Vec<Line> = groups
        .iter()
        .zip(["c0", "c1", "c2", "c3", "c4"])
        .map(|((name, nodes), class)| Line {
            name,
            class,
            points: average(nodes, books, &cycles, &moved),
            is_forecast: false,
        })
        .collect();
    let axis = Axis {
        top: greatest(unit, &lines),
        left: "deposit".into(),
        right: format!(
            "after cycle {}",
            cycles.last().map_or(0, |cycle| cycle.cycle)
        ),
    };
    let ends: Vec<String> = lines
        .iter()
        .filter_map(|line| {
            let (from, to) = (line.points.first()?, line.points.last()?);
            let show = |units: u64| grouped(&unit.number(units));
            Some(format!(
                "{}: from {} to {}",
                line.name,
                show(from.1),
                show(to.1)
            ))
        })
        .collect();
    Ok(html! {
        figure {
            (chart::lines("What a node has, by behaviour", &ends.join("; "), &axis, &lines))
            figcaption {
                "What one node of each behaviour has on average after each cycle, in " (unit.name())
                ": its deposit, less what verdicts took, and what it earned. " (ends.join("; ")) "."
            }
        }
    })
}

/// The greatest value of `lines`, with its unit.
fn greatest(unit: Unit, lines: &[Line]) -> String {
    let points = lines.iter().flat_map(|line| &line.points);
    let most = points.map(|point| point.1).max().unwrap_or_default();
    format!("{} {}", grouped(&unit.number(most)), unit.name())
}

fn stakes(game: &Game) -> Result<Markup, HistoryError> {
    let task = &game.end.1.task;
    let unit = Unit::of(&task.data);
    let seen = game.history.stakes(&task.address, MOST)?;
    type Of = fn(&StakePoint) -> u64;
    let kinds: [(&str, &str, Of); 4] = [
        ("active", "c0", |point| point.active),
        ("warming", "c2", |point| point.warming),
        ("parked", "c4", |point| point.parked),
        ("locked", "c3", |point| point.locked),
    ];
    let lines: Vec<Line> = kinds
        .iter()
        .map(|(name, class, of)| Line {
            name,
            class,
            points: seen.iter().map(|point| (point.round, of(point))).collect(),
            is_forecast: false,
        })
        .filter(|line| line.points.iter().any(|point| point.1 > 0))
        .collect();
    let axis = Axis {
        top: greatest(unit, &lines),
        left: format!("round {}", seen.first().map_or(0, |point| point.round)),
        right: format!("round {}", seen.last().map_or(0, |point| point.round)),
    };
    let text =
        "Stake that votes, stake that warms up, and the part that a lock or an open audit holds";
    Ok(html! {
        figure { (chart::lines("Stake, round by round", text, &axis, &lines)) figcaption { (text) "." } }
    })
}

fn nodes(game: &Game) -> Markup {
    let (slot, books) = game.end;
    let unit = Unit::of(&books.task.data);
    let round = books.task.data.current_round(slot);
    html! {
        div class="scroll" tabindex="0" role="region" aria-label="Nodes" {
            table {
                caption { "In the order in which they joined, amounts in " (unit.name()) }
                thead { tr {
                    th scope="col" { "node" } th scope="col" { "behaviour" }
                    @for head in ["deposited", "stake", "slashed", "earned", "claimed"] { th scope="col" class="n" { (head) } }
                } }
                tbody {
                    @for player in game.players {
                        @if let Some(stake) = books.stakes.iter().find(|stake| stake.data.node == player.node) {
                            @let stake = &stake.data;
                            tr {
                                td { code title=(player.node) { (short(&player.node)) } }
                                td { (player.behaviour) }
                                td class="n" { (amount(unit, Units(stake.deposited))) }
                                td class="n" { (amount(unit, Stakes::of_one(stake, round, slot).total())) }
                                td class={ "n" @if stake.slashed > 0 { " loss-text" } } { (amount(unit, Units(stake.slashed))) }
                                td class="n" { (amount(unit, Units(stake.earned))) }
                                td class="n" { (amount(unit, Units(stake.claimed))) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The lanes of the first `cycles` cycles of `schedule` as a picture of its own: an SVG file with its style.
pub fn lanes_picture(schedule: &Schedule, cycles: u64) -> String {
    let lanes = drawn(schedule, cycles);
    let span = Span {
        first: 0,
        rounds: cycles.saturating_add(TAIL),
        now: None,
    };
    let picture = chart::lanes(&lanes, schedule, span, Shape::WIDE, |_| None);
    let picture = picture.into_string();
    // The picture's own style goes right after its opening tag.
    match picture.split_once('>') {
        Some((open, rest)) => format!(
            "{open}><style>{PICTURE_STYLE}svg {{ background: var(--paper); }}</style>{rest}\n"
        ),
        None => picture,
    }
}
