//! Enums that accounts keep as a byte.
//!
//! A zero-copy account cannot hold an enum, so Anchor's macros see a `u8` where a field's docs name the enum.
//! Here the enum itself is read from the program's source, and its type is added to the IDL.

use anchor_lang_idl_spec::{Idl, IdlEnumVariant, IdlSerialization, IdlTypeDef, IdlTypeDefTy};
use anyhow::{Context, Result, ensure};
use std::{fs, path::Path};
use syn::{Attribute, Expr, ExprLit, Item, ItemEnum, Lit, Meta};

/// Each enum, and the file in the program's sources that declares it.
const ENUMS: [(&str, &str); 1] = [("Status", "state/subject.rs")];

/// Adds the type of each of [`ENUMS`] to `idl`; `sources` is the program's folder `src`.
pub fn add(idl: &mut Idl, sources: &Path) -> Result<()> {
    for (name, file) in ENUMS {
        let file = sources.join(file);
        let text = fs::read_to_string(&file).with_context(|| file.display().to_string())?;
        let ty = find(&text, name).with_context(|| file.display().to_string())?;
        ensure!(
            idl.types.iter().all(|known| known.name != name),
            "the IDL has a type {name} already"
        );
        idl.types.push(ty);
    }
    idl.types.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(())
}

/// The enum called `name` in `source`.
fn find(source: &str, name: &str) -> Result<IdlTypeDef> {
    let items = syn::parse_file(source)?.items;
    let mut enums = items.into_iter().filter_map(|item| match item {
        Item::Enum(item) if item.ident == name => Some(item),
        _ => None,
    });
    let found = enums.next();
    describe(&found.with_context(|| format!("no enum {name}"))?)
}

/// A variant has no place for docs in the format, so they stand in those of the type. An IDL numbers the
/// variants from 0, so the source must too.
fn describe(item: &ItemEnum) -> Result<IdlTypeDef> {
    let mut docs = docs(&item.attrs);
    docs.push(String::new());
    let mut variants = vec![];
    for (number, variant) in item.variants.iter().enumerate() {
        let name = variant.ident.to_string();
        let stored = variant
            .discriminant
            .as_ref()
            .and_then(|(_, value)| integer(value)?.base10_parse::<usize>().ok());
        ensure!(
            stored == Some(number),
            "{}::{name} is not stored as {number}",
            item.ident
        );
        let said = self::docs(&variant.attrs).join(" ");
        docs.push(format!("- {number} `{name}`: {said}"));
        variants.push(IdlEnumVariant { name, fields: None });
    }
    Ok(IdlTypeDef {
        name: item.ident.to_string(),
        docs,
        serialization: IdlSerialization::Borsh,
        repr: None,
        generics: vec![],
        ty: IdlTypeDefTy::Enum { variants },
    })
}

/// The lines of a doc comment.
fn docs(attributes: &[Attribute]) -> Vec<String> {
    let lines = attributes
        .iter()
        .filter_map(|attribute| match &attribute.meta {
            Meta::NameValue(meta) if meta.path.is_ident("doc") => match &meta.value {
                Expr::Lit(ExprLit {
                    lit: Lit::Str(text),
                    ..
                }) => Some(text.value().trim().to_owned()),
                _ => None,
            },
            _ => None,
        });
    lines.collect()
}

fn integer(value: &Expr) -> Option<&syn::LitInt> {
    match value {
        Expr::Lit(ExprLit {
            lit: Lit::Int(number),
            ..
        }) => Some(number),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = "
        /// How far it is.
        #[repr(u8)]
        pub enum Stage {
            /// Not begun.
            New = 0,
            /// Begun,
            /// and ended.
            Done = 1,
        }";

    #[test]
    fn an_enum_is_described_with_its_variants() {
        let ty = find(SOURCE, "Stage").unwrap();
        let expected = [
            "How far it is.",
            "",
            "- 0 `New`: Not begun.",
            "- 1 `Done`: Begun, and ended.",
        ];
        assert_eq!(ty.docs, expected);
        let IdlTypeDefTy::Enum { variants } = ty.ty else {
            panic!("an enum");
        };
        let names: Vec<_> = variants.iter().map(|one| one.name.as_str()).collect();
        assert_eq!(names, ["New", "Done"]);
    }

    #[test]
    fn other_numbers_and_other_names_are_refused() {
        assert!(find(SOURCE, "Status").is_err());
        assert!(find(&SOURCE.replace("= 1", "= 2"), "Stage").is_err());
        assert!(find(&SOURCE.replace(" = 1", ""), "Stage").is_err());
    }
}
