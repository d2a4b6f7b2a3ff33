//! Which mints a task may pay and stake in (protocol, section 4): a list of the Token-2022 extensions
//! that leave balances alone. Whatever is not on it is refused, what is invented later too.
//!
//! `docs/tokens.md` shows the same table; a test compares the two.

/// What becomes of a task whose mint has an extension.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// It leaves balances and transfers alone.
    Accepted,
    /// Accepted while new accounts of the mint begin initialized; refused where they begin frozen.
    UnlessFrozen,
    /// It can move, tax, hide, stop or void balances behind the program's back.
    Refused,
}

/// An extension of Token-2022 mints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extension {
    /// Its number in the mint's data.
    pub number: u16,
    /// Its name in the token program's interface.
    pub name: &'static str,
    /// Whether a task may live with it.
    pub rule: Rule,
    /// Why.
    pub why: &'static str,
}

macro_rules! extensions {
    ($($number:literal $name:ident $rule:ident $why:literal;)+) => {
        /// Every extension that a Token-2022 mint can have today.
        pub const EXTENSIONS: &[Extension] = &[$(Extension {
            number: $number,
            name: stringify!($name),
            rule: Rule::$rule,
            why: $why,
        }),+];

        /// Whether a task may live with the extension of this number.
        pub const fn rule(number: u16) -> Rule {
            match number {
                $($number => Rule::$rule,)+
                _ => Rule::Refused,
            }
        }
    };
}

extensions! {
    1 TransferFeeConfig Refused "less arrives in a pot than was sent";
    3 MintCloseAuthority Refused "a mint that was closed can be made again with other decimals and extensions";
    4 ConfidentialTransferMint Refused "balances that nobody can read";
    6 DefaultAccountState UnlessFrozen "pots that begin frozen could never pay";
    9 NonTransferable Refused "nothing could be staked or paid";
    10 InterestBearingConfig Accepted "changes only how amounts are shown";
    12 PermanentDelegate Refused "its holder can empty every pot";
    14 TransferHook Refused "another program decides over every transfer";
    16 ConfidentialTransferFeeConfig Refused "fees on balances that nobody can read";
    18 MetadataPointer Accepted "says where the token is described";
    19 TokenMetadata Accepted "describes the token";
    20 GroupPointer Accepted "says where the token's group is described";
    21 TokenGroup Accepted "describes a group of tokens";
    22 GroupMemberPointer Accepted "says where the token's membership is described";
    23 TokenGroupMember Accepted "describes the token's membership in a group";
    24 ConfidentialMintBurn Refused "a supply that nobody can read";
    25 ScaledUiAmount Accepted "changes only how amounts are shown";
    26 Pausable Refused "its authority can stop every transfer";
    28 PermissionedBurn Refused "not needed, and its rules may still change";
}

/// Bytes of a mint without extensions.
const MINT: usize = 82;
/// Where a mint says how many decimals its amounts have, and whether it is initialized.
const DECIMALS: usize = 44;
/// Where a mint's extensions begin: behind the space of a token account and the byte that tells the two
/// apart.
const FIRST: usize = 166;
/// What that byte says of a mint.
const IS_MINT: u8 = 1;
/// What an initialized mint says of itself, and [`Rule::UnlessFrozen`] wants of new accounts.
const INITIALIZED: u8 = 1;

/// Why a mint is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The data are not those of an initialized mint.
    NotAMint,
    /// An extension that is refused or unknown, or data that cannot be read.
    Extension,
    /// Accounts of the mint begin frozen.
    Frozen,
}

/// Checks the data of a mint of either token program against the table, and returns its decimals.
///
/// # Errors
/// [`Refusal`].
pub fn accept(data: &[u8]) -> Result<u8, Refusal> {
    let (base, extensions) = if data.len() == MINT {
        (data, &[][..])
    } else {
        let (base, extensions) = data.split_at_checked(FIRST).ok_or(Refusal::NotAMint)?;
        if base.last() != Some(&IS_MINT) {
            return Err(Refusal::NotAMint);
        }
        (base, extensions)
    };
    let Some([decimals, INITIALIZED]) = base.get(DECIMALS..).and_then(|rest| rest.first_chunk())
    else {
        return Err(Refusal::NotAMint);
    };
    accept_extensions(extensions)?;
    Ok(*decimals)
}

