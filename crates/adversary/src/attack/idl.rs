//! What the program's IDL says of an instruction: the names of its accounts, which of them sign and are
//! written, the seeds of those that are created, and how its arguments are laid out.

use serde::Deserialize;
use serde_json::Value;
use solana_sdk::{
    instruction::{AccountMeta, Instruction},
    pubkey::Pubkey,
};
use std::{collections::BTreeMap, sync::LazyLock};

/// Bytes of a discriminator, at the beginning of an instruction's data.
const DISCRIMINATOR: usize = 8;

static IDL: LazyLock<Idl> = LazyLock::new(|| {
    let text = include_str!("../../../../idl/gradual_consensus.json");
    serde_json::from_str(text).expect("idl/gradual_consensus.json is an IDL: run cargo xtask idl")
});

#[derive(Deserialize)]
struct Idl {
    instructions: Vec<Signature>,
    accounts: Vec<Tagged>,
    events: Vec<Tagged>,
    types: Vec<Definition>,
}

/// A type whose bytes begin with its discriminator: an account's or an event's.
#[derive(Deserialize)]
pub struct Tagged {
    /// The type's name.
    pub name: String,
    /// Its first bytes.
    pub discriminator: Vec<u8>,
}

/// An instruction, as the IDL describes it.
#[derive(Deserialize)]
pub struct Signature {
    /// Its name.
    pub name: String,
    /// The first bytes of its data.
    pub discriminator: Vec<u8>,
    /// Its accounts, in their order.
    pub accounts: Vec<Account>,
    /// Its arguments, in their order.
    pub args: Vec<Field>,
}

/// One account of an instruction.
#[derive(Deserialize)]
pub struct Account {
    /// Its name.
    pub name: String,
    /// Whether the instruction changes it.
    #[serde(default)]
    pub writable: bool,
    /// Whether it signs.
    #[serde(default)]
    pub signer: bool,
    /// Its address, where there is only one.
    pub address: Option<String>,
    /// Whence its address is derived.
    pub pda: Option<Derived>,
    /// The accounts that hold its address in the field of its name.
    #[serde(default)]
    pub relations: Vec<String>,
}

/// How an address is derived.
#[derive(Deserialize)]
pub struct Derived {
    /// The seeds, in their order.
    pub seeds: Vec<Seed>,
    /// The program that owns the address, where it is another one.
    pub program: Option<Seed>,
}

/// One seed of an address.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Seed {
    /// These bytes.
    Const {
        /// The bytes.
        value: Vec<u8>,
    },
    /// The address of another account of the instruction, or a field of it.
    Account {
        /// That account's name, and behind it the way to the field.
        path: String,
    },
    /// An argument of the instruction.
    Arg {
        /// That argument's name.
        path: String,
    },
}

impl Seed {
    /// These bytes.
    pub fn bytes(value: &[u8]) -> Self {
        Self::Const {
            value: value.to_vec(),
        }
    }

    /// The address of the account of this name.
    pub fn account(name: &str) -> Self {
        Self::Account { path: name.into() }
    }

    /// The argument of this name.
    pub fn argument(name: &str) -> Self {
        Self::Arg { path: name.into() }
    }
}

/// A named part of an argument, or an argument.
#[derive(Deserialize)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// Its type.
    #[serde(rename = "type")]
    pub kind: Type,
}

/// How a value is laid out.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Type {
    /// One byte, 0 or 1.
    Bool,
    /// One byte.
    U8,
    /// Two bytes, little endian.
    U16,
    /// Four bytes, little endian.
    U32,
    /// Eight bytes, little endian.
    U64,
    /// An address, 32 bytes.
    Pubkey,
    /// UTF-8 behind its length in four bytes.
    String,
    /// Bytes behind their length in four bytes.
    Bytes,
    /// A byte, and the value where that is 1.
    Option(Box<Self>),
    /// Values behind their number in four bytes.
    Vec(Box<Self>),
    /// So many values.
    Array(Box<Self>, usize),
    /// A type of the program's own.
    Defined {
        /// Its name.
        name: String,
    },
}

#[derive(Deserialize)]
struct Definition {
    name: String,
    #[serde(rename = "type")]
    kind: Value,
}

/// The shape of a type of the program's own.
#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Shape {
    /// Its fields, one behind the other.
    Struct {
        /// The fields.
        #[serde(default)]
        fields: Vec<Field>,
    },
    /// The number of a variant, in one byte.
    Enum {
        /// The variants.
        variants: Vec<Variant>,
    },
}

/// A variant of an enum.
#[derive(Deserialize)]
pub struct Variant {
    /// Its name.
    pub name: String,
}

/// The accounts' types.
pub fn accounts() -> &'static [Tagged] {
    &IDL.accounts
}

/// The events' types.
pub fn events() -> &'static [Tagged] {
    &IDL.events
}

/// Every instruction, by name.
pub fn signatures() -> &'static [Signature] {
    &IDL.instructions
}

