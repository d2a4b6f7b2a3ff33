//! The constraints of `#[account(...)]` that only refuse; others make accounts or give them away.

use super::slice;
use proc_macro2::{Spacing, TokenStream, TokenTree};
use std::ops::Range;
use syn::Type;

/// One constraint, as a condition that can be made vacuous.
pub struct Constraint {
    /// Where it stands, without the comma behind it.
    pub place: Range<usize>,
    /// Its line, from 1.
    pub line: usize,
    /// What it asks for, in Rust.
    pub condition: String,
    /// What it fails with.
    pub error: String,
}

/// The constraints in `tokens`, the list in an attribute of the account `field` of type `of`.
pub fn constraints(tokens: TokenStream, field: &str, of: &Type, source: &str) -> Vec<Constraint> {
    let tokens: Vec<_> = tokens.into_iter().collect();
    let items = tokens.split(is_comma);
    items
        .filter_map(|item| constraint(item, field, of, source))
        .collect()
}

fn constraint(item: &[TokenTree], field: &str, of: &Type, source: &str) -> Option<Constraint> {
    let [TokenTree::Ident(name), TokenTree::Punct(equals), rest @ ..] = item else {
        return None;
    };
    if equals.as_char() != '=' {
        return None;
    }
    let mut parts = rest.splitn(2, |token| is_mark(token, '@'));
    let asked = text(parts.next()?, source)?;
    let name_of_error = match &*name.to_string() {
        "has_one" => "ConstraintHasOne",
        "address" => "ConstraintAddress",
        "constraint" => "ConstraintRaw",
        _ => return None,
    };
    let condition = match name_of_error {
        "ConstraintHasOne" if is_loader(of) => format!("{field}.load()?.{asked} == {asked}.key()"),
        "ConstraintHasOne" => format!("{field}.{asked} == {asked}.key()"),
        "ConstraintAddress" => format!("{field}.key() == {asked}"),
        _ => format!("({asked})"),
    };
    let error = match parts.next() {
        Some(error) => text(error, source)?.to_owned(),
        None => format!("anchor_lang::error::ErrorCode::{name_of_error}"),
    };
    Some(Constraint {
        place: name.span().byte_range().start..item.last()?.span().byte_range().end,
        line: name.span().start().line,
        condition,
        error,
    })
}

/// Whether an account of this type has to be borrowed to be read.
fn is_loader(of: &Type) -> bool {
    let Type::Path(path) = of else {
        return false;
    };
    (path.path.segments.last()).is_some_and(|last| last.ident == "AccountLoader")
}

fn text<'a>(tokens: &[TokenTree], source: &'a str) -> Option<&'a str> {
    let (first, last) = (tokens.first()?, tokens.last()?);
    Some(slice(
        source,
        &(first.span().byte_range().start..last.span().byte_range().end),
    ))
}

fn is_comma(token: &TokenTree) -> bool {
    is_mark(token, ',')
}

fn is_mark(token: &TokenTree, mark: char) -> bool {
    matches!(token, TokenTree::Punct(punct)
        if punct.as_char() == mark && punct.spacing() == Spacing::Alone)
}
