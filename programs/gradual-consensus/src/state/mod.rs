//! The program's accounts (protocol, section 3): one a file, with its rules as methods.
//!
//! Accounts that are touched every round are fixed-size and zero-copy; texts live apart. Each
//! stores its canonical bump where the program must sign for it or close it.

mod audit_vote;
mod config;
mod cycle;
mod distribution_list;
mod node_stake;
mod subject;
mod submission;
mod task;
mod task_metadata;

pub use audit_vote::*;
pub use config::*;
pub use cycle::*;
pub use distribution_list::*;
pub use node_stake::*;
pub use subject::*;
pub use submission::*;
pub use task::*;
pub use task_metadata::*;

#[cfg(test)]
mod tests {
    use super::*;
    use bytemuck::Zeroable;

    /// Accounts that exist keep their size: a type that needs another one is another type.
    #[test]
    fn every_type_has_the_size_it_was_published_with() {
        let sizes = [
            Config::SPACE,
            Task::SPACE,
            TaskMetadata::SPACE,
            NodeStake::SPACE,
            Cycle::SPACE,
            Submission::SPACE,
            DistributionList::SPACE,
            AuditVote::SPACE,
        ];
        assert_eq!(sizes, [624, 512, 409, 296, 200, 280, 384, 120]);
    }

    #[test]
    fn a_list_is_found_where_its_uri_says() {
        let mut list = DistributionList::zeroed();
        assert_eq!(list.uri(), "");
        (list.uri, list.uri_len) = text_field("ipfs://list").unwrap();
        assert_eq!(list.uri(), "ipfs://list");
    }

    #[test]
    fn a_round_is_funded_once_its_whole_bounty_is_there() {
        let mut task = Task::zeroed();
        task.bounty_available = 30;
        assert_eq!(task.funded_rounds(), 0, "a task without a bounty");
        for (bounty, rounds) in [(10, 3), (11, 2), (30, 1), (31, 0)] {
            task.bounty_amount_per_round = bounty;
            assert_eq!(task.funded_rounds(), rounds);
        }
    }
}
