//! How honest and dishonest nodes behave.

use super::{MadeLogic, Observed};
use gradual_consensus::state::{DistributionList, Status};
use gradual_consensus_client::account::{self, FullSubmission, Keyed};
use gradual_consensus_node::logic::{DistributionCycle, ListInput, LogicError, Proof, TaskLogic};
use serde::Serialize;
use solana_sdk::pubkey::Pubkey;
use solana_sha256_hasher::hashv;
use std::fmt;

/// How a simulated node behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Behaviour {
    /// Does its work and votes as its own audit finds.
    Honest,
    /// Submits what shows no work: of a corpus a digest of nothing; of any other logic, in turn, a part of the right
    /// proof, random bytes, and what another node submitted.
    WrongProof,
    /// Challenges one valid submission each cycle.
    FalseChallenge,
    /// Proposes lists that pay itself everything, and calls other lists of these cycles false.
    Overpay,
    /// Does its work, but proposes no list when it is its turn.
    Silent,
}

impl Behaviour {
    const DISHONEST: [Self; 4] = [
        Self::WrongProof,
        Self::FalseChallenge,
        Self::Overpay,
        Self::Silent,
    ];

    /// The behaviour of node `number` of `nodes`: the last `dishonest` ones are dishonest, and take the
    /// dishonest behaviours in turn.
    pub fn of(number: u16, nodes: u16, dishonest: u16) -> Self {
        let honest = nodes.saturating_sub(dishonest);
        number.checked_sub(honest).map_or(Self::Honest, |which| {
            let mut ways = Self::DISHONEST.into_iter().cycle();
            ways.nth(usize::from(which)).unwrap_or(Self::Honest)
        })
    }
}

impl fmt::Display for Behaviour {
    fn fmt(&self, out: &mut fmt::Formatter) -> fmt::Result {
        out.pad(match self {
            Self::Honest => "honest",
            Self::WrongProof => "wrong proof",
            Self::FalseChallenge => "false challenge",
            Self::Overpay => "overpay",
            Self::Silent => "silent",
        })
    }
}

/// An honest logic, changed as the behaviour asks.
pub(super) struct SimulatedLogic<'a> {
    behaviour: Behaviour,
    honest: MadeLogic,
    /// Whether it is the index of a corpus.
    is_corpus: bool,
    ledger: &'a Observed,
    task: Pubkey,
    node: Pubkey,
    /// The cycle and author of the last valid proof that this node challenged: one each cycle.
    challenged: Option<(u64, Pubkey)>,
}

impl<'a> SimulatedLogic<'a> {
    pub(super) fn new(
        behaviour: Behaviour,
        (honest, is_corpus): (MadeLogic, bool),
        ledger: &'a Observed,
        (task, node): (Pubkey, Pubkey),
    ) -> Self {
        Self {
            behaviour,
            honest,
            is_corpus,
            ledger,
            task,
            node,
            challenged: None,
        }
    }

    /// Makes of the right `proof` for `cycle` one that shows no work: in turn a part of it, random bytes, and what
    /// another node submitted, if there is such a thing.
    fn falsify(&self, cycle: u64, proof: &mut Vec<u8>) {
        let copied = cycle
            .is_multiple_of(3)
            .then(|| self.of_another(cycle))
            .flatten();
        if let Some(copied) = copied {
            *proof = copied;
        } else if cycle % 3 == 1 && proof.len() > 1 {
            proof.truncate(proof.len() / 2);
        } else {
            let digest = |number: u8| hashv(&[self.node.as_ref(), &cycle.to_le_bytes(), &[number]]);
            let random = (0..=u8::MAX).flat_map(|number| digest(number).to_bytes());
            *proof = random.take(proof.len()).collect();
        }
    }

    /// What another node submitted for `cycle`.
    fn of_another(&self, cycle: u64) -> Option<Vec<u8>> {
        let cycle = gradual_consensus_client::address::cycle(&self.task, cycle);
        let filter = account::of_cycle(&cycle);
        let all: Vec<Keyed<FullSubmission>> = account::fetch_all(self.ledger, filter).ok()?;
        let others = all.into_iter().map(|one| one.data);
        let mut others = others.filter(|one| one.header.subject.author != self.node);
        others.next().map(|one| one.value)
    }

    /// Whether a list of this cycle is on the ledger. Then the list is wanted for an audit or a payout, and
    /// even a dishonest node needs the right one, unless its runner remembers the one that it proposed.
    fn list_exists(&self, cycle: &DistributionCycle) -> bool {
        let address = gradual_consensus_client::address::cycle(&cycle.task, cycle.number);
        let lists =
            account::fetch_all::<DistributionList>(self.ledger, account::of_cycle(&address));
        lists.is_ok_and(|lists| {
            lists
                .iter()
                .any(|list| list.data.subject.status() != Status::Rejected)
        })
    }
}

impl TaskLogic for SimulatedLogic<'_> {
    fn work(&mut self, cycle: u64) -> Result<Vec<u8>, LogicError> {
        let mut proof = self.honest.work(cycle)?;
        if self.behaviour == Behaviour::WrongProof && self.is_corpus {
            proof.iter_mut().for_each(|byte| *byte = !*byte);
        } else if self.behaviour == Behaviour::WrongProof {
            self.falsify(cycle, &mut proof);
        }
        Ok(proof)
    }

    fn audit(&mut self, proof: &Proof) -> Result<bool, LogicError> {
        let is_valid = self.honest.audit(proof)?;
        if self.behaviour == Behaviour::FalseChallenge && is_valid {
            let target = match self.challenged {
                Some((cycle, node)) if cycle == proof.cycle => node,
                _ => proof.node,
            };
            self.challenged = Some((proof.cycle, target));
            return Ok(target != proof.node);
        }
        Ok(is_valid)
    }

    fn list_input(&mut self) -> Result<ListInput, LogicError> {
        self.honest.list_input()
    }

    fn distribution(
        &mut self,
        cycle: &DistributionCycle,
        submissions: &[Proof],
        verdicts: &[bool],
    ) -> Result<Vec<(Pubkey, u64)>, LogicError> {
        if self.behaviour == Behaviour::Overpay && !self.list_exists(cycle) {
            return Ok(vec![(self.node, cycle.bounty)]);
        }
        self.honest.distribution(cycle, submissions, verdicts)
    }
}
