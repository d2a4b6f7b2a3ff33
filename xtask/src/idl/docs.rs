//! What an IDL leaves unexplained.
//!
//! Instruction arguments, enum variants and tuple fields have no place for docs in the format, so
//! they are not asked for any.

use anchor_lang_idl_spec::{
    Idl, IdlArrayLen, IdlDefinedFields, IdlInstructionAccountItem, IdlSerialization, IdlType,
    IdlTypeDef, IdlTypeDefTy,
};
use std::collections::BTreeMap;

/// What a message must not contain: generators of clients write it into the source of other languages, where
/// these may end the text or stand for a value.
const CODE: [char; 6] = ['{', '}', '`', '"', '\\', '$'];

/// Names everything that has no docs and could have, and every zero-copy type that is not shown as
/// one.
pub fn missing(idl: &Idl) -> Vec<String> {
    let mut missing = Missing(vec![]);
    missing.note(&idl.docs, || "the program".to_owned());
    for instruction in &idl.instructions {
        let name = &instruction.name;
        missing.note(&instruction.docs, || format!("instruction {name}"));
        missing.accounts(name, &instruction.accounts);
    }
    for constant in &idl.constants {
        missing.note(&constant.docs, || format!("constant {}", constant.name));
    }
    for error in &idl.errors {
        let message = error.msg.as_deref().unwrap_or_default();
        if message.trim().is_empty() {
            missing.0.push(format!("error {}", error.name));
        }
        if message.contains("::") || message.contains(CODE) {
            let what = format!("error {}, whose message reads as code", error.name);
            missing.0.push(what);
        }
    }

    let types: BTreeMap<_, _> = idl.types.iter().map(|ty| (ty.name.as_str(), ty)).collect();
    for name in
        (idl.accounts.iter().map(|item| &item.name)).chain(idl.events.iter().map(|item| &item.name))
    {
        if !types.contains_key(name.as_str()) {
            missing.0.push(format!("{name}, which has no type"));
        }
    }
    for ty in &idl.types {
        missing.of_type(ty, &types);
    }
    missing.0
}

struct Missing(Vec<String>);

impl Missing {
    fn note(&mut self, docs: &[String], what: impl FnOnce() -> String) {
        let text = docs
            .iter()
            .map(|line| line.trim())
            .find(|line| !line.is_empty());
        // Anchor leaves lines that begin with `CHECK:` out; what such a line goes on to say in the next
        // one would stand there as half a sentence.
        if text.is_none_or(|text| text.starts_with(char::is_lowercase)) {
            self.0.push(what());
        }
    }

    fn accounts(&mut self, instruction: &str, accounts: &[IdlInstructionAccountItem]) {
        for account in accounts {
            match account {
                IdlInstructionAccountItem::Single(account) => {
                    self.note(&account.docs, || {
                        format!("{instruction}'s {}", account.name)
                    });
                }
                IdlInstructionAccountItem::Composite(group) => {
                    self.accounts(instruction, &group.accounts);
                }
            }
        }
    }

    fn of_type(&mut self, ty: &IdlTypeDef, types: &BTreeMap<&str, &IdlTypeDef>) {
        self.note(&ty.docs, || ty.name.clone());
        let IdlTypeDefTy::Struct {
            fields: Some(IdlDefinedFields::Named(fields)),
        } = &ty.ty
        else {
            return;
        };
        for field in fields {
            self.note(&field.docs, || format!("{}.{}", ty.name, field.name));
            let inner = used(&field.ty).and_then(|name| types.get(name));
            if ty.serialization == IdlSerialization::Bytemuck
                && inner.is_some_and(|inner| inner.serialization != IdlSerialization::Bytemuck)
            {
                let what = format!("{}.{} as zero-copy", ty.name, field.name);
                self.0.push(what);
            }
        }
    }
}

