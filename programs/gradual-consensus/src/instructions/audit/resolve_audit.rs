use crate::{
    checked::{add, count_up},
    error::GradualError,
    events::{AuditResolved, emit},
    meter::section_ends,
    rules::{
        money::{SlashSplit, bps_of, split_slash},
        verdict::Verdict,
    },
    state::{Cycle, NodeStake, Status, Subject, SubjectKind, Task},
};
use anchor_lang::prelude::*;
use anchor_spl::token_interface::TokenInterface;

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
    section_ends("accounts");
    let accounts = ctx.accounts;
    let slot = Clock::get()?.slot;
    let (slashed, signer, tokens) = {
        let mut task = accounts.task.load_mut()?;
        let (kind, mut subject) = Subject::load_mut(&accounts.subject)?;
        Cycle::require_own(&accounts.cycle.key(), &subject)?;
        require!(
            subject.status() == Status::Challenged,
            GradualError::NoOpenAudit
        );
        subject.require_audit_window_over(&task, slot)?;
        // Each is told apart before both are borrowed: author and challenger are never one node.
        let node_of = |stake: &AccountLoader<NodeStake>| stake.load().map(|stake| stake.node);
        require_keys_eq!(
            node_of(&accounts.author_stake)?,
            subject.author,
            GradualError::WrongAuthor
        );
        require_keys_eq!(
            node_of(&accounts.challenger_stake)?,
            subject.audit.challenger,
            GradualError::WrongChallenger
        );
        let mut author = accounts.author_stake.load_mut()?;
        let mut challenger = accounts.challenger_stake.load_mut()?;

        section_ends("checks");
        author.audit_resolved()?;
        challenger.audit_resolved()?;
        let slashed = match subject.resolve(kind, &task)? {
            Verdict::Upheld => {
                let bps = task.slash_bps;
                slash(
                    &mut task,
                    &mut subject,
                    &mut author,
                    &mut challenger,
                    bps,
                    slot,
                )?
            }
            Verdict::Dismissed => {
                let bps = task.false_challenge_bps;
                slash(
                    &mut task,
                    &mut subject,
                    &mut challenger,
                    &mut author,
                    bps,
                    slot,
                )?
            }
            Verdict::Inconclusive => Slash::default(),
        };
        if kind == SubjectKind::Submission && subject.status() == Status::Invalid {
            count_up(&mut accounts.cycle.load_mut()?.invalid)?;
        }
        section_ends("state");
        emit(&AuditResolved {
            task: subject.task,
            subject: accounts.subject.key(),
            cycle: subject.cycle_number,
            kind,
            outcome: subject.audit.outcome,
            stands: subject.status() == Status::Standing,
            slashed_node: slashed.node,
            stake_before: slashed.stake_before,
            stake_after: slashed.stake_after,
            to_winner: slashed.split.winner,
            to_voters: slashed.split.voters,
            to_bounty: slashed.split.bounty,
        });
        section_ends("event");
        let tokens = task.tokens(&accounts.mint, accounts.token_program.key);
        (slashed.amount, task.signer(), tokens)
    };
    if slashed == 0 {
        return Ok(());
    }
    tokens.pay(
        &accounts.stake_pot,
        accounts.task.as_ref(),
        &signer,
        &accounts.bounty_pot,
        slashed,
    )
}

/// What a verdict took from one node, and where it went.
#[derive(Default)]
struct Slash {
    node: Option<Pubkey>,
    amount: u64,
    stake_before: u64,
    stake_after: u64,
    split: SlashSplit,
}

/// Takes `bps` of the loser's whole stake and credits the winner, the voters and the bounty; the
/// caller moves the same amount from the stake pot to the bounty pot.
fn slash(
    task: &mut Task,
    subject: &mut Subject,
    loser: &mut NodeStake,
    winner: &mut NodeStake,
    bps: u16,
    slot: u64,
) -> Result<Slash> {
    let stake_before = loser.stake.total();
    let amount = bps_of(stake_before, bps).ok_or(GradualError::Overflow)?;
    let split =
        split_slash(amount, task.challenger_bps, task.voter_bps).ok_or(GradualError::Overflow)?;
    let round = task.current_round(slot);
    loser.slash(task, round, amount)?;
    winner.credit(split.winner)?;
    subject.audit.slashed = amount;
    subject.audit.voter_pool = split.voters;
    subject.audit.voter_pool_left = split.voters;
    add(&mut task.bounty_available, split.bounty)?;
    add(&mut task.bounty_from_slashes, split.bounty)?;
    Ok(Slash {
        node: Some(loser.node),
        amount,
        stake_before,
        stake_after: loser.stake.total(),
        split,
    })
}
