//! Every strategy at every share of the stake.

use crate::{
    game::Outcome,
    round::play,
    scene::{BOUNTY, CYCLES, Scene},
    strategies::{Row, rows},
    strategy::Honest,
};
use std::{
    collections::BTreeMap,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

/// Per cents of the stake that the attacker has.
pub const SHARES: [u64; 9] = [1, 5, 10, 20, 30, 33, 40, 45, 49];
/// Per cents of the honest stake that are online.
pub const TURNOUTS: [u64; 4] = [100, 67, 50, 33];

/// Per cents of the stake that the attacker has, where not all honest nodes are online.
pub const AWAKE_SHARES: [u64; 4] = [5, 20, 33, 49];

/// Where in the tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct At {
    /// Per cent of the honest stake that is online.
    pub turnout: u64,
    /// The row's position in [`rows`].
    pub row: usize,
    /// Per cent of the stake that is the attacker's.
    pub share: u64,
}

/// What a strategy pays, and costs others, in thousandths of a cycle's bounty, each cycle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cell {
    /// What the attacker wins more than by honest play.
    pub profit: i64,
    /// What the honest node wins more that wins least, than where all are honest.
    pub honest: i64,
}

/// Honest games that were played.
type Baselines = Mutex<BTreeMap<(Scene, u64, u64), Outcome>>;

/// Plays all games of `cells`, on as many threads as there are cores.
///
/// # Panics
/// Where a strategy makes no move, or the books do not balance.
pub fn fill(cells: &[At]) -> BTreeMap<At, Cell> {
    let (next, baselines) = (AtomicUsize::new(0), Baselines::default());
    let filled = Mutex::new(BTreeMap::new());
    let threads = thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let work = || {
        let rows = rows();
        while let Some(at) = cells.get(next.fetch_add(1, Ordering::Relaxed)) {
            let cell = cell(&rows[at.row], at, &baselines);
            filled.lock().expect("no panic").insert(*at, cell);
        }
    };
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(work);
        }
    });
    filled.into_inner().expect("no panic")
}

fn cell(row: &Row, at: &At, baselines: &Baselines) -> Cell {
    let key = (row.scene, at.share, at.turnout);
    let known = baselines.lock().expect("no panic").get(&key).cloned();
    let honest = known.unwrap_or_else(|| {
        let outcome = play(row.scene, at.share, at.turnout, &Honest);
        let mut baselines = baselines.lock().expect("no panic");
        baselines.entry(key).or_insert(outcome).clone()
    });
    let outcome = play(row.scene, at.share, at.turnout, &*row.strategy);
    assert!(outcome.moves > 0, "{}: no move at {at:?}", row.name);
    let each = outcome.honest.iter().zip(&honest.honest);
    let least = each.map(|(now, then)| now - then).min();
    Cell {
        profit: a_cycle(outcome.attacker - honest.attacker),
        honest: a_cycle(least.unwrap_or_default()),
    }
}

/// Thousandths of the bounty, each cycle; rounded to the nearest.
fn a_cycle(amount: i64) -> i64 {
    let whole = i64::try_from(BOUNTY * CYCLES).unwrap_or(i64::MAX);
    let thousandths = 1_000 * amount;
    (thousandths + thousandths.signum() * whole / 2) / whole
}

/// All cells of the table at `turnout`.
pub fn cells(turnout: u64) -> Vec<At> {
    let all_awake = turnout == TURNOUTS[0];
    let shares = if all_awake {
        &SHARES[..]
    } else {
        &AWAKE_SHARES[..]
    };
    let rows = rows();
    let rows = rows.iter().enumerate();
    rows.filter(|(_, it)| all_awake || !it.scene.is_large())
        .flat_map(|(row, _)| {
            shares.iter().map(move |&share| At {
                turnout,
                row,
                share,
            })
        })
        .collect()
}

/// The cells that are played before a change lands: a third and almost half of the stake, and of the rows
/// with many nodes, which take long, the smallest share.
pub fn part() -> Vec<At> {
    let rows = rows();
    let mut cells = cells(TURNOUTS[0]);
    cells.retain(|at| {
        let is_large = rows[at.row].scene.is_large();
        let shares: &[u64] = if is_large { &[1] } else { &[33, 49] };
        shares.contains(&at.share)
    });
    cells
}
