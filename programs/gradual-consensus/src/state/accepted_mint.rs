use crate::{
    error::GradualError,
    rules::mint::{Refusal, check},
};
use anchor_lang::prelude::*;
use anchor_spl::token_interface::Mint;
use std::ops::Deref;

/// A mint of either token program that a task may pay and stake in: reading it checks its extensions
/// against [`crate::rules::mint`].
#[derive(Clone, Debug)]
pub struct AcceptedMint(Mint);

impl AccountDeserialize for AcceptedMint {
    fn try_deserialize_unchecked(data: &mut &[u8]) -> Result<Self> {
        let mint = Mint::try_deserialize_unchecked(&mut &**data)?;
        check(data).map_err(|refusal| match refusal {
            Refusal::Extension => GradualError::RefusedExtension,
            Refusal::Frozen => GradualError::FrozenByDefault,
        })?;
        Ok(Self(mint))
    }
}

impl AccountSerialize for AcceptedMint {}

impl Owners for AcceptedMint {
    fn owners() -> &'static [Pubkey] {
        Mint::owners()
    }
}

impl Deref for AcceptedMint {
    type Target = Mint;

    fn deref(&self) -> &Mint {
        &self.0
    }
}

#[cfg(feature = "idl-build")]
mod idl_build {
    use super::AcceptedMint;

    // As anchor-spl has it for its own `Mint`: the type is another program's and not in the IDL.
    impl anchor_lang::IdlBuild for AcceptedMint {}
    impl anchor_lang::Discriminator for AcceptedMint {
        const DISCRIMINATOR: &'static [u8] = &[];
    }
}
