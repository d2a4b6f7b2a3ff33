use crate::{
    error::GradualError,
    events::PaidOut,
    phases,
    rules::merkle::{Digest, Leaf, verify},
    state::{Cycle, DistributionList, NodeStake, Status, Submission},
};
use anchor_lang::prelude::*;
use std::{
    cell::RefMut,
    io::{self, ErrorKind},
};

/// Accounts of [`payout`](crate::gradual_consensus::payout). Anyone may send it, for any node.
#[derive(Accounts)]
pub struct Payout<'info> {
    /// The cycle.
    #[account(mut)]
    pub cycle: AccountLoader<'info, Cycle>,
    /// The accepted list.
    pub list: AccountLoader<'info, DistributionList>,
    /// The submission of the node to be paid.
    #[account(mut)]
    pub submission: AccountLoader<'info, Submission>,
    /// That node's stake account, which is credited.
    #[account(mut)]
    pub node_stake: AccountLoader<'info, NodeStake>,
}

impl crate::instruction::Payout {
    /// Reads the arguments as Borsh does, but the hashes of the proof at once: one by one, they take more CU.
    /// A type's own function goes before one of a trait, so that Anchor calls this one.
    ///
    /// # Errors
    /// Where the arguments are cut short.
    pub fn deserialize(data: &mut &[u8]) -> io::Result<Self> {
        let index = u32::deserialize(data)?;
        let amount = u64::deserialize(data)?;
        let hashes = u32::deserialize(data)?;
        let (proof, rest) = usize::try_from(hashes)
            .ok()
            .and_then(|hashes| hashes.checked_mul(size_of::<Digest>()))
            .and_then(|length| data.split_at_checked(length))
            .ok_or(ErrorKind::UnexpectedEof)?;
        *data = rest;
        Ok(Self {
            index,
            amount,
            proof: bytemuck::cast_slice(proof).to_vec(),
        })
    }
}

pub(crate) fn handle(
    ctx: Context<Payout>,
    index: u32,
    amount: u64,
    proof: Vec<Digest>,
) -> Result<()> {
    let accounts = &*ctx.accounts;
    phases::run(
        || accounts.check(index, amount, &proof),
        |checked| apply(checked, amount),
    )
}

struct Checked<'a> {
    cycle: RefMut<'a, Cycle>,
    submission: RefMut<'a, Submission>,
    stake: RefMut<'a, NodeStake>,
}

impl Payout<'_> {
    fn check(&self, index: u32, amount: u64, proof: &[Digest]) -> Result<Checked<'_>> {
        let cycle_address = self.cycle.key();
        let cycle = self.cycle.load_mut()?;
        let list = self.list.load()?;
        let submission = self.submission.load_mut()?;
        let stake = self.node_stake.load_mut()?;
        Cycle::require_own(&cycle_address, &list.subject)?;
        Cycle::require_own(&cycle_address, &submission.subject)?;
        require_keys_eq!(stake.task, cycle.task, GradualError::WrongTask);
        require_keys_eq!(
            stake.node,
            submission.subject.author,
            GradualError::WrongNode
        );
        require!(
            list.subject.status() == Status::Accepted,
            GradualError::ListNotAccepted
        );
        let leaf = Leaf {
            task: cycle.task.to_bytes(),
            cycle: cycle.number,
            index,
            node: stake.node.to_bytes(),
            amount,
        };
        require!(
            amount > 0 && verify(&list.merkle_root, leaf.hash(), index, list.count, proof),
            GradualError::InvalidProof
        );
        submission.require_payable()?;
        require!(amount <= cycle.unpaid()?, GradualError::PayoutExceedsTotal);
        Ok(Checked {
            cycle,
            submission,
            stake,
        })
    }
}

fn apply(checked: Checked, amount: u64) -> Result<((), PaidOut)> {
    let Checked {
        mut cycle,
        mut submission,
        mut stake,
    } = checked;
    submission.pay();
    cycle.pay(amount)?;
    let balance_before = stake.available_balance;
    stake.credit(amount)?;
    let event = PaidOut {
        task: cycle.task,
        cycle: cycle.number,
        node: stake.node,
        amount,
        balance_before,
        balance_after: stake.available_balance,
    };
    Ok(((), event))
}

#[cfg(test)]
mod tests {
    use crate::{instruction, rules::merkle::Digest};
    use anchor_lang::prelude::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn arguments_are_read_as_borsh_reads_them(
            index in any::<u32>(),
            amount in any::<u64>(),
            proof in prop::collection::vec(any::<Digest>(), 0..20),
            behind in prop::collection::vec(any::<u8>(), 0..40),
            cut in any::<prop::sample::Index>(),
        ) {
            let mut bytes = Vec::new();
            instruction::Payout { index, amount, proof: proof.clone() }.serialize(&mut bytes)?;
            let whole = bytes.len();
            bytes.extend(&behind);
            let mut rest = &bytes[..];
            let read = instruction::Payout::deserialize(&mut rest)?;
            prop_assert_eq!((read.index, read.amount, read.proof), (index, amount, proof));
            prop_assert_eq!(rest, behind);

            let cut = &bytes[..cut.index(whole)];
            prop_assert!(instruction::Payout::deserialize(&mut &cut[..]).is_err());
        }

        #[test]
        fn what_borsh_refuses_is_refused(
            hashes in prop_oneof![0u32..8, any::<u32>()],
            before in any::<[u8; 12]>(),
            behind in prop::collection::vec(any::<u8>(), 0..200),
        ) {
            let bytes = [&before[..], &hashes.to_le_bytes(), &behind].concat();
            let ours = instruction::Payout::deserialize(&mut &bytes[..]);
            let borsh = <instruction::Payout as AnchorDeserialize>::deserialize(&mut &bytes[..]);
            prop_assert_eq!(ours.is_ok(), borsh.is_ok());
        }
    }
}
