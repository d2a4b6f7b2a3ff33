//! Steps of section 9: the config, and tasks that come and go.

use super::{step::Step, terms::terms};
use crate::{
    model::{Config, Person, TASKS},
    script::{Op, Terms},
};

impl Step<'_> {
    /// What leads to the end of an inactive task.
    pub(super) fn leave(&mut self) -> Option<Op> {
        match self.dice.below(18) {
            16 => self.payout_equal(),
            17 => Some(self.park_or_resume()),
            0 => self.resolve(),
            1 => self.finalize(),
            2 => self.payout(),
            3 => Some(Op::Claim { node: self.node() }),
            4 | 5 => self.close_vote(),
            6..9 => self.close_subject(),
            9 => self.close_cycle(),
            10 => Some(self.withdraw()),
            11 | 12 => self.migrate_stake(),
            13 => self.migrate_task(),
            14 => Some(self.close_stake()),
            _ => Some(self.close_task()),
        }
    }

    /// Section 9.
    pub(super) fn govern(&mut self) -> Option<Op> {
        let is_there = self.model.tasks.contains_key(&self.number);
        let of_task = is_there && self.dice.chance(50);
        if of_task {
            let at = self.number;
            let op = match self.dice.below(20) {
                0..5 => self.propose_manager(),
                5..11 => Some(Op::AcceptManager {
                    who: self.one_of(self.task().pending_manager),
                }),
                11..14 => self.allowlist(),
                14 => Some(Op::SetActive {
                    active: self.dice.chance(60),
                    who: Some(self.anybody()),
                }),
                15 => self.migrate_task(),
                16..18 => self.migrate_stake(),
                _ => Some(self.close_task()),
            };
            return op.map(|op| op.about(at));
        }
        match self.dice.below(24) {
            0 => Some(Op::InitializeConfig {
                who: self.one_of(Some(self.model.authority())),
                manager: self.anybody(),
            }),
            1 => Some(Op::CloseConfig {
                who: self.one_of(Some(self.model.authority())),
            }),
            _ if self.model.config.is_none() => Some(Op::InitializeConfig {
                who: self.model.authority(),
                manager: self.anybody(),
            }),
            2..5 => Some(Op::ProposeAdmin {
                who: self.one_of(self.config().map(|config| config.admin)),
                to: self.dice.chance(85).then(|| self.anybody()),
            }),
            5..8 => Some(Op::AcceptAdmin {
                who: self.one_of(self.config().and_then(|config| config.pending_admin)),
            }),
            8..10 => self.pause(),
            10..14 => {
                let (first, second) = self.two_managers();
                let manager = self.anybody();
                Some(Op::InsertManager {
                    first,
                    second,
                    manager,
                })
            }
            14..18 => {
                let (first, second) = self.two_managers();
                let managers = self.config().map(|config| config.managers.clone());
                let one = self.dice.pick(&managers.unwrap_or_default());
                Some(Op::RemoveManager {
                    first,
                    second,
                    manager: self.one_of(one),
                })
            }
            _ => Some(self.create_task()),
        }
    }

    const fn config(&self) -> Option<&Config> {
        self.model.config.as_ref()
    }

    fn anybody(&mut self) -> Person {
        let people = self.model.people() as u64;
        usize::try_from(self.dice.below(people)).expect("few people")
    }

    /// Mostly `likely`, now and then anybody.
    fn one_of(&mut self, likely: Option<Person>) -> Person {
        match likely {
            Some(person) if self.dice.chance(90) => person,
            _ => self.anybody(),
        }
    }

    fn two_managers(&mut self) -> (Person, Option<Person>) {
        let managers = self.config().map(|config| config.managers.clone());
        let managers = managers.unwrap_or_default();
        let (first, second) = (self.dice.pick(&managers), self.dice.pick(&managers));
        let is_alone = managers.len() == 1;
        let is_named = is_alone == self.dice.chance(15);
        let first = self.one_of(first);
        (first, is_named.then(|| self.one_of(second)))
    }

    pub(super) fn pause(&mut self) -> Option<Op> {
        let config = self.config()?;
        let (admin, is_paused) = (config.admin, config.is_paused);
        Some(Op::SetPaused {
            paused: !is_paused && self.dice.chance(40),
            who: Some(self.one_of(Some(admin))),
        })
    }

    fn allowlist(&mut self) -> Option<Op> {
        let managers = self.config()?.managers.clone();
        let one = self.dice.pick(&managers);
        Some(Op::AllowlistTask {
            who: self.one_of(one),
            listed: self.dice.chance(60),
        })
    }

    fn propose_manager(&mut self) -> Option<Op> {
        let who = self.one_of(Some(self.task().manager));
        let to = match self.dice.below(10) {
            0 => None,
            // Back to who may move the task to one of its own.
            1..6 => Some(self.model.manager()),
            _ => Some(self.anybody()),
        };
        Some(Op::ProposeManager { who, to })
    }

    fn create_task(&mut self) -> Op {
        let number = self.dice.index(TASKS).unwrap_or_default();
        let world = &self.model;
        // As one that there is, where there is one.
        let like = world.tasks.values().next().map(|task| task.terms);
        let drawn = terms(self.dice);
        let like = like.unwrap_or(drawn);
        let (seed, wallet) = (self.model.seed, self.model.wallet);
        let early = self.dice.chance(10);
        let start = self.model.slot + 1 + self.dice.below(25);
        let terms = Terms {
            seed,
            wallet,
            nodes: like.nodes,
            starting_slot: if early { self.model.slot } else { start },
            minimum_stake: self.dice.between(1, like.minimum_stake.saturating_mul(2)),
            bounty_per_round: self
                .dice
                .between(1, like.bounty_per_round.saturating_mul(2)),
            ..drawn
        };
        // A number that is in use is that of a task on the same terms: it lives at the same address.
        let there = self.model.tasks.get(&number).map(|task| task.terms);
        let terms = there.unwrap_or(terms);
        Op::CreateTask { terms }.about(number)
    }

    fn migrate_task(&mut self) -> Option<Op> {
        let who = self.one_of(Some(self.task().manager));
        let migrated = self.task().migrated;
        let to = match migrated {
            Some((to, _)) if self.dice.chance(95) => to,
            _ => self.dice.index(TASKS)?,
        };
        Some(Op::MigrateTask { who, to })
    }

    fn migrate_stake(&mut self) -> Option<Op> {
        let migrated = self.task().migrated;
        let to = match migrated {
            Some((to, _)) if self.dice.chance(95) => to,
            _ => self.dice.index(TASKS)?,
        };
        let node = self.node();
        Some(Op::MigrateStake { node, to })
    }

    fn close_task(&mut self) -> Op {
        let wallets = self.model.wallets.len() as u64;
        let destination = self.dice.below(wallets);
        Op::CloseTask {
            who: self.one_of(Some(self.task().manager)),
            destination: usize::try_from(destination).expect("few wallets"),
        }
    }
}
