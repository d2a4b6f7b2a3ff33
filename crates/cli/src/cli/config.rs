//! `gradual config`.

use super::{Failure, key, session::Session};
use clap::{Args as ClapArgs, Subcommand};
use gradual_consensus::state::Config;
use gradual_consensus_client::{account, address, instruction};
use serde_json::{Value, json};
use solana_sdk::{
    pubkey::Pubkey,
    signature::{Keypair, Signer},
};

#[derive(Subcommand)]
pub(super) enum Command {
    /// Give the program its config on this cluster, once, with the key of its upgrade authority: does
    /// nothing where it is there already
    Init(Init),
    /// Show who may do what, and whether the program is paused
    Show,
    /// Offer the config to another admin, who accepts it; only for the admin
    Handover(Handover),
    /// Become the admin, where the admin has offered it
    Accept,
    /// Stop new tasks, stakes, cycles and lists; only for the admin
    Pause,
    /// Let the program go on; only for the admin
    Resume,
    /// Add and remove those who allowlist tasks: two of them sign, or the only one
    #[command(subcommand)]
    Manager(Manager),
    /// Close the config, with the key of the program's upgrade authority: as a pause, until it is
    /// initialised anew
    Close,
}

#[derive(ClapArgs)]
pub(super) struct Init {
    /// The first manager [default: the key]
    #[arg(long, value_name = "ADDRESS")]
    manager: Option<Pubkey>,
}

#[derive(ClapArgs)]
pub(super) struct Handover {
    /// Who may accept it
    #[arg(required_unless_present = "cancel")]
    to: Option<Pubkey>,
    /// Take the last offer back
    #[arg(long, conflicts_with = "to")]
    cancel: bool,
}

impl Handover {
    /// Who may accept; nobody where the offer is taken back.
    pub(super) fn to(&self) -> Pubkey {
        self.to.unwrap_or_default()
    }
}

#[derive(Subcommand)]
pub(super) enum Manager {
    /// Add a manager
    Add(Change),
    /// Remove a manager
    Remove(Change),
}

#[derive(ClapArgs)]
pub(super) struct Change {
    /// The manager's address
    manager: Pubkey,
    /// Key of the second manager that signs [default: none, while there is only one]
    #[arg(long, value_name = "KEYPAIR")]
    second: Option<String>,
}

impl Command {
    /// Whether the command only looks.
    pub(super) const fn looks(&self) -> bool {
        matches!(self, Self::Show)
    }
}

pub(super) fn run(session: &Session, command: &Command) -> Result<(), Failure> {
    match command {
        Command::Init(args) => init(session, args),
        Command::Show => show(session),
        Command::Handover(args) => handover(session, args.to()),
        Command::Accept => accept(session),
        Command::Pause => set_paused(session, true),
        Command::Resume => set_paused(session, false),
        Command::Manager(Manager::Add(args)) => change(session, args, true),
        Command::Manager(Manager::Remove(args)) => change(session, args, false),
        Command::Close => close(session),
    }
}

fn found(session: &Session) -> Result<Option<Config>, Failure> {
    Ok(account::fetch(&session.ledger, &address::config())?)
}

/// The config, which must be there.
fn config(session: &Session) -> Result<Config, Failure> {
    found(session)?.ok_or_else(|| {
        Failure::Usage(format!(
            "the program has no config on {} yet: its upgrade authority runs gradual config init",
            session.ledger.place()
        ))
    })
}

fn init(session: &Session, args: &Init) -> Result<(), Failure> {
    let key = session.key()?;
    if let Some(config) = found(session)? {
        let text = format!(
            "the config is there already, nothing done\n{}",
            text_of(&config)
        );
        return session.print(&text, &facts_of(&config));
    }
    let (me, manager) = (key.pubkey(), args.manager.unwrap_or_else(|| key.pubkey()));
    let init = instruction::initialize_config(me, me, manager);
    let facts = json!({
        "config": address::config().to_string(),
        "admin": me.to_string(),
        "managers": [manager.to_string()],
    });
    let done = format!("initialised the config: admin {me}, manager {manager}");
    session.send(&[init], key, &done, facts)
}

