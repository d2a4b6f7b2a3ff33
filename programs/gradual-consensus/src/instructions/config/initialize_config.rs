use crate::{
    constants::CONFIG_SEED,
    error::GradualError,
    events::{ConfigInitialized, emit},
    pda::{self, NewAccount},
    state::Config,
};
use anchor_lang::prelude::*;
use bytemuck::Zeroable;

/// Accounts of [`initialize_config`](crate::gradual_consensus::initialize_config).
#[derive(Accounts)]
pub struct InitializeConfig<'info> {
    /// The program's upgrade authority; becomes the admin.
    pub authority: Signer<'info>,
    /// Pays the rent of the config.
    #[account(mut)]
    pub payer: Signer<'info>,
    /// The config to be.
    /// CHECK: created here.
    #[account(mut, seeds = [CONFIG_SEED], bump)]
    pub config: UncheckedAccount<'info>,
    /// What the upgradeable loader keeps of this program.
    /// CHECK: by its address and owner; see [`require_upgrade_authority`].
    pub program_data: UncheckedAccount<'info>,
    /// The system program.
    pub system_program: Program<'info, System>,
}

pub(crate) fn handle(ctx: Context<InitializeConfig>, manager: Pubkey) -> Result<()> {
    let accounts = ctx.accounts;
    let admin = accounts.authority.key();
    require_upgrade_authority(&accounts.program_data, &admin)?;
    let mut config = Config {
        admin,
        payer: accounts.payer.key(),
        bump: ctx.bumps.config,
        ..Config::zeroed()
    };
    config.insert_manager(manager)?;
    pda::require_free(&accounts.config, GradualError::ConfigExists)?;
    NewAccount {
        address: &accounts.config,
        payer: &accounts.payer,
        seeds: &[CONFIG_SEED, &[config.bump]],
    }
    .create(&[], |created| *created = config)?;
    emit(&ConfigInitialized { admin, manager });
    Ok(())
}

/// # Errors
/// [`GradualError::WrongProgramData`] unless `program_data` is what the upgradeable loader keeps of this
/// program, [`GradualError::NotUpgradeAuthority`] unless `signer` is named in it: nobody is, once the
/// program is final.
pub(crate) fn require_upgrade_authority(program_data: &AccountInfo, signer: &Pubkey) -> Result<()> {
    let loader = solana_sdk_ids::bpf_loader_upgradeable::ID;
    let (address, _) = Pubkey::find_program_address(&[crate::ID.as_ref()], &loader);
    require!(
        *program_data.key == address && *program_data.owner == loader,
        GradualError::WrongProgramData
    );
    let data = program_data.try_borrow_data()?;
    let data = ProgramData::try_deserialize(&mut &**data);
    let data = data.map_err(|_| GradualError::WrongProgramData)?;
    require!(
        data.upgrade_authority_address == Some(*signer),
        GradualError::NotUpgradeAuthority
    );
    Ok(())
}
