//! Overlapping cycles, drawn from the schedule itself.

use gradual_consensus::rules::schedule::{Schedule, Window, distribution_round, review_round};
use serde_json::{Value, json};
use std::fmt::Write;

/// What the letters of [`draw`] mean.
pub const LEGEND: &str =
    ". work off chain   S submit   C challenge or vote   V vote   L list   $ payout";

/// Draws the lanes of the first `cycles` cycles, `columns` columns a round, every list being accepted
/// at the first attempt. Slot `now` is marked, if it is given and in the picture.
pub fn draw(schedule: &Schedule, cycles: u64, columns: u64, now: Option<u64>) -> Option<String> {
    draw_from(schedule, 0, cycles, columns, now)
}

/// As [`draw`], from cycle `first` on.
pub fn draw_from(
    schedule: &Schedule,
    first: u64,
    cycles: u64,
    columns: u64,
    now: Option<u64>,
) -> Option<String> {
    let rounds = first..first.checked_add(cycles)?.checked_add(3)?;
    let width = usize::try_from(columns).ok()?;
    let mut picture = String::new();
    let mut ruler = |name: &str, label: &dyn Fn(u64) -> Option<u64>| -> Option<()> {
        let mut line = format!("{name:<9}");
        for round in rounds.clone() {
            write!(line, "|{:<width$}", label(round)?).ok()?;
        }
        writeln!(picture, "{}", line.trim_end()).ok()
    };
    ruler("round", &Some)?;
    ruler("slot", &|round| schedule.boundary(round))?;

    for cycle in first..first.checked_add(cycles)? {
        let mut lane = format!("{:<9}", format!("cycle {cycle}"));
        for round in rounds.clone() {
            lane.push('|');
            let start = schedule.boundary(round)?;
            for column in 0..columns {
                let offset = column
                    .checked_mul(schedule.round_time)?
                    .checked_div(columns)?;
                lane.push(letter(schedule, cycle, start.checked_add(offset)?)?);
            }
        }
        writeln!(picture, "{}", lane.trim_end_matches([' ', '|'])).ok()?;
    }
    if let Some(round) = now
        .and_then(|now| schedule.round_at(now))
        .filter(|round| rounds.contains(round))
    {
        let into = now?.checked_sub(schedule.boundary(round)?)?;
        let column = into
            .checked_mul(columns)?
            .checked_div(schedule.round_time)?;
        let before = round
            .checked_sub(first)?
            .checked_mul(columns.checked_add(1)?)?
            .checked_add(column)?;
        let before = usize::try_from(before).ok()?;
        writeln!(picture, "{:<10}{:before$}^ now", "", "").ok()?;
    }
    Some(picture)
}

/// The windows of `cycle` for programs: first and last slot of each, those of its list at the first attempt.
pub fn windows(schedule: &Schedule, cycle: u64) -> Option<Value> {
    let pair = |window: Option<Window>| window.map(|window| [window.start, window.end]);
    let (review, list) = (review_round(cycle)?, distribution_round(cycle, 0)?);
    let work = Window {
        start: schedule.boundary(cycle)?,
        end: schedule.boundary(review)?.checked_sub(1)?,
    };
    Some(json!({
        "cycle": cycle,
        "open": pair(Some(work)),
        "submit": pair(schedule.submission_window(review)),
        "challenge": pair(schedule.challenge_window(review)),
        "audit": pair(schedule.audit_window(review)),
        "list": pair(schedule.submission_window(list)),
        "challenge_list": pair(schedule.challenge_window(list)),
        "audit_list": pair(schedule.audit_window(list)),
    }))
}

fn letter(schedule: &Schedule, cycle: u64, slot: u64) -> Option<char> {
    let round = schedule.round_at(slot)?;
    let (review, list) = (review_round(cycle)?, distribution_round(cycle, 0)?);
    let handed_in = schedule.submission_window(round)?.contains(slot);
    let challenged = schedule.challenge_window(round)?.contains(slot);
    let audited = schedule.audit_window(round)?.contains(slot);
    Some(match round {
        _ if round == cycle => '.',
        _ if round == review && handed_in => 'S',
        _ if round == list && handed_in => 'L',
        _ if (round == review || round == list) && challenged => 'C',
        _ if (round == review || round == list) && audited => 'V',
        _ if round == list.checked_add(1)? => '$',
        _ => ' ',
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schedule() -> Schedule {
        Schedule {
            starting_slot: 0,
            round_time: 100,
            submission_window: 40,
            audit_window: 40,
        }
    }

    #[test]
    fn three_cycles_overlap_in_every_round() {
        let picture = draw(&schedule(), 4, 10, Some(325)).unwrap();
        let lanes: Vec<&str> = picture.lines().collect();
        assert_eq!(
            lanes[2],
            "cycle 0  |..........|SSSSSCCVV |LLLLLCCVV |$$$$$$$$$$"
        );
        assert_eq!(
            lanes[5],
            "cycle 3  |          |          |          |..........|SSSSSCCVV |LLLLLCCVV |$$$$$$$$$$"
        );
        assert_eq!(lanes[6].find('^'), Some(10 + 3 * 11 + 2));
    }

    #[test]
    fn a_later_cycle_looks_as_the_first_does() {
        let lanes_of = |first, now| {
            let picture = draw_from(&schedule(), first, 2, 10, Some(now)).unwrap();
            let lanes = picture.lines().skip(2);
            lanes
                .map(|lane| lane.split_at(9).1.to_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(lanes_of(0, 125), lanes_of(700, 70_125));
    }

    #[test]
    fn the_readme_shows_what_the_schedule_says() {
        let readme = include_str!("../../../README.md");
        let picture = draw(&schedule(), 4, 12, None).unwrap();
        assert!(
            readme.contains(&picture),
            "README's picture should be\n{picture}"
        );
        assert!(readme.contains(LEGEND));
    }
}
