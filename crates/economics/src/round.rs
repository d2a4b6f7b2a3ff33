//! How a round passes, and what honest nodes do in it.

use crate::{
    game::{Game, Item, Outcome},
    scene::{BOUNTY, Scene},
    strategy::Strategy,
};
use gradual_consensus::state::Status;

/// Slots of a round, from its first, of 100; both windows are 40 slots long.
mod slot {
    pub(super) const DAWN: u64 = 0;
    pub(super) const SUBMIT: u64 = 5;
    /// Every node may propose: turns end at 7/8 of the window.
    pub(super) const ALL_PROPOSE: u64 = 36;
    pub(super) const LATE_BOUNTY: u64 = 39;
    /// The last slot in which a cycle is opened, work is submitted, and lists are proposed.
    pub(super) const HONEST_PROPOSE: u64 = 40;
    pub(super) const FIRST_CHALLENGE: u64 = 41;
    pub(super) const HONEST_CHALLENGE: u64 = 45;
    pub(super) const LAST_CHALLENGE: u64 = 60;
    pub(super) const HONEST_VOTE: u64 = 70;
    pub(super) const ATTACKER_VOTES: u64 = 80;
    pub(super) const SETTLE: u64 = 81;
    pub(super) const DUSK: u64 = 85;
    pub(super) const ANSWER: u64 = 90;
}

/// Plays one game to its end.
pub fn play(scene: Scene, share: u64, turnout: u64, strategy: &dyn Strategy) -> Outcome {
    let mut game = Game::new(scene, share, turnout);
    strategy.fund(&mut game);
    let last = game.cycles().end + 1 + u64::from(game.attempts());
    for round in 0..=last {
        game.round = round;
        game.begin(strategy);
        game.submissions(strategy);
        game.proposals(strategy);
        game.audits(strategy);
        game.settle();
        game.end(strategy);
    }
    game.outcome()
}

impl Game {
    /// Stakes, and the opening of the round's cycle.
    fn begin(&mut self, strategy: &dyn Strategy) {
        self.warp(slot::DAWN);
        let all_stake = self.stakers();
        all_stake.into_iter().for_each(|node| self.stake(node));
        if self.scene.late && self.round == 1 {
            self.join();
        }
        if self.scene.leaving && self.round > self.cycles().end {
            for node in self.honest.clone() {
                self.leave(node);
            }
        }
        strategy.dawn(self);
        self.open_by_honest();
    }

    /// Who stakes at the beginning of this round.
    fn stakers(&self) -> Vec<usize> {
        if self.round > 0 {
            return vec![];
        }
        let first = self.attackers[0];
        let attackers = self.attackers.iter().filter(|_| !self.scene.late);
        (0..first).chain(attackers.copied()).collect()
    }

    /// Honest nodes open the round's cycle, one after the other until it is open.
    fn open_by_honest(&mut self) {
        let cycle = self.round;
        if self.cycles().contains(&cycle) && self.cycle(cycle).is_none() {
            let honest = self.honest.clone();
            let _ = honest.iter().any(|node| self.open(*node, cycle));
        }
    }

    /// Everybody submits the work of the last round's cycle; what takes a whole round comes at the end of the
    /// window.
    fn submissions(&mut self, strategy: &dyn Strategy) {
        let Some(cycle) = self.round.checked_sub(1) else {
            return;
        };
        if self.cycle(cycle).is_none() {
            return;
        }
        self.warp(slot::SUBMIT);
        if !self.scene.slow_work {
            for node in self.honest.clone() {
                self.submit(node, cycle, true);
            }
        }
        strategy.submit(self, cycle);
    }

    /// Work that takes a whole round is done: everybody submits that has not.
    fn submit_slow_work(&mut self, cycle: u64) {
        let all = [self.honest.clone(), self.attackers.clone()].concat();
        for node in all {
            if !self.has_submitted(node, cycle) {
                self.submit(node, cycle, true);
            }
        }
    }

    /// A bounty that comes just before the opening window ends.
    fn late_bounty(&mut self, strategy: &dyn Strategy) {
        if self.scene.late_bounty && self.cycles().contains(&self.round) {
            self.warp(slot::LATE_BOUNTY);
            self.fund(BOUNTY);
            strategy.funded(self);
        }
    }

