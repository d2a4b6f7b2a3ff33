//! Where an instruction's units go: readings of a bench build, between the ends of its sections.

use crate::{
    case::Case,
    sample::{SEARCH_UNITS, Sample, Samples},
};
use anyhow::{Context, Result};

/// Cases that are taken apart.
pub const CASES: [Case; 12] = [
    Case::StakeFirst,
    Case::ParkStake,
    Case::OpenCycle,
    Case::Submit,
    Case::Challenge,
    Case::Vote,
    Case::Upheld,
    Case::SubmitList,
    Case::Accept,
    Case::Payout100k,
    Case::PayoutEqual,
    Case::Claim,
];

/// Every section's name, in the order in which they end: what comes before the handler, its phases, the
/// creation of an account within *apply*, and what comes after the handler.
pub const NAMES: [&str; 7] = [
    "accounts", "check", "create", "apply", "pay", "tell", "exit",
];

/// Units of one case by section, in the order of [`NAMES`]; `None` where it has no such section.
pub type Sections = [Option<i64>; NAMES.len()];

/// Takes each of [`CASES`] apart. `plain` and `metered` are the same transactions on the program as
/// it is deployed and on its bench build; what the readings themselves took is taken off.
pub fn of(plain: &Samples, metered: &Samples) -> Result<Vec<(Case, Sections)>> {
    let mut all = Vec::new();
    for case in CASES {
        let first = |samples: &Samples| samples.get(&case).and_then(|all| all.first().cloned());
        let (plain, metered) = first(plain)
            .zip(first(metered))
            .with_context(|| format!("{case:?} was not measured"))?;
        all.push((case, split(case, &plain, &metered)?));
    }
    Ok(all)
}

fn split(case: Case, plain: &Sample, metered: &Sample) -> Result<Sections> {
    let readings = i64::try_from(metered.marks.len())?;
    let extra = metered.units.cast_signed() - plain.units.cast_signed();
    let each = extra
        .checked_div(readings)
        .with_context(|| format!("{case:?} logged no sections"))?;
    let searched = match case {
        // A stake account's address is searched for only where it is opened.
        Case::StakeFirst => "check",
        _ => "accounts",
    };

    let mut sections = Sections::default();
    let mut add = |name: &str, units: i64| -> Result<()> {
        let place = NAMES
            .iter()
            .position(|&other| other == name)
            .and_then(|place| sections.get_mut(place))
            .with_context(|| format!("{case:?} logged the unknown section {name:?}"))?;
        *place = Some(place.unwrap_or_default() + units);
        Ok(())
    };
    let mut left = metered.limit;
    let mut rest = plain.base().cast_signed();
    for (name, reading) in &metered.marks {
        let mut units = left.cast_signed() - reading.cast_signed() - each;
        if name == searched {
            units -= (plain.attempts * SEARCH_UNITS).cast_signed();
        }
        add(name, units)?;
        rest -= units;
        left = *reading;
    }
    add("exit", rest)?;
    Ok(sections)
}
