use crate::{
    checked::{add, count_up},
    error::GradualError,
    events::AuditResolved,
    phases,
    pots::Payment,
    rules::{
        money::{SlashSplit, bps_of, split_slash},
        verdict::Verdict,
    },
    state::{Cycle, NodeStake, Subject, SubjectKind, Task},
};
use anchor_lang::prelude::*;
use anchor_spl::token_interface::TokenInterface;
use std::cell::RefMut;

/// Accounts of [`resolve_audit`](crate::gradual_consensus::resolve_audit). Anyone may send it.
#[derive(Accounts)]
pub struct ResolveAudit<'info> {
    /// The task.
    #[account(
        mut,
        has_one = mint @ GradualError::WrongMint,
        has_one = stake_pot @ GradualError::WrongPot,
        has_one = bounty_pot @ GradualError::WrongPot,
        has_one = token_program
    )]
    pub task: AccountLoader<'info, Task>,
    /// The subject's cycle.
    #[account(mut, has_one = task @ GradualError::WrongTask)]
    pub cycle: AccountLoader<'info, Cycle>,
    /// The submission or list under audit.
    /// CHECK: a submission or list of this cycle; see [`Subject::load_mut`].
    #[account(mut)]
    pub subject: UncheckedAccount<'info>,
    /// The stake of the subject's author.
    #[account(mut, has_one = task @ GradualError::WrongTask)]
    pub author_stake: AccountLoader<'info, NodeStake>,
    /// The stake of the audit's challenger.
    #[account(mut, has_one = task @ GradualError::WrongTask)]
    pub challenger_stake: AccountLoader<'info, NodeStake>,
    /// The task's stake pot.
    /// CHECK: stored in the task.
    #[account(mut)]
    pub stake_pot: UncheckedAccount<'info>,
    /// The task's bounty pot.
    /// CHECK: stored in the task.
    #[account(mut)]
    pub bounty_pot: UncheckedAccount<'info>,
    /// The task's mint.
    /// CHECK: stored in the task.
    pub mint: UncheckedAccount<'info>,
    /// The mint's token program.
    pub token_program: Interface<'info, TokenInterface>,
}

pub(crate) fn handle(ctx: Context<ResolveAudit>) -> Result<()> {
    let accounts = &*ctx.accounts;
    phases::run(|| accounts.check(), |checked| accounts.apply(checked))
}

struct Checked<'a> {
    task: RefMut<'a, Task>,
    kind: SubjectKind,
    subject: RefMut<'a, Subject>,
    author: RefMut<'a, NodeStake>,
    challenger: RefMut<'a, NodeStake>,
    verdict: Verdict,
    stands: bool,
    slash: Slash,
    round: u64,
}

/// What a verdict takes from the node in the wrong, and where it goes.
#[derive(Default)]
struct Slash {
    amount: u64,
    split: SlashSplit,
}

impl Slash {
    fn reckon(task: &Task, loser: &NodeStake, bps: u16) -> Result<Self> {
        let base = task
            .voting()
            .slashable(loser.stake.total(), task.minimum_stake_amount);
        let amount = bps_of(base, bps).ok_or(GradualError::Overflow)?;
        let split = split_slash(amount, task.challenger_bps, task.voter_bps);
        Ok(Self {
            amount,
            split: split.ok_or(GradualError::Overflow)?,
        })
    }
}

impl<'info> ResolveAudit<'info> {
    fn check(&self) -> Result<Checked<'_>> {
        let slot = Clock::get()?.slot;
        let task = self.task.load_mut()?;
        let (kind, subject) = Subject::load_mut(&self.subject)?;
        Cycle::require_own(&self.cycle.key(), &subject)?;
        let (verdict, stands) = subject.decide(kind, &task)?;
        subject.require_audit_window_over(&task, slot)?;
        // Each is told apart before both are borrowed: author and challenger are never one node.
        let node_of = |stake: &AccountLoader<NodeStake>| stake.load().map(|stake| stake.node);
        require_keys_eq!(
            node_of(&self.author_stake)?,
            subject.author,
            GradualError::WrongAuthor
        );
        require_keys_eq!(
            node_of(&self.challenger_stake)?,
            subject.audit.challenger,
            GradualError::WrongChallenger
        );
        let author = self.author_stake.load_mut()?;
        let challenger = self.challenger_stake.load_mut()?;
        let slash = match verdict {
            Verdict::Upheld => Slash::reckon(&task, &author, task.slash_bps)?,
            Verdict::Dismissed => Slash::reckon(&task, &challenger, task.false_challenge_bps)?,
            Verdict::Undecided => Slash::default(),
        };
        Ok(Checked {
            round: task.current_round(slot),
            task,
            kind,
            subject,
            author,
            challenger,
            verdict,
            stands,
            slash,
        })
    }

    fn apply<'a>(&'a self, checked: Checked) -> Result<(Payment<'a, 'info>, AuditResolved)> {
        let Checked {
            mut task,
            kind,
            mut subject,
            mut author,
            mut challenger,
            verdict,
            stands,
            slash,
            round,
        } = checked;
        author.audit_resolved()?;
        challenger.challenge_resolved(kind)?;
        subject.resolve(verdict, stands);
        if kind == SubjectKind::Submission && !stands {
            count_up(&mut self.cycle.load_mut()?.invalid)?;
        }
        let sides = match verdict {
            Verdict::Upheld => Some((&mut author, &mut challenger)),
            Verdict::Dismissed => Some((&mut challenger, &mut author)),
            Verdict::Undecided => None,
        };
        let (mut slashed_node, mut stake_before, mut stake_after) = (None, 0, 0);
        if let Some((loser, winner)) = sides {
            stake_before = loser.stake.total();
            loser.slash(&mut task, round, slash.amount)?;
            winner.credit(slash.split.winner)?;
            subject.audit.slashed = slash.amount;
            subject.audit.voter_pool = slash.split.voters;
            subject.audit.voter_pool_left = slash.split.voters;
            add(&mut task.bounty_available, slash.split.bounty)?;
            add(&mut task.bounty_from_slashes, slash.split.bounty)?;
            (slashed_node, stake_after) = (Some(loser.node), loser.stake.total());
        }
        let event = AuditResolved {
            task: subject.task,
            subject: self.subject.key(),
            cycle: subject.cycle_number,
            kind,
            outcome: subject.audit.outcome,
            stands,
            slashed_node,
            stake_before,
            stake_after,
            to_winner: slash.split.winner,
            to_voters: slash.split.voters,
            to_bounty: slash.split.bounty,
        };
        let payment = Payment {
            tokens: task.tokens(&self.mint, self.token_program.key),
            task: self.task.as_ref(),
            pot: &self.stake_pot,
            to: &self.bounty_pot,
            amount: slash.amount,
        };
        Ok((payment, event))
    }
}
