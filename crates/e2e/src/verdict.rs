//! Whether everybody got what was due: judged by the ledger's history alone.

use crate::{behaviour::Behaviour, event::Event, history::History, node::Node, phase::Course};
use std::collections::BTreeMap;

/// Share of its stake that the author of an invalid subject loses, in basis points: the default.
const SLASH_BPS: u128 = 7_000;
/// Share of its stake that a false challenger loses, in basis points: the default.
const FALSE_CHALLENGE_BPS: u128 = 2_000;
/// Over half of the stake called a submission or list invalid.
const UPHELD: u64 = 1;
/// Over half of the stake defended it.
const DISMISSED: u64 = 2;

/// What is judged.
pub struct Case<'a> {
    /// All that happened.
    pub history: &'a History,
    /// The nodes.
    pub nodes: &'a [Node],
    /// What was played.
    pub course: &'a Course,
}

/// Figures of the faults that were punished.
#[derive(Clone, Copy, Debug, Default)]
pub struct Punished {
    /// Wrong proofs.
    pub proofs: u64,
    /// Wrong lists.
    pub lists: u64,
}

impl Case<'_> {
    /// All that is not as it should be, and how much was punished.
    pub fn judge(&self) -> (Vec<String>, Punished) {
        let mut findings = Vec::new();
        for cycle in self.course.cycles.0..=self.course.cycles.1 {
            self.judge_cycle(cycle, &mut findings);
        }
        let punished = self.judge_faults(&mut findings);
        (findings, punished)
    }

    fn phase_of(&self, cycle: u64) -> &'static str {
        // Submitted for in the round after its own.
        let submitted = cycle + 1;
        let phase = (self.course.phases.iter())
            .find(|phase| (phase.first_round..=phase.last_round).contains(&submitted));
        phase.map_or("after the last phase", |phase| phase.name)
    }

    /// Events called `name` of `cycle`.
    fn of(&self, cycle: u64, name: &'static str) -> impl Iterator<Item = &Event> {
        let events = self.history.named(name);
        events.filter(move |event| event.number("cycle") == cycle)
    }

    fn judge_cycle(&self, cycle: u64, findings: &mut Vec<String>) {
        let phase = self.phase_of(cycle);
        let mut find =
            |what: String| findings.push(format!("phase {phase}, cycle {cycle}: {what}"));
        let count = |name, node: &Node| {
            let events = self.of(cycle, name);
            let mine = events.filter(|event| event.text("node") == node.address);
            mine.count()
        };
        for node in self.nodes {
            let (submitted, paid) = (count("Submitted", node), count("PaidOut", node));
            let (name, log) = (&node.name, node.log.display());
            let excused = node.excused.contains(&cycle);
            match (node.behaviour, excused) {
                (Behaviour::Honest, false) if submitted != 1 => {
                    find(format!(
                        "node {name} submitted {submitted} times: see {log}"
                    ));
                }
                (Behaviour::Honest, false) if paid != 1 => {
                    find(format!("node {name} was paid {paid} times: see {log}"));
                }
                (_, true) if submitted != 0 => {
                    find(format!("node {name} submitted without SOL: see {log}"));
                }
                (Behaviour::WrongProof, _) if paid != 0 => {
                    find(format!("node {name} was paid for a wrong proof"));
                }
                _ if paid > submitted || submitted > 1 => {
                    find(format!(
                        "node {name} submitted {submitted} times, was paid {paid} times"
                    ));
                }
                _ => {}
            }
        }
        let amounts = self
            .of(cycle, "PaidOut")
            .map(|event| event.number("amount"));
        let amounts: std::collections::BTreeSet<u64> = amounts.collect();
        if amounts.len() > 1 {
            find(format!("shares are not equal: {amounts:?}"));
        }
        let finalized = self.of(cycle, "DistributionFinalized");
        let accepted = finalized.filter(|event| event.is("accepted")).count();
        if accepted != 1 {
            find(format!("{accepted} lists were accepted"));
        }
        let equal = self.of(cycle, "EqualSharePaid").count();
        if equal != 0 {
            find(format!("{equal} equal shares were paid beside its list"));
        }
        for (name, what) in [("CycleOpened", "opened"), ("CycleClosed", "closed")] {
            let times = self.of(cycle, name).count();
            if times != 1 {
                find(format!("it was {what} {times} times"));
            }
        }
        self.judge_money(cycle, &mut find);
    }

    /// What was set aside for `cycle` was paid to its nodes, or is available again.
    fn judge_money(&self, cycle: u64, find: &mut impl FnMut(String)) {
        let sum = |name, field| -> u64 {
            let events = self.of(cycle, name);
            events.map(|event| event.number(field)).sum()
        };
        let (bounty, paid) = (sum("CycleOpened", "bounty"), sum("PaidOut", "amount"));
        let returned = |name| -> u64 {
            let events = self.of(cycle, name);
            let rises = events.map(|event| {
                let (before, after) = ("available_before", "available_after");
                event.number(after).saturating_sub(event.number(before))
            });
            rises.sum()
        };
        let returned = returned("DistributionFinalized") + returned("CycleClosed");
        if bounty != paid + returned {
            find(format!(
                "of a bounty of {bounty}, {paid} were paid and {returned} returned"
            ));
        }
    }

    fn judge_faults(&self, findings: &mut Vec<String>) -> Punished {
        let mut punished = Punished::default();
        for node in self.nodes {
            let (kind, faults): (_, BTreeMap<u64, u64>) = match node.behaviour {
                Behaviour::Honest => continue,
                Behaviour::WrongProof => ("Submission", self.done_by(node, "Submitted", "node")),
                Behaviour::Overpay => (
                    "List",
                    self.done_by(node, "DistributionListSubmitted", "proposer"),
                ),
            };
            let slashes = self.history.named("AuditResolved").filter(|event| {
                event.text("slashed_node") == node.address
                    && event.text("kind") == kind
                    && event.number("outcome") == UPHELD
            });
            let mut slashed: BTreeMap<u64, u64> = BTreeMap::new();
            for slash in slashes {
                *slashed.entry(slash.number("cycle")).or_default() += 1;
            }
            if faults.is_empty() {
                findings.push(format!("node {} did nothing wrong", node.name));
            }
            if faults != slashed {
                findings.push(format!(
                    "node {}: faults by cycle {faults:?}, slashes by cycle {slashed:?}",
                    node.name
                ));
            }
            let count = slashed.values().sum();
            match node.behaviour {
                Behaviour::WrongProof => punished.proofs = count,
                _ => punished.lists = count,
            }
        }
        for audit in self.history.named("AuditResolved") {
            self.judge_audit(audit, findings);
        }
        punished
    }

    /// How many events called `name` have `node` in `field`, by cycle.
    fn done_by(&self, node: &Node, name: &'static str, field: &str) -> BTreeMap<u64, u64> {
        let mut done = BTreeMap::new();
        let events = self.history.named(name);
        for event in events.filter(|event| event.text(field) == node.address) {
            *done.entry(event.number("cycle")).or_default() += 1;
        }
        done
    }

    /// Every audit must find the one guilty who is, and take the right part of its stake.
    fn judge_audit(&self, audit: &Event, findings: &mut Vec<String>) {
        let cycle = audit.number("cycle");
        let mut find = |what: String| {
            let phase = self.phase_of(cycle);
            let kind = audit.text("kind").to_lowercase();
            findings.push(format!(
                "phase {phase}, cycle {cycle}: the audit of a {kind} {what}"
            ));
        };
        let slashed = audit.text("slashed_node");
        let node = self.nodes.iter().find(|node| node.address == slashed);
        match (audit.number("outcome"), node) {
            (UPHELD, Some(node)) if node.behaviour == Behaviour::Honest => {
                find(format!("slashed node {}, which is honest", node.name));
            }
            (UPHELD, Some(_)) => {}
            (UPHELD, None) => find(format!("slashed {slashed:?}, which is no node")),
            // What it means to propose differs from the list of another node, which it therefore challenges.
            (DISMISSED, Some(node))
                if node.behaviour == Behaviour::Overpay && audit.text("kind") == "List" => {}
            (outcome, _) => find(format!("came to outcome {outcome}, slashing {slashed:?}")),
        }
        let before = u128::from(audit.number("stake_before"));
        let after = u128::from(audit.number("stake_after"));
        let share = match audit.number("outcome") {
            DISMISSED => FALSE_CHALLENGE_BPS,
            _ => SLASH_BPS,
        };
        let taken = before * share / 10_000;
        if after + taken != before {
            find(format!("left {after} of a stake of {before}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::path::PathBuf;

    const CYCLE: u64 = 1;

    fn node(name: &str, behaviour: Behaviour) -> Node {
        let path = PathBuf::from(name);
        Node::new(name.into(), path.clone(), name.into(), behaviour, path)
    }

    /// One cycle in which all is as it should be: its list fell once, as did the one wrong proof.
    fn good() -> Vec<Event> {
        let opened = json!({"cycle": CYCLE, "opener": "overpay", "bounty": 12});
        let mut events = vec![Event::made_up("CycleOpened", opened)];
        for node in ["honest", "wrong-proof", "overpay"] {
            let submitted = json!({"cycle": CYCLE, "node": node});
            events.push(Event::made_up("Submitted", submitted));
        }
        for node in ["honest", "overpay"] {
            let paid = json!({"cycle": CYCLE, "node": node, "amount": 5});
            events.push(Event::made_up("PaidOut", paid));
        }
        for (node, kind) in [("wrong-proof", "Submission"), ("overpay", "List")] {
            let audit = json!({
                "cycle": CYCLE, "kind": kind, "outcome": UPHELD, "slashed_node": node,
                "stake_before": 101, "stake_after": 31,
            });
            events.push(Event::made_up("AuditResolved", audit));
        }
        for (proposer, accepted) in [("overpay", false), ("honest", true)] {
            let list = json!({"cycle": CYCLE, "proposer": proposer});
            events.push(Event::made_up("DistributionListSubmitted", list));
            let finalized = json!({
                "cycle": CYCLE, "accepted": accepted, "available_before": 40,
                "available_after": if accepted { 41 } else { 40 },
            });
            events.push(Event::made_up("DistributionFinalized", finalized));
        }
        let closed = json!({"cycle": CYCLE, "available_before": 41, "available_after": 42});
        events.push(Event::made_up("CycleClosed", closed));
        events
    }

    fn findings(events: Vec<Event>, excused: bool) -> Vec<String> {
        let mut nodes = [
            node("honest", Behaviour::Honest),
            node("wrong-proof", Behaviour::WrongProof),
            node("overpay", Behaviour::Overpay),
        ];
        if excused {
            nodes[0].excused.insert(CYCLE);
        }
        let history = History {
            events,
            ..History::default()
        };
        let course = Course {
            seed: 1,
            phases: vec![],
            cycles: (CYCLE, CYCLE),
        };
        let case = Case {
            history: &history,
            nodes: &nodes,
            course: &course,
        };
        case.judge().0
    }

    #[track_caller]
    fn assert_found(events: Vec<Event>, expected: &str) {
        let found = findings(events, false);
        assert!(
            found.iter().any(|found| found.contains(expected)),
            "{expected}: {found:?}"
        );
    }

    fn position(events: &[Event], name: &str) -> usize {
        events.iter().position(|event| event.name == name).unwrap()
    }

    #[test]
    fn a_good_cycle_is_good() {
        assert_eq!(findings(good(), false), Vec::<String>::new());
    }

    #[test]
    fn whatever_is_missing_is_found() {
        for (name, expected) in [
            ("Submitted", "node honest submitted 0 times"),
            ("PaidOut", "node honest was paid 0 times"),
            (
                "AuditResolved",
                "node wrong-proof: faults by cycle {1: 1}, slashes by cycle {}",
            ),
            ("CycleOpened", "opened 0 times"),
            ("CycleClosed", "closed 0 times"),
        ] {
            let mut events = good();
            events.remove(position(&events, name));
            assert_found(events, expected);
        }
        let mut events = good();
        events.retain(|event| !event.is("accepted"));
        assert_found(events, "0 lists were accepted");
        let mut events = good();
        events.retain(|event| event.text("proposer") != "overpay");
        assert_found(events, "node overpay did nothing wrong");
    }

    #[test]
    fn whatever_happens_twice_is_found() {
        for (name, expected) in [
            ("Submitted", "node honest submitted 2 times"),
            ("PaidOut", "node honest was paid 2 times"),
            ("AuditResolved", "slashes by cycle {1: 2}"),
            ("CycleOpened", "opened 2 times"),
            ("CycleClosed", "closed 2 times"),
        ] {
            let mut events = good();
            events.push(events[position(&events, name)].clone());
            assert_found(events, expected);
        }
    }

    #[test]
    fn money_that_is_paid_beside_the_list_or_lost_is_found() {
        let mut events = good();
        let share = json!({"cycle": CYCLE, "node": "honest", "amount": 4});
        events.push(Event::made_up("EqualSharePaid", share));
        assert_found(events, "1 equal shares were paid beside its list");
        let mut events = good();
        let opening = position(&events, "CycleOpened");
        events[opening] = Event::made_up("CycleOpened", json!({"cycle": CYCLE, "bounty": 13}));
        assert_found(events, "of a bounty of 13, 10 were paid and 2 returned");
    }

    #[test]
    fn a_wrong_verdict_or_amount_is_found() {
        let audit = |changed: serde_json::Value| {
            let mut fields = json!({
                "cycle": CYCLE, "kind": "List", "outcome": UPHELD, "slashed_node": "honest",
                "stake_before": 10, "stake_after": 3,
            });
            for (key, value) in changed.as_object().unwrap() {
                fields[key] = value.clone();
            }
            let mut events = good();
            events.push(Event::made_up("AuditResolved", fields));
            events
        };
        assert_found(audit(json!({})), "slashed node honest, which is honest");
        assert_found(audit(json!({"stake_after": 4})), "left 4 of a stake of 10");
        assert_found(audit(json!({"outcome": 3})), "came to outcome 3");
        assert_found(audit(json!({"outcome": DISMISSED})), "came to outcome 2");
        let false_challenge = |after: u64| {
            audit(json!({"outcome": DISMISSED, "slashed_node": "overpay", "stake_after": after}))
        };
        assert_eq!(findings(false_challenge(8), false), Vec::<String>::new());
        assert_found(false_challenge(3), "left 3 of a stake of 10");
        let of_submission = json!({
            "kind": "Submission", "outcome": DISMISSED, "slashed_node": "overpay", "stake_after": 8,
        });
        assert_found(audit(of_submission), "came to outcome 2");
        assert_found(audit(json!({"slashed_node": "x"})), "which is no node");
        let mut events = good();
        let paid = json!({"cycle": CYCLE, "node": "wrong-proof", "amount": 6});
        events.push(Event::made_up("PaidOut", paid));
        assert_found(
            events.clone(),
            "node wrong-proof was paid for a wrong proof",
        );
        assert_found(events, "shares are not equal");
    }

    #[test]
    fn who_could_not_submit_is_excused_and_must_not_have() {
        let mut events = good();
        events.retain(|event| event.text("node") != "honest");
        // The 5 that it was not paid are available again.
        let closed = position(&events, "CycleClosed");
        let returned = json!({"cycle": CYCLE, "available_before": 41, "available_after": 47});
        events[closed] = Event::made_up("CycleClosed", returned);
        assert_eq!(findings(events, true), Vec::<String>::new());
        assert!(findings(good(), true)[0].contains("submitted without SOL"));
    }
}
