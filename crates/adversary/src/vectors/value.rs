//! Values as the IDL lays them out, read from bytes.

use crate::attack::idl::{Shape, Type, shape};
use serde_json::{Map, Value, json};
use solana_sdk::pubkey::Pubkey;

/// Bytes that are read from their beginning.
pub struct Reader<'a> {
    data: &'a [u8],
}

impl<'a> Reader<'a> {
    /// Reads `data`.
    pub const fn new(data: &'a [u8]) -> Self {
        Self { data }
    }

    /// What has not been read.
    pub const fn rest(&self) -> &'a [u8] {
        self.data
    }

    fn take(&mut self, count: usize) -> &'a [u8] {
        let (taken, rest) = self.data.split_at(count);
        self.data = rest;
        taken
    }

    fn number(&mut self, bytes: usize) -> u64 {
        let taken = self.take(bytes).iter().rev();
        taken.fold(0, |number, byte| number << 8 | u64::from(*byte))
    }

    fn count(&mut self) -> usize {
        usize::try_from(self.number(4)).expect("a length")
    }

    /// The next value, which is of type `kind`: 64-bit numbers as decimal strings, addresses in base 58, bytes
    /// in hexadecimal digits, variants by name.
    pub fn value(&mut self, kind: &Type) -> Value {
        match kind {
            Type::Bool => json!(self.number(1) == 1),
            Type::U8 => json!(self.number(1)),
            Type::U16 => json!(self.number(2)),
            Type::U32 => json!(self.number(4)),
            Type::U64 => json!(self.number(8).to_string()),
            Type::Pubkey => {
                let bytes: [u8; 32] = self.take(32).try_into().expect("32 bytes");
                json!(Pubkey::from(bytes).to_string())
            }
            Type::String => {
                let count = self.count();
                json!(std::str::from_utf8(self.take(count)).expect("UTF-8"))
            }
            Type::Bytes => {
                let count = self.count();
                json!(hex(self.take(count)))
            }
            Type::Option(some) => match self.number(1) {
                0 => Value::Null,
                _ => self.value(some),
            },
            Type::Vec(each) => {
                let count = self.count();
                self.values(each, count)
            }
            Type::Array(each, count) if matches!(**each, Type::U8) => json!(hex(self.take(*count))),
            Type::Array(each, count) => self.values(each, *count),
            Type::Defined { name } => self.defined(name),
        }
    }

    fn values(&mut self, each: &Type, count: usize) -> Value {
        (0..count).map(|_| self.value(each)).collect()
    }

    /// The next value, which is of the program's type called `name`.
    pub fn defined(&mut self, name: &str) -> Value {
        match shape(name) {
            Shape::Struct { fields } => {
                let fields = fields.iter();
                let fields = fields.map(|field| (field.name.clone(), self.value(&field.kind)));
                Value::Object(fields.collect::<Map<_, _>>())
            }
            Shape::Enum { variants } => {
                let number = usize::try_from(self.number(1)).expect("a variant");
                json!(variants[number].name)
            }
        }
    }

    /// The bytes of the field at `path` in the program's type called `name`, which comes next; `None` where it
    /// has no such field.
    pub fn field(&mut self, name: &str, path: &[&str]) -> Option<&'a [u8]> {
        let ((first, deeper), Shape::Struct { fields }) = (path.split_first()?, shape(name)) else {
            return None;
        };
        for field in fields {
            if field.name != **first {
                self.value(&field.kind);
                continue;
            }
            return match &field.kind {
                Type::Defined { name } if !deeper.is_empty() => self.field(name, deeper),
                kind => {
                    let before = self.data;
                    self.value(kind);
                    let count = before.len() - self.data.len();
                    deeper.is_empty().then(|| &before[..count])
                }
            };
        }
        None
    }
}

/// `bytes` in hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