    /// What honest nodes do in the last slot in which cycles are opened and work is submitted.
    fn last_slot(&mut self) {
        self.warp(slot::HONEST_PROPOSE);
        if self.scene.late_bounty {
            self.open_by_honest();
        }
        if let Some(cycle) = self.round.checked_sub(1).filter(|_| self.scene.slow_work) {
            self.submit_slow_work(cycle);
        }
    }

    /// Lists: whatever the attacker proposes first, then what honest nodes propose.
    fn proposals(&mut self, strategy: &dyn Strategy) {
        let attempts: Vec<(u64, u8)> = (0..self.attempts())
            .filter_map(|attempt| Some((self.round.checked_sub(2 + u64::from(attempt))?, attempt)))
            .filter(|(cycle, _)| self.is_list_wanted(*cycle))
            .collect();
        self.warp(slot::ALL_PROPOSE);
        for &(cycle, attempt) in &attempts {
            strategy.propose(self, cycle, attempt);
        }
        self.late_bounty(strategy);
        self.last_slot();
        for (cycle, _) in attempts {
            if self.is_list_wanted(cycle) {
                let right = self.right_list(cycle);
                let honest = self.honest.clone();
                let _ = honest
                    .iter()
                    .any(|node| self.propose(*node, cycle, right.clone(), true));
            }
        }
    }

    fn is_list_wanted(&self, cycle: u64) -> bool {
        let wanted = |cycle: gradual_consensus::state::Cycle| cycle.require_list_wanted().is_ok();
        self.cycle(cycle).is_some_and(wanted)
    }

    /// Challenges and votes: honest nodes challenge what is wrong, and vote the truth on what is challenged.
    fn audits(&mut self, strategy: &dyn Strategy) {
        let challenged = |game: &Self| {
            let items = game.under_audit().into_iter();
            items
                .filter(|item| game.subject(item).status() == Status::Challenged)
                .collect::<Vec<_>>()
        };
        self.warp(slot::FIRST_CHALLENGE);
        strategy.early(self);
        self.warp(slot::HONEST_CHALLENGE);
        let mut honest = self.honest.clone();
        for item in self.under_audit().iter().filter(|item| !item.is_right) {
            if self.subject(item).status() == Status::Pending {
                let _ = honest.iter().any(|node| self.vote(*node, item, false));
                honest.rotate_left(1);
            }
        }
        self.warp(slot::LAST_CHALLENGE);
        strategy.late(self);
        self.warp(slot::HONEST_VOTE);
        for item in challenged(self) {
            for node in self.honest.clone() {
                self.vote_if_open(node, &item, item.is_right);
            }
        }
        self.warp(slot::ATTACKER_VOTES);
        for item in challenged(self) {
            if let Some(is_valid) = strategy.ballot(self, &item) {
                for node in self.attackers.clone() {
                    self.vote_if_open(node, &item, is_valid);
                }
            }
        }
    }

    /// Votes; where each of a hundred nodes has one vote, only while the verdict is not certain.
    fn vote_if_open(&mut self, node: usize, item: &Item, is_valid: bool) {
        if self.scene.per_node {
            let audit = self.subject(item).audit;
            let most = audit.weight_valid.max(audit.weight_invalid);
            if 2 * most > audit.electorate {
                return;
            }
        }
        self.vote(node, item, is_valid);
    }

    /// What anyone may send once the audit windows are over.
    fn settle(&mut self) {
        self.warp(slot::SETTLE);
        for item in self.under_audit() {
            self.resolve(&item);
            if let Some(attempt) = item.attempt {
                self.finalize(item.cycle, attempt);
            }
        }
        for cycle in self.cycles() {
            if self.round == cycle + 2 + u64::from(self.attempts()) {
                self.pay_equal(cycle);
            }
        }
    }

    /// The attacker's last moves, and the answers: whoever was parked resumes.
    fn end(&mut self, strategy: &dyn Strategy) {
        self.warp(slot::DUSK);
        strategy.dusk(self);
        self.warp(slot::ANSWER);
        for node in self.honest.clone() {
            self.resume(node);
        }
    }
}
