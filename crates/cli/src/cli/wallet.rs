//! The token accounts that commands take tokens from and pay to, or SOL wrapped for one transaction.

use super::{Failure, amount::is_sol, session::Session};
use clap::Args as ClapArgs;
use gradual_consensus_client::instruction::TaskTokens;
use solana_sdk::{
    instruction::Instruction,
    program_pack::Pack,
    pubkey::Pubkey,
    signature::{Keypair, Signer},
};
use solana_system_interface::instruction::create_account_with_seed;
use spl_associated_token_account_interface::{
    address::get_associated_token_address_with_program_id,
    instruction::create_associated_token_account_idempotent,
};
use spl_token_interface::{
    instruction::{close_account, initialize_account3},
    state::Account as TokenAccount,
};

/// Bytes of an address seed at most.
const SEED_LEN: usize = 32;

/// Options of commands that take tokens.
#[derive(ClapArgs)]
pub(super) struct Source {
    /// Token account to take the tokens from [default: the key's associated one]
    #[arg(long, value_name = "ADDRESS", conflicts_with = "sol")]
    from: Option<Pubkey>,
    /// Pay with SOL, which is wrapped for the task
    #[arg(long)]
    sol: bool,
}

/// Options of commands that pay tokens out.
#[derive(ClapArgs)]
pub(super) struct Destination {
    /// Token account to pay to [default: the key's associated one, created if it is missing]
    #[arg(long, value_name = "ADDRESS", conflicts_with = "sol")]
    to: Option<Pubkey>,
    /// Be paid in SOL, which is unwrapped
    #[arg(long)]
    sol: bool,
}

/// A token account, and the instructions before and after its use in the same transaction.
pub(super) struct Purse {
    before: Vec<Instruction>,
    pub(super) account: Pubkey,
    after: Vec<Instruction>,
}

impl Purse {
    const fn existing(account: Pubkey) -> Self {
        Self {
            before: vec![],
            account,
            after: vec![],
        }
    }

    /// `instruction` between the ones that open and close the account.
    pub(super) fn around(self, instruction: Instruction) -> Vec<Instruction> {
        let mut all = self.before;
        all.push(instruction);
        all.extend(self.after);
        all
    }

    /// An account of wrapped SOL that lives for one transaction: `lamports` go in, all that is in
    /// it afterwards comes out as SOL. It leaves the owner's own wrapped SOL alone.
    fn wrapped(session: &Session, owner: &Pubkey, lamports: u64) -> Result<Self, Failure> {
        let program = spl_token_interface::ID;
        let failed =
            |error: &dyn std::fmt::Display| Failure::Failed(format!("cannot wrap SOL: {error}"));
        let rent = session
            .ledger
            .call(|client| client.get_minimum_balance_for_rent_exemption(TokenAccount::LEN))?;
        let funds = rent.checked_add(lamports).ok_or_else(|| {
            Failure::Usage("that is more SOL than exists: use a smaller amount".into())
        })?;
        // Nobody else can know the address before, and close it by sending lamports there. Where several sign
        // the same transaction, it is the same for all of them.
        let unique = session.mark_of(owner)?.map_or_else(
            || Keypair::new().pubkey(),
            |mark| Pubkey::new_from_array(mark.to_bytes()),
        );
        let seed: String = unique.to_string().chars().take(SEED_LEN).collect();
        let account =
            Pubkey::create_with_seed(owner, &seed, &program).map_err(|error| failed(&error))?;
        let space = TokenAccount::LEN as u64;
        let create =
            create_account_with_seed(owner, &account, owner, &seed, funds, space, &program);
        let mint = spl_token_interface::native_mint::ID;
        let open = initialize_account3(&program, &account, &mint, owner)
            .map_err(|error| failed(&error))?;
        let close =
            close_account(&program, &account, owner, owner, &[]).map_err(|error| failed(&error))?;
        Ok(Self {
            before: vec![create, open],
            account,
            after: vec![close],
        })
    }
}

impl Source {
    /// A token account with `amount` of the task's mint that `owner` may spend.
    ///
    /// # Errors
    /// Bad input: there is none. Or the ledger's.
    pub(super) fn purse(
        &self,
        session: &Session,
        owner: &Pubkey,
        tokens: &TaskTokens,
        amount: u64,
    ) -> Result<Purse, Failure> {
        if self.sol {
            require_sol(tokens)?;
            return Purse::wrapped(session, owner, amount);
        }
        let account = self.from.unwrap_or_else(|| associated(owner, tokens));
        if self.from.is_none() && session.find(&account)?.is_none() {
            let hint = if is_sol(&tokens.mint) {
                "use --sol to pay in SOL"
            } else {
                "fund it, or name another with --from"
            };
            return Err(Failure::Usage(format!(
                "{owner} has no token account {account} of mint {}: {hint}",
                tokens.mint
            )));
        }
        require_mint(session, &account, tokens)?;
        Ok(Purse::existing(account))
    }
}

impl Destination {
    /// A token account for the task's mint to pay `owner` to.
    ///
    /// # Errors
    /// Bad input: the account named is not one. Or the ledger's.
    pub(super) fn purse(
        &self,
        session: &Session,
        owner: &Pubkey,
        tokens: &TaskTokens,
    ) -> Result<Purse, Failure> {
        if self.sol {
            require_sol(tokens)?;
            return Purse::wrapped(session, owner, 0);
        }
        if let Some(account) = self.to {
            require_mint(session, &account, tokens)?;
            return Ok(Purse::existing(account));
        }
        let create = create_associated_token_account_idempotent(
            owner,
            owner,
            &tokens.mint,
            &tokens.token_program,
        );
        Ok(Purse {
            before: vec![create],
            account: associated(owner, tokens),
            after: vec![],
        })
    }
}

fn associated(owner: &Pubkey, tokens: &TaskTokens) -> Pubkey {
    get_associated_token_address_with_program_id(owner, &tokens.mint, &tokens.token_program)
}

fn require_sol(tokens: &TaskTokens) -> Result<(), Failure> {
    if is_sol(&tokens.mint) {
        return Ok(());
    }
    Err(Failure::Usage(format!(
        "task {} is not in SOL but in mint {}: leave --sol out",
        tokens.task, tokens.mint
    )))
}

/// Refuses an account that is no token account of the task's mint.
fn require_mint(session: &Session, address: &Pubkey, tokens: &TaskTokens) -> Result<(), Failure> {
    let account = session.account(address)?;
    let token = (account.owner == tokens.token_program)
        .then(|| TokenAccount::unpack_from_slice(account.data.get(..TokenAccount::LEN)?).ok())
        .flatten();
    match token {
        Some(token) if token.mint == tokens.mint => Ok(()),
        Some(token) => Err(Failure::Usage(format!(
            "{address} holds mint {}, the task is in {}: name an account of the task's mint",
            token.mint, tokens.mint
        ))),
        None => Err(Failure::Usage(format!(
            "{address} is no account of the task's token program: name a token account of mint {}",
            tokens.mint
        ))),
    }
}
