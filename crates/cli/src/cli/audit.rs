//! `gradual audit`, and audits as other commands show them.

use super::{Failure, amount, session::Session};
use clap::Args as ClapArgs;
use gradual_consensus::{
    VotingRule,
    state::{Audit as AuditState, DistributionList, Subject, Task},
};
use gradual_consensus_client::{
    account::{FullSubmission, Stored},
    instruction,
    stage::{outcome_of, stands},
};
use serde_json::{Value, json};
use solana_sdk::{pubkey::Pubkey, signature::Signer};

#[derive(ClapArgs)]
pub(super) struct Audit {
    /// The address of a submission or distribution list
    subject: Pubkey,
    /// Vote for it
    #[arg(long, required_unless_present = "invalid", conflicts_with = "invalid")]
    valid: bool,
    /// Vote against it; the first such vote opens the audit
    #[arg(long)]
    invalid: bool,
}

pub(super) fn run(session: &Session, args: &Audit) -> Result<(), Failure> {
    let (key, subject) = (session.key()?, subject_at(session, &args.subject)?);
    let voter = key.pubkey();
    let audit = instruction::audit(
        subject.task,
        args.subject,
        subject.author,
        voter,
        voter,
        args.valid,
    );
    let verdict = if args.valid { "valid" } else { "invalid" };
    let done = format!(
        "voted {verdict} on {} of cycle {} by {}",
        args.subject, subject.cycle_number, subject.author
    );
    let facts = json!({
        "task": subject.task.to_string(), "cycle": subject.cycle_number,
        "subject": args.subject.to_string(), "author": subject.author.to_string(),
        "voter": voter.to_string(), "is_valid": args.valid,
    });
    session.send(&[audit], key, &done, facts)
}

fn subject_at(session: &Session, address: &Pubkey) -> Result<Subject, Failure> {
    let account = session.account(address)?;
    let is_list = account.data.starts_with(DistributionList::TYPE);
    if is_list {
        let list: DistributionList = session.stored(address, "distribution list")?;
        return Ok(list.subject);
    }
    let submission: FullSubmission = session.stored(address, "submission or distribution list")?;
    Ok(submission.header.subject)
}

/// An audit, to be shown: both weights against half of the electorate.
#[derive(Clone, Copy)]
pub(super) struct Shown {
    subject: Pubkey,
    author: Pubkey,
    audit: AuditState,
    stands: bool,
}

impl Shown {
    /// The audit of the subject at `address`; `None` if nobody has challenged it.
    pub(super) fn of(address: Pubkey, subject: &Subject) -> Option<Self> {
        let audit = subject.audit;
        (audit.challenger != Pubkey::default()).then(|| Self {
            subject: address,
            author: subject.author,
            audit,
            stands: stands(subject),
        })
    }

    /// For people.
    pub(super) fn text(&self, task: &Task) -> String {
        let weight = |weight: u64| match task.voting() {
            VotingRule::ByStake => amount::show(weight, task),
            VotingRule::PerNode => format!("{weight} nodes"),
        };
        let audit = &self.audit;
        format!(
            "audit of {} by {}: {}; invalid {}, valid {} and its author's {}, half of the electorate is {}",
            self.subject,
            self.author,
            self.outcome(),
            weight(audit.weight_invalid),
            weight(audit.weight_valid),
            weight(audit.author_weight),
            weight(audit.electorate / 2)
        )
    }

    /// For programs.
    pub(super) fn facts(&self) -> Value {
        let audit = &self.audit;
        json!({
            "subject": self.subject.to_string(), "author": self.author.to_string(),
            "challenger": audit.challenger.to_string(), "outcome": self.outcome(),
            "stands": audit.verdict().map(|_| self.stands),
            "weight_invalid": amount::exact(audit.weight_invalid),
            "weight_valid": amount::exact(audit.weight_valid),
            "author_weight": amount::exact(audit.author_weight),
            "electorate": amount::exact(audit.electorate),
        })
    }

    const fn outcome(&self) -> &'static str {
        outcome_of(self.audit.verdict(), self.stands)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytemuck::Zeroable;
    use gradual_consensus::{rules::verdict::Verdict, state::Status};

    fn challenged() -> Subject {
        let mut subject = Subject::zeroed();
        subject.audit.challenger = Pubkey::new_unique();
        subject.audit.electorate = 9;
        subject.audit.author_weight = 2;
        subject.audit.weight_invalid = 4;
        subject.audit.weight_valid = 3;
        subject.status = Status::Challenged as u8;
        subject
    }

    #[test]
    fn an_audit_is_shown_against_half_of_the_electorate() {
        let subject = challenged();
        let shown = Shown::of(Pubkey::new_unique(), &subject).unwrap();
        let mut task = Task::zeroed();
        assert!(shown.text(&task).ends_with(
            "open; invalid 4 nodes, valid 3 nodes and its author's 2 nodes, half of the electorate is 4 nodes"
        ));
        task.voting_rule = VotingRule::ByStake as u8;
        task.mint_decimals = 6;
        assert!(
            shown
                .text(&task)
                .contains("valid 0.000003 1111…1111 and its author's 0.000002 1111…1111")
        );
        assert_eq!(shown.facts()["electorate"], "9");
        assert_eq!(shown.facts()["stands"], Value::Null);
        assert!(Shown::of(Pubkey::new_unique(), &Subject::zeroed()).is_none());
    }

    #[test]
    fn an_undecided_audit_says_what_became_of_its_subject() {
        let mut subject = challenged();
        subject.audit.outcome = Verdict::Undecided as u8;
        for (status, outcome, stands) in [
            (Status::Invalid, "undecided, it falls", false),
            (Status::Standing, "undecided, it stands", true),
        ] {
            subject.status = status as u8;
            let facts = Shown::of(Pubkey::new_unique(), &subject).unwrap().facts();
            assert_eq!(
                (&facts["outcome"], &facts["stands"]),
                (&outcome.into(), &stands.into())
            );
        }
    }
}
