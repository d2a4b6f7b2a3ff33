//! SIGINT (^C) and SIGTERM in a command that sends transactions: it ends at once, and says what it has sent. A node is
//! told to stop instead (`signal`).

use super::{
    Failure,
    signal::{SIGNALS, unwatched},
    tell,
};
use gradual_consensus_client::rpc::{Flights, Traffic};
use signal_hook::{
    iterator::Signals,
    low_level::{emulate_default_handler, signal_name},
};
use std::{
    process,
    sync::{Arc, OnceLock},
    thread,
};

/// What the command advises whoever interrupts it; nothing, if it is not set.
pub(super) type Advice = Arc<OnceLock<&'static str>>;

/// From now on the first signal ends the process as it would by itself, after one line on standard error about what
/// `flights` says.
///
/// # Errors
/// The signals cannot be watched.
pub(super) fn watch(flights: Flights, advice: Advice) -> Result<(), Failure> {
    let mut signals = Signals::new(SIGNALS).map_err(|error| unwatched(&error))?;
    let watching = thread::Builder::new().name("signals".into());
    let watched = watching.spawn(move || {
        let Some(signal) = signals.forever().next() else {
            return;
        };
        let name = signal_name(signal).unwrap_or("a signal");
        let advice = advice.get().copied();
        tell(&format!(
            "error: {}",
            said(name, &flights.traffic(), advice)
        ));
        // It returns only where the system refuses.
        let _refused = emulate_default_handler(signal);
        process::exit(1);
    });
    watched.map(drop).map_err(|error| unwatched(&error))
}

/// Signatures that are told: of thousands nobody looks at each.
const MOST_SHOWN: usize = 16;

/// What is said of a command that `signal` ends.
fn said(signal: &str, traffic: &Traffic, advice: Option<&str>) -> String {
    let last = traffic.last_landed.as_ref();
    let last = last.map(ToString::to_string).unwrap_or_default();
    let landed = match traffic.landed {
        0 => None,
        1 => Some(format!("a transaction landed (signature {last})")),
        count => Some(format!(
            "{count} transactions landed, the last with signature {last}"
        )),
    };
    let open: Vec<String> = traffic.open.iter().map(ToString::to_string).collect();
    let open = match open.as_slice() {
        [] => None,
        [one] => Some(format!(
            "a transaction was sent and may still land, look before sending again (signature {one})"
        )),
        several => {
            let shown = several.iter().take(MOST_SHOWN).cloned();
            let left = several.len().saturating_sub(MOST_SHOWN);
            let left = (left > 0).then(|| format!("{left} more"));
            let all: Vec<String> = shown.chain(left).collect();
            Some(format!(
                "what was sent may still land, look before sending again (signatures {})",
                all.join(", ")
            ))
        }
    };
    let sent: Vec<String> = landed.into_iter().chain(open).collect();
    let sent = match sent.as_slice() {
        [] => "nothing was sent".to_owned(),
        sent => sent.join("; "),
    };
    let advice = advice.map_or_else(String::new, |advice| format!("; {advice}"));
    format!("interrupted by {signal}: {sent}{advice}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use solana_sdk::signature::Signature;

    #[test]
    fn what_was_sent_is_told_with_its_signatures() {
        let [one, two] = [[1; 64], [2; 64]].map(Signature::from);
        let traffic = |open: &[Signature], landed| Traffic {
            open: open.to_vec(),
            landed,
            last_landed: (landed > 0).then_some(one),
        };
        for (traffic, expected) in [
            (traffic(&[], 0), "nothing was sent".to_owned()),
            (
                traffic(&[], 1),
                format!("a transaction landed (signature {one})"),
            ),
            (
                traffic(&[two], 3),
                format!(
                    "3 transactions landed, the last with signature {one}; a transaction was sent and may still \
                     land, look before sending again (signature {two})"
                ),
            ),
            (
                traffic(&[one, two], 0),
                format!(
                    "what was sent may still land, look before sending again (signatures {one}, {two})"
                ),
            ),
        ] {
            let expected = format!("interrupted by SIGINT: {expected}");
            assert_eq!(said("SIGINT", &traffic, None), expected);
            let advised = said("SIGINT", &traffic, Some("run it again"));
            assert_eq!(advised, format!("{expected}; run it again"));
        }
        let many = said("SIGINT", &traffic(&[one; 1_000], 0), None);
        let shown = vec![one.to_string(); MOST_SHOWN].join(", ");
        assert!(
            many.ends_with(&format!("(signatures {shown}, 984 more)")),
            "{many}"
        );
    }
}