fn show(session: &Session) -> Result<(), Failure> {
    let config = config(session)?;
    session.print(&text_of(&config), &facts_of(&config))
}

fn text_of(config: &Config) -> String {
    let state = if config.is_paused == 1 {
        "paused: no new tasks, stakes, cycles and lists".to_owned()
    } else {
        format!("running since slot {}", config.running_since_slot)
    };
    let mut lines = vec![
        format!("config {}, {state}", address::config()),
        format!("  admin              {}", config.admin),
    ];
    if config.pending_admin != Pubkey::default() {
        lines.push(format!("  offered to         {}", config.pending_admin));
    }
    let managers = config.managers().iter();
    lines.extend(managers.map(|manager| format!("  manager            {manager}")));
    lines.join("\n")
}

fn facts_of(config: &Config) -> Value {
    let pending = (config.pending_admin != Pubkey::default()).then_some(config.pending_admin);
    let managers: Vec<String> = config.managers().iter().map(Pubkey::to_string).collect();
    json!({
        "config": address::config().to_string(),
        "admin": config.admin.to_string(),
        "pending_admin": pending.map(|admin| admin.to_string()),
        "managers": managers,
        "is_paused": config.is_paused == 1,
        "running_since_slot": (config.is_paused == 0).then_some(config.running_since_slot),
    })
}

fn handover(session: &Session, to: Pubkey) -> Result<(), Failure> {
    let key = session.key()?;
    config(session)?;
    let propose = instruction::propose_admin(key.pubkey(), to);
    let (done, pending) = offer("the config", to);
    session.send(&[propose], key, &done, json!({ "pending_admin": pending }))
}

/// What an offer says, for people and for programs.
pub(super) fn offer(what: &str, to: Pubkey) -> (String, Option<String>) {
    if to == Pubkey::default() {
        (format!("took the offer of {what} back"), None)
    } else {
        let text = format!("offered {what} to {to}, who has to accept it");
        (text, Some(to.to_string()))
    }
}

fn accept(session: &Session) -> Result<(), Failure> {
    let key = session.key()?;
    config(session)?;
    let admin = key.pubkey();
    let accept = instruction::accept_admin(admin);
    let done = format!("the admin is {admin} now");
    let facts = json!({ "admin": admin.to_string() });
    session.send(&[accept], key, &done, facts)
}

fn set_paused(session: &Session, is_paused: bool) -> Result<(), Failure> {
    let key = session.key()?;
    config(session)?;
    let set = instruction::set_paused(key.pubkey(), is_paused);
    let done = if is_paused {
        "paused: no new tasks, stakes, cycles and lists; all else goes on"
    } else {
        "the program goes on"
    };
    session.send(&[set], key, done, json!({ "is_paused": is_paused }))
}

fn change(session: &Session, args: &Change, add: bool) -> Result<(), Failure> {
    let key = session.key()?;
    config(session)?;
    let second: Option<Keypair> = args.second.as_deref().map(key::read).transpose()?;
    let other = second.as_ref().map(Signer::pubkey);
    let (me, manager) = (key.pubkey(), args.manager);
    let (change, done) = if add {
        let insert = instruction::insert_manager(me, other, manager);
        (insert, format!("added manager {manager}"))
    } else {
        let remove = instruction::remove_manager(me, other, manager);
        (remove, format!("removed manager {manager}"))
    };
    let signers: Vec<&Keypair> = [key].into_iter().chain(&second).collect();
    let facts = json!({ "manager": manager.to_string(), "is_manager": add });
    session.send_signed(&[change], &signers, &done, facts)
}

fn close(session: &Session) -> Result<(), Failure> {
    let key = session.key()?;
    let payer = config(session)?.payer;
    let close = instruction::close_config(key.pubkey(), payer);
    let done = format!("closed the config; its rent went back to {payer}");
    let facts = json!({ "rent_to": payer.to_string() });
    session.send(&[close], key, &done, facts)
}
