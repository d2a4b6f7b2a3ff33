//! `gradual config handover` and `accept`.

use super::show;
use crate::cli::{Failure, session::Session};
use clap::Args as ClapArgs;
use gradual_consensus_client::instruction;
use serde_json::json;
use solana_sdk::{pubkey::Pubkey, signature::Signer};

/// Arguments of an offer: of the config to another admin, or of a task to another manager.
#[derive(ClapArgs)]
pub(in crate::cli) struct Offer {
    /// The address that may accept the offer
    #[arg(required_unless_present = "cancel")]
    to: Option<Pubkey>,
    /// Withdraw the last offer
    #[arg(long, conflicts_with = "to")]
    cancel: bool,
}

impl Offer {
    /// The address that may accept; the zero address if the offer is withdrawn.
    pub(in crate::cli) fn to(&self) -> Pubkey {
        self.to.unwrap_or_default()
    }
}

pub(super) fn offer(session: &Session, to: Pubkey) -> Result<(), Failure> {
    let key = session.key()?;
    show::require(session)?;
    let propose = instruction::propose_admin(key.pubkey(), to);
    let (done, pending) = offered("the config", to);
    session.send(&[propose], key, &done, json!({ "pending_admin": pending }))
}

/// The report of an offer of `what`: for people, and for programs the address that may accept.
pub(in crate::cli) fn offered(what: &str, to: Pubkey) -> (String, Option<String>) {
    if to == Pubkey::default() {
        (format!("withdrew the offer of {what}"), None)
    } else {
        let text = format!("offered {what} to {to}, who has to accept it");
        (text, Some(to.to_string()))
    }
}

pub(super) fn accept(session: &Session) -> Result<(), Failure> {
    let key = session.key()?;
    show::require(session)?;
    let admin = key.pubkey();
    let accept = instruction::accept_admin(admin);
    let done = format!("the admin is {admin} now");
    let facts = json!({ "admin": admin.to_string() });
    session.send(&[accept], key, &done, facts)
}
