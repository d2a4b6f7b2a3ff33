//! Attacks: each begins with a valid instruction, changes one thing, and says exactly what must come
//! of it. `docs/security.md` counts them by class and instruction.
//!
//! A new instruction gets its rows by a [`Fixture`] in [`fixtures`]; what only makes sense for some
//! instructions is written out in [`special`].

pub mod caller;
pub mod classes;
pub mod fixture;
pub mod fixtures;
pub mod generic;
pub mod scene;
pub mod special;
pub mod table;

pub use fixture::{Expect, Fixture, Slot};

use gradual_consensus::state::{DistributionList, Subject, Submission};
use gradual_consensus_client::account::decode;
use solana_sdk::account::Account;

/// One thing that somebody tries.
pub struct Attack {
    /// The number of its class; see [`classes::CLASSES`].
    pub class: u8,
    /// The instruction, by its name in the program.
    pub instruction: &'static str,
    /// What is tried.
    pub name: String,
    /// Tries it, and panics where it comes to anything else than it must.
    pub run: Box<dyn Fn() + Send + Sync>,
}

impl Attack {
    /// An attack that is written out.
    pub fn new(
        class: u8,
        instruction: &'static str,
        name: impl Into<String>,
        run: impl Fn() + Send + Sync + 'static,
    ) -> Self {
        Self {
            class,
            instruction,
            name: name.into(),
            run: Box::new(run),
        }
    }

    /// As tests are listed: class, instruction, and what is tried.
    pub fn full_name(&self) -> String {
        let class = classes::name(self.class);
        let name = self.name.replace(' ', "_");
        format!("{:02}_{class}::{}::{name}", self.class, self.instruction)
    }
}

/// Every attack there is.
pub fn all() -> Vec<Attack> {
    let mut all = generic::attacks();
    all.extend(special::attacks());
    all.sort_by_key(|attack| attack.full_name());
    all
}

/// The subject in `account`, be it a submission or a list.
pub fn subject_of(account: &Account) -> Option<Subject> {
    let submission = decode::<Submission>(account).map(|one| one.subject);
    submission.or_else(|| decode::<DistributionList>(account).map(|one| one.subject))
}
