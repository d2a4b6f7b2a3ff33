//! What a function may return in the place of its result.

use std::collections::{BTreeMap, BTreeSet};
use syn::{
    Attribute, Expr, ExprLit, File, GenericArgument, Item, Lit, PathArguments, Token, Type,
    punctuated::Punctuated,
};

/// What the sources say of their own types.
#[derive(Default)]
pub struct Types {
    with_default: BTreeSet<String>,
    aliases: BTreeMap<String, Type>,
}

impl Types {
    /// Notes the types that `file` defines.
    pub fn note(&mut self, file: &File) {
        for item in &file.items {
            match item {
                Item::Struct(item) if derives(&item.attrs, "Default") => {
                    self.with_default.insert(item.ident.to_string());
                }
                Item::Type(alias) if alias.generics.params.is_empty() => {
                    let name = alias.ident.to_string();
                    self.aliases.insert(name, (*alias.ty).clone());
                }
                _ => (),
            }
        }
    }

    /// Values of `of`, as expressions; none where the type does not say how to make one. `own` is what `Self`
    /// stands for.
    pub fn values(&self, of: &Type, own: &str) -> Vec<String> {
        match of {
            Type::Path(path) if path.qself.is_none() => {
                let Some(last) = path.path.segments.last() else {
                    return Vec::new();
                };
                let inner = match &last.arguments {
                    PathArguments::AngleBracketed(list) => list.args.first(),
                    _ => None,
                };
                let inner = inner.and_then(|argument| match argument {
                    GenericArgument::Type(inner) => Some(self.values(inner, own)),
                    _ => None,
                });
                self.named(&last.ident.to_string(), inner, own)
            }
            Type::Tuple(tuple) => {
                let all = tuple.elems.iter();
                let all: Vec<_> = all.map(|of| self.values(of, own)).collect();
                tuples(&all)
            }
            Type::Array(array) => {
                let Expr::Lit(ExprLit {
                    lit: Lit::Int(length),
                    ..
                }) = &array.len
                else {
                    return Vec::new();
                };
                let values = self.values(&array.elem, own).into_iter();
                let values = values.map(|value| format!("[{value}; {length}]"));
                values.collect()
            }
            Type::Reference(to) if to.mutability.is_none() => match &*to.elem {
                Type::Path(path) if path.path.is_ident("str") => texts(&["\"\"", "\"xyzzy\""]),
                Type::Slice(_) => texts(&["&[]"]),
                _ => Vec::new(),
            },
            _ => Vec::new(),
        }
    }

    /// Those of the type `name`, with the values of its first argument, if it has one.
    fn named(&self, name: &str, of: Option<Vec<String>>, own: &str) -> Vec<String> {
        let with = |wrap: &str| {
            let values = of.iter().flatten();
            values.map(|value| format!("{wrap}({value})")).collect()
        };
        match name {
            "bool" => texts(&["true", "false"]),
            "u8" | "u16" | "u32" | "u64" | "u128" | "usize" => texts(&["0", "1"]),
            "i8" | "i16" | "i32" | "i64" | "i128" | "isize" => texts(&["0", "1", "-1"]),
            "String" => texts(&["String::new()", "\"xyzzy\".to_owned()"]),
            "Vec" => texts(&["Vec::new()"]),
            "Pubkey" => texts(&["Pubkey::default()"]),
            "Option" => [texts(&["None"]), with("Some")].concat(),
            "Result" => with("Ok"),
            "Self" if own != "Self" => self.named(own, of, own),
            _ if self.with_default.contains(name) => texts(&["Default::default()"]),
            _ => (self.aliases.get(name))
                .map(|alias| self.values(alias, own))
                .unwrap_or_default(),
        }
    }
}

/// Whether one of `attributes` is `#[derive(..)]` with `name` in it.
pub fn derives(attributes: &[Attribute], name: &str) -> bool {
    attributes.iter().any(|attribute| {
        let list = Punctuated::<syn::Path, Token![,]>::parse_terminated;
        attribute.path().is_ident("derive")
            && (attribute.parse_args_with(list))
                .is_ok_and(|derived| derived.iter().any(|path| path.is_ident(name)))
    })
}

/// Every tuple of one value of each.
fn tuples(of: &[Vec<String>]) -> Vec<String> {
    let mut rows = vec![String::new()];
    for values in of {
        let longer = |row: &String| {
            let values = values.iter();
            let row = row.clone();
            values.map(move |value| format!("{row}{value}, "))
        };
        rows = rows.iter().flat_map(longer).collect();
    }
    let close = |row: String| match of.len() {
        1 => format!("({row})"),
        _ => format!("({})", row.trim_end_matches(", ")),
    };
    rows.into_iter().map(close).collect()
}

fn texts(of: &[&str]) -> Vec<String> {
    of.iter().map(|&text| text.to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_follow_from_the_type_where_it_is_simple() {
        let source = "
            #[derive(Clone, Default)] struct Split { a: u64 }
            struct Other { a: u64 }
            type Digest = [u8; 32];
            fn f() -> Wanted {}
        ";
        let mut types = Types::default();
        types.note(&syn::parse_file(source).unwrap());
        let cases: [(&str, &[&str]); 12] = [
            ("bool", &["true", "false"]),
            ("Result<()>", &["Ok(())"]),
            ("Result<u64, Refusal>", &["Ok(0)", "Ok(1)"]),
            ("Option<Split>", &["None", "Some(Default::default())"]),
            ("Option<Other>", &["None"]),
            (
                "(bool, i8)",
                &[
                    "(true, 0)",
                    "(true, 1)",
                    "(true, -1)",
                    "(false, 0)",
                    "(false, 1)",
                    "(false, -1)",
                ],
            ),
            ("&[Pubkey]", &["&[]"]),
            ("&str", &["\"\"", "\"xyzzy\""]),
            ("Self", &["Default::default()"]),
            ("Result<Ref<'_, Task>>", &[]),
            ("Result<Other>", &[]),
            ("impl Fn()", &[]),
        ];
        for (of, expected) in cases {
            let parsed = syn::parse_str::<Type>(of).unwrap();
            assert_eq!(types.values(&parsed, "Split"), expected, "{of}");
        }
    }

    #[test]
    fn an_alias_is_what_it_stands_for() {
        let source = "type Digest = [u8; 4];";
        let file = syn::parse_file(source).unwrap();
        let mut types = Types::default();
        types.note(&file);
        let digest = syn::parse_str::<Type>("Digest").unwrap();
        assert_eq!(types.values(&digest, "Self").len(), 2);
    }
}
