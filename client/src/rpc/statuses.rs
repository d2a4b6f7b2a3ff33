//! Whether transactions have landed. All threads that share a ledger wait for theirs together: one call asks for as
//! many as it may.

use crate::ledger::LedgerError;
use solana_signature::Signature;
use solana_transaction_status_client_types::TransactionStatus;
use std::{
    collections::HashMap,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

/// Signatures that one call of `getSignatureStatuses` may ask for.
const MOST_ASKED: usize = 256;

/// What the cluster last said of the transactions that are under way.
#[derive(Debug, Default)]
pub(super) struct Statuses {
    known: Mutex<Known>,
    /// How many calls failed.
    failures: AtomicU64,
}

#[derive(Debug, Default)]
struct Known {
    /// What was said of each, and when it was asked.
    said: HashMap<Signature, (Instant, Option<TransactionStatus>)>,
    /// Why the last call that failed did.
    failed: Option<LedgerError>,
}

impl Statuses {
    /// What the cluster said of `signatures` at `since` or later. If that is not known, `ask` asks the cluster, in the
    /// same call also for those of `open` that are not known. Other threads wait meanwhile. If the call fails they fail
    /// too: else each of them would wait in turn for a cluster that does not answer.
    pub(super) fn of(
        &self,
        signatures: &[Signature],
        since: Instant,
        open: impl FnOnce() -> Vec<Signature>,
        ask: impl FnOnce(&[Signature]) -> Result<Vec<Option<TransactionStatus>>, LedgerError>,
    ) -> Result<Vec<Option<TransactionStatus>>, LedgerError> {
        let failures = || self.failures.load(Ordering::SeqCst);
        let before = failures();
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(error) = known.failed.as_ref().filter(|_| failures() != before) {
            return Err(error.clone());
        }
        let is_known = |one: &Signature| known.said.get(one).is_some_and(|(at, _)| *at >= since);
        if !signatures.iter().all(is_known) {
            known.said.retain(|_, (at, _)| *at >= since);
            let mut asked = signatures.to_vec();
            let others = open().into_iter();
            let others =
                others.filter(|one| !signatures.contains(one) && !known.said.contains_key(one));
            asked.extend(others.take(MOST_ASKED.saturating_sub(signatures.len())));
            let now = Instant::now();
            let said = ask(&asked).inspect_err(|error| {
                known.failed = Some(error.clone());
                self.failures.fetch_add(1, Ordering::SeqCst);
            })?;
            let said = said.into_iter().map(|said| (now, said));
            known.said.extend(asked.into_iter().zip(said));
        }
        let said = |one: &Signature| known.said.get(one).and_then(|(_, said)| said.clone());
        Ok(signatures.iter().map(said).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{sync::mpsc, thread, time::Duration};

    fn signature(number: u16) -> Signature {
        let mut bytes = [0; 64];
        bytes[..2].copy_from_slice(&number.to_le_bytes());
        Signature::from(bytes)
    }

    fn landed(slot: u64) -> TransactionStatus {
        TransactionStatus {
            slot,
            confirmations: None,
            status: Ok(()),
            err: None,
            confirmation_status: None,
        }
    }

    /// Says of each that it landed, in the slot of its number.
    fn all_landed(asked: &[Signature]) -> Vec<Option<TransactionStatus>> {
        let number = |one: &Signature| u16::from_le_bytes(*one.as_ref().first_chunk().unwrap());
        let slots = asked.iter().map(|one| number(one).into());
        slots.map(|slot| Some(landed(slot))).collect()
    }

    fn nobody(_: &[Signature]) -> Result<Vec<Option<TransactionStatus>>, LedgerError> {
        panic!("it is known")
    }

    #[test]
    fn one_call_asks_for_all_that_are_open() {
        let (statuses, begun) = (Statuses::default(), Instant::now());
        let open = || (0..300).map(signature).collect();
        let slots = |of: &[u16], since, asked: Option<&mut Vec<Signature>>| -> Vec<Option<u64>> {
            let of: Vec<Signature> = of.iter().copied().map(signature).collect();
            let said = match asked {
                None => statuses.of(&of, since, open, nobody),
                Some(asked) => statuses.of(&of, since, open, |signatures| {
                    *asked = signatures.to_vec();
                    Ok(all_landed(signatures))
                }),
            };
            let said = said.unwrap().into_iter();
            said.map(|said| said.map(|said| said.slot)).collect()
        };
        let mut asked = Vec::new();
        assert_eq!(
            slots(&[270, 7], begun, Some(&mut asked)),
            [Some(270), Some(7)]
        );
        assert_eq!(asked.len(), MOST_ASKED);
        assert_eq!(asked[..4], [270, 7, 0, 1].map(signature));
        assert_eq!(asked.iter().filter(|one| **one == signature(7)).count(), 1);
        assert_eq!(
            slots(&[0, 200, 270], begun, None),
            [Some(0), Some(200), Some(270)]
        );
        // The rest, and none that is known.
        assert_eq!(slots(&[299], begun, Some(&mut asked)), [Some(299)]);
        assert_eq!(asked.len(), 300 - MOST_ASKED);
        assert_eq!(slots(&[280], begun, None), [Some(280)]);
        // What was said before does not count.
        assert_eq!(slots(&[3], Instant::now(), Some(&mut asked)), [Some(3)]);
        assert_eq!(asked.len(), MOST_ASKED);
    }

    #[test]
    fn of_what_the_cluster_does_not_know_nothing_is_said() {
        let statuses = Statuses::default();
        let of = [signature(1), signature(2)];
        let said = statuses.of(&of, Instant::now(), Vec::new, |_| {
            Ok(vec![None, Some(landed(9))])
        });
        assert_eq!(said.unwrap(), [None, Some(landed(9))]);
        // An answer that is too short says nothing of the rest.
        let said = statuses.of(&of, Instant::now(), Vec::new, |_| Ok(vec![]));
        assert_eq!(said.unwrap(), [None, None]);
    }

    #[test]
    fn a_call_that_fails_keeps_nobody_from_asking_the_next_time() {
        let statuses = &Statuses::default();
        let (asks, is_asked) = mpsc::channel();
        let (fails, may_fail) = mpsc::channel();
        thread::scope(|scope| {
            let first = scope.spawn(move || {
                statuses.of(&[signature(1)], Instant::now(), Vec::new, |_| {
                    asks.send(()).unwrap();
                    may_fail.recv().unwrap();
                    Err(LedgerError::Unavailable("gone".into()))
                })
            });
            is_asked.recv().unwrap();
            let second = scope.spawn(move || {
                fails.send(()).unwrap();
                statuses.of(&[signature(2)], Instant::now(), Vec::new, |asked| {
                    Ok(all_landed(asked))
                })
            });
            let failed = first.join().unwrap().unwrap_err();
            assert!(failed.to_string().contains("gone"), "{failed}");
            // It came either before the first failed or after.
            match second.join().unwrap() {
                Ok(said) => assert_eq!(said, [Some(landed(2))]),
                Err(failed) => assert!(failed.to_string().contains("gone"), "{failed}"),
            }
        });
        let said = statuses.of(&[signature(2)], Instant::now(), Vec::new, |asked| {
            Ok(all_landed(asked))
        });
        assert_eq!(said.unwrap(), [Some(landed(2))]);
        let far = Instant::now().checked_sub(Duration::from_secs(1)).unwrap();
        assert!(statuses.of(&[signature(2)], far, Vec::new, nobody).is_ok());
    }
}