fn accept_extensions(mut rest: &[u8]) -> Result<(), Refusal> {
    // Each extension is a number and a length of two bytes, and as many bytes of its own. Number 0
    // ends the list early.
    while let Some((number, after)) = rest.split_first_chunk::<2>() {
        let number = u16::from_le_bytes(*number);
        if number == 0 {
            break;
        }
        let (length, after) = after.split_first_chunk::<2>().ok_or(Refusal::Extension)?;
        let length = usize::from(u16::from_le_bytes(*length));
        let (value, after) = after.split_at_checked(length).ok_or(Refusal::Extension)?;
        match rule(number) {
            Rule::Accepted => (),
            Rule::UnlessFrozen if value == [INITIALIZED] => (),
            Rule::UnlessFrozen => return Err(Refusal::Frozen),
            Rule::Refused => return Err(Refusal::Extension),
        }
        rest = after;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use anchor_spl::token_2022::spl_token_2022::extension::ExtensionType;
    use proptest::prelude::*;

    /// A mint's data with these extensions.
    fn mint(extensions: &[(u16, &[u8])]) -> Vec<u8> {
        let mut data = vec![0; FIRST];
        data[DECIMALS..DECIMALS + 2].copy_from_slice(&[9, INITIALIZED]);
        data[FIRST - 1] = IS_MINT;
        for (number, value) in extensions {
            data.extend(number.to_le_bytes());
            data.extend(u16::try_from(value.len()).unwrap().to_le_bytes());
            data.extend(*value);
        }
        data
    }

    #[test]
    fn a_mint_without_extensions_is_accepted() {
        assert_eq!(accept(&mint(&[])[..MINT]), Ok(9));
        assert_eq!(accept(&mint(&[])), Ok(9));
    }

    #[test]
    fn every_row_decides_alone_and_among_others() {
        for extension in EXTENSIONS {
            let number = extension.number;
            let expected = match extension.rule {
                Rule::Accepted => Ok(9),
                Rule::UnlessFrozen => Err(Refusal::Frozen),
                Rule::Refused => Err(Refusal::Extension),
            };
            assert_eq!(accept(&mint(&[(number, &[2])])), expected, "{extension:?}");
            let among: [(u16, &[u8]); 3] = [(18, &[0; 64]), (number, &[2]), (25, &[0; 56])];
            assert_eq!(accept(&mint(&among)), expected, "{extension:?}");
        }
        assert_eq!(accept(&mint(&[(6, &[1])])), Ok(9));
    }

    #[test]
    fn unknown_extensions_are_refused() {
        for number in 1..=u16::MAX {
            let known = EXTENSIONS.iter().any(|e| e.number == number);
            assert!(known || accept(&mint(&[(number, &[])])) == Err(Refusal::Extension));
        }
    }

    #[test]
    fn names_and_numbers_are_those_of_the_token_program() {
        for extension in EXTENSIONS {
            // What is newer than the interface at hand cannot be compared.
            if let Ok(known) = ExtensionType::try_from(extension.number) {
                assert_eq!(format!("{known:?}"), extension.name);
            } else {
                assert_eq!(extension.name, "PermissionedBurn");
            }
        }
    }

    #[test]
    fn data_that_cannot_be_read_are_refused() {
        let whole = mint(&[(18, &[0; 64])]);
        assert_eq!(accept(&whole[..whole.len() - 1]), Err(Refusal::Extension));
        assert_eq!(accept(&whole[..FIRST + 3]), Err(Refusal::Extension));
        assert_eq!(accept(&whole[..MINT + 1]), Err(Refusal::NotAMint));
        assert_eq!(accept(&[]), Err(Refusal::NotAMint));
        for change in [DECIMALS + 1, FIRST - 1] {
            let mut other = whole.clone();
            other[change] = 2;
            assert_eq!(accept(&other), Err(Refusal::NotAMint), "{change}");
        }
    }

    #[test]
    fn the_docs_show_this_table() {
        let docs = include_str!("../../../../docs/tokens.md");
        for Extension {
            name, rule, why, ..
        } in EXTENSIONS
        {
            let word = match rule {
                Rule::Accepted => "accepted",
                Rule::UnlessFrozen => "accepted while new accounts begin initialized",
                Rule::Refused => "refused",
            };
            let row = format!("| `{name}` | {word} | {why} |");
            assert!(docs.contains(&row), "docs/tokens.md lacks {row}");
        }
    }

    proptest! {
        /// Padding behind the list changes nothing, and no data make the check panic.
        #[test]
        fn whatever_the_data(data in prop::collection::vec(any::<u8>(), 0..400), padding in 0usize..20) {
            let _ = accept(&data);
            let mut padded = mint(&[(18, &[7; 64])]);
            padded.extend(vec![0; padding]);
            prop_assert_eq!(accept(&padded), Ok(9));
            padded = mint(&[(12, &[7; 32])]);
            padded.extend(vec![0; padding]);
            prop_assert_eq!(accept(&padded), Err(Refusal::Extension));
        }
    }
}
