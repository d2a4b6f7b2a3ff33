//! Who can decide in a task (protocol, section 12): a task with few nodes, or one that a single node decides,
//! is allowed, and said.

use gradual_consensus::state::{NodeStake, Task};

/// With fewer nodes than this, one that is away and one that cheats leave no majority.
const FEWEST: usize = 4;

/// What is wrong with how the stake of `task` is spread over its nodes in `round`, one line each, with what
/// it means.
pub(super) fn of(task: &Task, stakes: &[NodeStake], round: u64) -> Vec<String> {
    let active: Vec<(&NodeStake, u64)> = stakes
        .iter()
        .filter_map(|stake| Some((stake, task.weight_in(&stake.stake, round)?)))
        .collect();
    let mut warnings = Vec::new();
    if active.len() < FEWEST {
        let nodes = match active.len() {
            0 => "no node has".into(),
            1 => "only 1 node has".into(),
            count => format!("only {count} nodes have"),
        };
        warnings.push(format!(
            "{nodes} active stake: with fewer than {FEWEST}, one node that is away or cheats may decide \
             verdicts and lists"
        ));
    }
    let all: u128 = active.iter().map(|(_, weight)| u128::from(*weight)).sum();
    let over_half = active
        .iter()
        .find(|(_, weight)| u128::from(*weight).saturating_mul(2) > all);
    if let Some((stake, weight)) = over_half {
        let percent = u128::from(*weight).saturating_mul(100).checked_div(all);
        warnings.push(format!(
            "node {} has {} % of the votes: it alone decides every verdict",
            stake.node,
            percent.unwrap_or_default()
        ));
    }
    warnings
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytemuck::Zeroable;
    use gradual_consensus::{VotingRule, rules::warming::StakeTimeline};
    use solana_sdk::pubkey::Pubkey;

    fn task(voting: VotingRule) -> Task {
        Task {
            minimum_stake_amount: 100,
            voting_rule: voting as u8,
            ..Task::zeroed()
        }
    }

    fn stakes(active: &[u64]) -> Vec<NodeStake> {
        let stake = |&active: &u64| NodeStake {
            node: Pubkey::new_unique(),
            stake: StakeTimeline {
                as_of_round: 0,
                amounts: [active; 3],
                parked: 0,
            },
            ..NodeStake::zeroed()
        };
        active.iter().map(stake).collect()
    }

    #[track_caller]
    fn assert_warned(voting: VotingRule, active: &[u64], expected: &[&str]) {
        let warnings = of(&task(voting), &stakes(active), 7);
        assert_eq!(warnings.len(), expected.len(), "{warnings:?}");
        for (warning, expected) in warnings.iter().zip(expected) {
            assert!(warning.contains(expected), "{warning}");
            assert_eq!(warning.lines().count(), 1, "{warning}");
        }
    }

    #[test]
    fn few_nodes_are_said_and_stake_below_the_minimum_makes_no_node() {
        let by_stake = VotingRule::ByStake;
        assert_warned(by_stake, &[100; 4], &[]);
        assert_warned(by_stake, &[100, 100, 100, 99], &["only 3 nodes have"]);
        let alone = ["only 1 node has", "has 100 % of the votes"];
        assert_warned(by_stake, &[100], &alone);
        assert_warned(by_stake, &[], &["no node has active stake"]);
    }

    #[test]
    fn a_node_with_over_half_is_said_by_the_tasks_own_votes() {
        let uneven = [301, 100, 100, 100];
        assert_warned(VotingRule::ByStake, &uneven, &["has 50 % of the votes"]);
        assert_warned(VotingRule::ByStake, &[300, 100, 100, 100], &[]);
        assert_warned(VotingRule::PerNode, &uneven, &[]);
    }

    #[test]
    fn stake_that_warms_up_has_no_vote_yet() {
        let mut young = stakes(&[100; 4]);
        for stake in &mut young {
            stake.stake.as_of_round = 6;
            stake.stake.amounts = [0, 0, 100];
        }
        let by_stake = task(VotingRule::ByStake);
        assert_eq!(of(&by_stake, &young, 7).len(), 1);
        assert_eq!(of(&by_stake, &young, 8).len(), 0);
    }
}