/// The instruction called `name`.
///
/// # Panics
/// Where the IDL has none.
pub fn signature(name: &str) -> &'static Signature {
    let mut all = IDL.instructions.iter();
    all.find(|one| one.name == name)
        .unwrap_or_else(|| panic!("the IDL has no instruction {name}: run cargo xtask idl"))
}

/// The account called `name` of an instruction of the program.
///
/// # Panics
/// Where it has none.
pub fn account<'a>(instruction: &'a mut Instruction, name: &str) -> &'a mut AccountMeta {
    let mut all = IDL.instructions.iter();
    let signature = all.find(|one| instruction.data.starts_with(&one.discriminator));
    let index = signature
        .expect("an instruction of the program")
        .position(name);
    &mut instruction.accounts[index]
}

/// Puts another account in the place called `name`.
pub fn replace(instruction: &mut Instruction, name: &str, other: Pubkey) {
    account(instruction, name).pubkey = other;
}

impl Signature {
    /// The place of the account called `name`.
    ///
    /// # Panics
    /// Where there is none.
    pub fn position(&self, name: &str) -> usize {
        let found = self.accounts.iter().position(|one| one.name == name);
        found.unwrap_or_else(|| panic!("{} has no account {name}", self.name))
    }

    /// Whether it has an account called `name`.
    pub fn has(&self, name: &str) -> bool {
        self.accounts.iter().any(|one| one.name == name)
    }

    /// What `seeds` are in `instruction`.
    pub fn seeds(&self, seeds: &[Seed], instruction: &Instruction) -> Vec<Vec<u8>> {
        let arguments = self.layout(&instruction.data).arguments;
        let bytes = |seed: &Seed| match seed {
            Seed::Const { value } => value.clone(),
            Seed::Account { path } => {
                let meta = &instruction.accounts[self.position(path)];
                meta.pubkey.to_bytes().to_vec()
            }
            Seed::Arg { path } => {
                let (start, end) = arguments[path.as_str()];
                instruction.data[start..end].to_vec()
            }
        };
        seeds.iter().map(bytes).collect()
    }

    /// Where the parts of `data` are.
    pub fn layout(&self, data: &[u8]) -> Layout<'_> {
        let mut layout = Layout {
            at: DISCRIMINATOR,
            ..Layout::default()
        };
        for argument in &self.args {
            let start = layout.at;
            layout.walk(&argument.name, &argument.kind, data);
            layout.arguments.insert(&argument.name, (start, layout.at));
        }
        layout
    }
}

/// Where the parts of an instruction's data are.
#[derive(Default)]
pub struct Layout<'a> {
    at: usize,
    /// First byte, and first byte behind, of every argument.
    pub arguments: BTreeMap<&'a str, (usize, usize)>,
    /// Every length of four bytes: whose it is, where it stands, and whether it counts single bytes.
    pub lengths: Vec<(&'a str, usize, bool)>,
}

impl<'a> Layout<'a> {
    fn walk(&mut self, name: &'a str, kind: &'a Type, data: &[u8]) {
        match kind {
            Type::Bool | Type::U8 => self.at += 1,
            Type::U16 => self.at += 2,
            Type::U32 => self.at += 4,
            Type::U64 => self.at += 8,
            Type::Pubkey => self.at += 32,
            Type::String | Type::Bytes => {
                let count = self.length(name, true, data);
                self.at += count;
            }
            Type::Vec(each) => {
                for _ in 0..self.length(name, false, data) {
                    self.walk(name, each, data);
                }
            }
            Type::Array(each, count) => {
                for _ in 0..*count {
                    self.walk(name, each, data);
                }
            }
            Type::Option(some) => {
                let is_some = data[self.at] == 1;
                self.at += 1;
                if is_some {
                    self.walk(name, some, data);
                }
            }
            Type::Defined { name } => match shape(name) {
                Shape::Enum { .. } => self.at += 1,
                Shape::Struct { fields } => {
                    for field in fields {
                        self.walk(&field.name, &field.kind, data);
                    }
                }
            },
        }
    }

    fn length(&mut self, name: &'a str, is_bytes: bool, data: &[u8]) -> usize {
        let bytes = data[self.at..self.at + 4].try_into().expect("four bytes");
        self.lengths.push((name, self.at, is_bytes));
        self.at += 4;
        u32::from_le_bytes(bytes) as usize
    }
}

/// The shape of the program's own type called `name`.
///
/// # Panics
/// Where the IDL has none, or one that nothing here can read.
pub fn shape(name: &str) -> &'static Shape {
    static SHAPES: LazyLock<BTreeMap<&str, Shape>> = LazyLock::new(|| {
        // Types of accounts and events may have shapes that no argument has.
        let known = IDL.types.iter().filter_map(|one| {
            let shape = Shape::deserialize(&one.kind).ok()?;
            Some((one.name.as_str(), shape))
        });
        known.collect()
    });
    SHAPES
        .get(name)
        .unwrap_or_else(|| panic!("the type {name} is new to the attacks"))
}
