//! What the suites of the six rooms share.
//!
//! - [`stages`]: worlds at the stages of a cycle, and what brings a cycle to the next one.
//! - [`audits`]: subjects to audit, and votes on them.
//! - [`others`]: other tasks, mints and people than the world's own.
//! - [`ends`]: runners that play on, and how a task ends.

pub mod audits;
pub mod ends;
pub mod others;
pub mod stages;

pub use audits::{
    AUTHOR, BOTH, HandedIn, Kind, decide, disputed, hand_in, hand_in_for_audit, vote,
};
pub use ends::{
    assert_nothing_is_stranded, end_cycles, everybody_leaves, play, play_style, wind_up,
};
pub use others::{
    OtherTask, another_task, foreign_stake_accounts, migrate, migrate_stake, no_config, other_mint,
    other_task, second_task, somebody, stranger, successor, work_in,
};
pub use stages::{
    CYCLE, EVERYBODY, FIRST_ATTEMPT, SHARES, accept, accepted, alone, close_all, close_subjects,
    distribute, failed, fell, others, pay, pay_all, propose_among, propose_first, propose_now,
    proposed, reject, reviewed, settled, two_lists, world_of,
};

use gradual_consensus_client::{
    event::{Event, events},
    ledger::{LedgerError, Receipt},
};

/// What a test sent came to.
pub type Sent = Result<Receipt, LedgerError>;

/// Custom code of the token program: less in the account than is to be moved.
pub const TOKEN_INSUFFICIENT_FUNDS: u32 = 1;
/// Custom code of the token program: the account is of another mint.
pub const TOKEN_MINT_MISMATCH: u32 = 3;
/// Custom code of the token program: the account belongs to somebody else.
pub const TOKEN_OWNER_MISMATCH: u32 = 4;

/// The only event of what was sent.
#[track_caller]
pub fn told(result: Sent) -> Event {
    let logs = result.unwrap().logs;
    let mut found: Vec<Event> = events(&logs).collect();
    assert_eq!(found.len(), 1);
    found.remove(0)
}

/// The fields of the only event of what was sent, which must be of this kind.
#[macro_export]
macro_rules! told {
    ($result:expr, $kind:ident) => {
        match $crate::suite::told($result) {
            ::gradual_consensus_client::event::Event::$kind(event) => event,
            _ => panic!("another event than {}", stringify!($kind)),
        }
    };
}