/// The program's own type that `ty` is, or is an array of.
fn used(ty: &IdlType) -> Option<&str> {
    match ty {
        IdlType::Defined { name, .. } => Some(name),
        IdlType::Array(item, IdlArrayLen::Value(_) | IdlArrayLen::Generic(_)) => used(item),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    /// Everything that can have docs, each with some.
    fn documented() -> Value {
        let docs = ["Said."];
        json!({
            "address": "",
            "metadata": { "name": "game", "version": "0.1.0", "spec": "0.1.0" },
            "docs": docs,
            "instructions": [{
                "name": "play", "docs": docs, "discriminator": [1],
                "accounts": [{ "name": "player", "docs": docs }],
                "args": [{ "name": "hand", "type": "u8" }],
            }],
            "accounts": [{ "name": "Board", "discriminator": [2] }],
            "events": [{ "name": "Played", "discriminator": [3] }],
            "errors": [{ "code": 6000, "name": "Lost", "msg": "lost: play better" }],
            "constants": [{ "name": "SEED", "docs": docs, "type": "bytes", "value": "[1]" }],
            "types": [
                { "name": "Board", "docs": docs, "serialization": "bytemuck", "type": { "kind": "struct", "fields": [
                    { "name": "fields", "docs": docs, "type": { "array": [{ "defined": { "name": "Field" } }, 64] } },
                ] } },
                { "name": "Field", "docs": docs, "serialization": "bytemuck", "type": { "kind": "struct", "fields": [
                    { "name": "piece", "docs": docs, "type": "u8" },
                ] } },
                { "name": "Played", "docs": docs, "type": { "kind": "struct", "fields": [
                    { "name": "hand", "docs": docs, "type": "u8" },
                ] } },
            ],
        })
    }

    fn missing_in(idl: Value) -> Vec<String> {
        missing(&serde_json::from_value(idl).unwrap())
    }

    #[test]
    fn nothing_is_missing_where_all_is_said() {
        assert_eq!(missing_in(documented()), Vec::<String>::new());
    }

    #[test]
    fn each_place_is_noticed() {
        for (place, expected) in [
            ("/docs", "the program"),
            ("/instructions/0/docs", "instruction play"),
            ("/instructions/0/accounts/0/docs", "play's player"),
            ("/constants/0/docs", "constant SEED"),
            ("/types/0/docs", "Board"),
            ("/types/1/type/fields/0/docs", "Field.piece"),
            ("/types/2/type/fields/0/docs", "Played.hand"),
        ] {
            let mut idl = documented();
            *idl.pointer_mut(place).unwrap() = json!([" "]);
            assert_eq!(missing_in(idl), [expected], "{place}");
        }
    }

    #[test]
    fn half_a_sentence_explains_nothing() {
        let mut idl = documented();
        idl["instructions"][0]["accounts"][0]["docs"] = json!(["of this game; see the rules."]);
        assert_eq!(missing_in(idl), ["play's player"]);
    }

    #[test]
    fn an_error_needs_its_message() {
        let mut idl = documented();
        idl["errors"][0]["msg"] = json!("");
        assert_eq!(missing_in(idl), ["error Lost"]);
    }

    #[test]
    fn a_message_reads_as_code_in_no_language() {
        for message in ["at most u32::MAX", "call `play`", "of {count}"] {
            let mut idl = documented();
            idl["errors"][0]["msg"] = json!(message);
            let expected = ["error Lost, whose message reads as code"];
            assert_eq!(missing_in(idl), expected, "{message}");
        }
    }

    #[test]
    fn an_account_or_event_needs_its_type() {
        let mut idl = documented();
        idl["types"].as_array_mut().unwrap().pop();
        assert_eq!(missing_in(idl), ["Played, which has no type"]);
    }

    #[test]
    fn a_zero_copy_account_holds_zero_copy_types_only() {
        let mut idl = documented();
        idl["types"][1]["serialization"] = json!("borsh");
        assert_eq!(missing_in(idl), ["Board.fields as zero-copy"]);
    }
}
