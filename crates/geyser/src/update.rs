//! What a server sends, as far as it is used.

use solana_sdk::{account::Account, pubkey::Pubkey};
use yellowstone_grpc_proto::{
    geyser::{
        SlotStatus, SubscribeUpdate, SubscribeUpdateAccount, SubscribeUpdateTransaction,
        subscribe_update::UpdateOneof,
    },
    solana::storage::confirmed_block::Message,
};

/// One message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Update {
    /// A block has changed an account.
    Changed { slot: u64, change: Change },
    /// A block has a transaction that names the task.
    Touched { slot: u64, touch: Touch },
    /// A block got on.
    Slot {
        slot: u64,
        parent: Option<u64>,
        status: SlotStatus,
    },
    /// The server asks whether anybody listens.
    Ping,
    /// What was not asked for.
    Other,
}

/// An account as a block left it. Of several changes in a block the last one counts: its `write` is the highest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Change {
    pub(crate) address: Pubkey,
    pub(crate) account: Account,
    pub(crate) write: u64,
}

/// The accounts that a transaction could write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Touch {
    /// The transaction's place in its block.
    pub(crate) index: u64,
    /// The addresses, each with whether nothing is left there.
    pub(crate) written: Vec<(Pubkey, bool)>,
}

impl Update {
    /// Reads `update`; `None` if it cannot be read.
    pub(crate) fn read(update: SubscribeUpdate) -> Option<Self> {
        Some(match update.update_oneof? {
            UpdateOneof::Account(changed) => Self::Changed {
                slot: changed.slot,
                change: change(changed)?,
            },
            UpdateOneof::Transaction(sent) => Self::Touched {
                slot: sent.slot,
                touch: touch(sent)?,
            },
            UpdateOneof::Slot(slot) => Self::Slot {
                slot: slot.slot,
                parent: slot.parent,
                status: SlotStatus::try_from(slot.status).ok()?,
            },
            UpdateOneof::Ping(_) => Self::Ping,
            _ => Self::Other,
        })
    }
}

fn address(bytes: &[u8]) -> Option<Pubkey> {
    Pubkey::try_from(bytes).ok()
}

fn change(changed: SubscribeUpdateAccount) -> Option<Change> {
    let found = changed.account?;
    Some(Change {
        address: address(&found.pubkey)?,
        write: found.write_version,
        account: Account {
            lamports: found.lamports,
            owner: address(&found.owner)?,
            executable: found.executable,
            rent_epoch: found.rent_epoch,
            data: found.data,
        },
    })
}

fn touch(sent: SubscribeUpdateTransaction) -> Option<Touch> {
    let found = sent.transaction?;
    let (message, meta) = (found.transaction?.message?, found.meta?);
    let (fixed, looked_up) = (&message.account_keys, &meta.loaded_writable_addresses);
    let all = fixed.iter().chain(looked_up).zip(&meta.post_balances);
    let written = all
        .enumerate()
        .filter(|(place, _)| is_writable(&message, *place));
    let written = written.map(|(_, (key, lamports))| Some((address(key)?, *lamports == 0)));
    Some(Touch {
        index: found.index,
        written: written.collect::<Option<_>>()?,
    })
}

/// Whether the account at `place` of `message` may be written: the signers come first, of them and of the others in
/// turn those that are only read last, and then those that tables name, of which only the writable ones are asked
/// about.
fn is_writable(message: &Message, place: usize) -> bool {
    let header = message.header.unwrap_or_default();
    let count = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
    let (all, signed) = (
        message.account_keys.len(),
        count(header.num_required_signatures),
    );
    let ends_before = |end: usize, read: u32| place < end.saturating_sub(count(read));
    if place < signed {
        ends_before(signed, header.num_readonly_signed_accounts)
    } else {
        place >= all || ends_before(all, header.num_readonly_unsigned_accounts)
    }
}
