//! The checks in a source file: `require!` and its like, constraints of accounts, and calls of
//! `require_...` for nothing but their error.

use anyhow::Result;
use proc_macro2::{Spacing, Span, TokenStream, TokenTree};
use std::{ops::Range, path::Path};
use syn::{
    Attribute, Expr, ItemMod, Macro, Stmt,
    spanned::Spanned,
    visit::{self, Visit},
};

/// Constraints that only refuse; others make accounts or give them away.
const CONSTRAINTS: [&str; 3] = ["has_one", "address", "constraint"];

/// One check, and what stands in its place where it is deleted.
#[derive(Debug, PartialEq, Eq)]
pub struct Check {
    /// Its line, from 1.
    pub line: usize,
    /// Itself, in one line.
    pub text: String,
    place: Range<usize>,
    instead: &'static str,
}

impl Check {
    /// What it is called, where it is in `file`.
    pub fn name(&self, file: &Path) -> String {
        format!("{}:{} {}", file.display(), self.line, self.text)
    }

    /// `source` without it.
    pub fn deleted_from(&self, source: &str) -> String {
        let mut source = source.to_owned();
        source.replace_range(self.place.clone(), self.instead);
        source
    }
}

/// The checks in `source`, in order; tests in it are left out.
///
/// # Errors
/// Where it is not Rust.
pub fn checks(source: &str) -> Result<Vec<Check>> {
    let mut finder = Finder {
        source,
        found: Vec::new(),
    };
    finder.visit_file(&syn::parse_file(source)?);
    finder.found.sort_by_key(|check| check.place.start);
    Ok(finder.found)
}

struct Finder<'a> {
    source: &'a str,
    found: Vec<Check>,
}

impl Finder<'_> {
    fn note(&mut self, first: Span, place: Range<usize>, instead: &'static str) {
        let text = self.source.get(place.clone()).unwrap_or_default();
        self.found.push(Check {
            line: first.start().line,
            text: text.split_whitespace().collect::<Vec<_>>().join(" "),
            place,
            instead,
        });
    }

    /// Notes each constraint of `#[account(...)]`, with the comma behind it.
    fn constraints(&mut self, tokens: TokenStream) {
        let mut tokens = tokens.into_iter().peekable();
        while let Some(first) = tokens.next() {
            let mut end = first.span().byte_range().end;
            let mut is_whole = is_comma(&first);
            while !is_whole && let Some(token) = tokens.next() {
                end = token.span().byte_range().end;
                is_whole = is_comma(&token);
            }
            if CONSTRAINTS.iter().any(|name| first.to_string() == *name) {
                let place = first.span().byte_range().start..end;
                self.note(first.span(), place, "");
            }
        }
    }
}

fn is_comma(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Punct(mark) if mark.as_char() == ',' && mark.spacing() == Spacing::Alone)
}

fn is_require(name: Option<&syn::Ident>, prefix: &str) -> bool {
    name.is_some_and(|name| name.to_string().starts_with(prefix))
}

impl<'ast> Visit<'ast> for Finder<'_> {
    fn visit_item_mod(&mut self, module: &'ast ItemMod) {
        let is_test = module.attrs.iter().any(|attribute| {
            attribute.path().is_ident("cfg")
                && (attribute.parse_args::<syn::Ident>()).is_ok_and(|name| name == "test")
        });
        if !is_test {
            visit::visit_item_mod(self, module);
        }
    }

    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        if attribute.path().is_ident("account")
            && let Ok(list) = attribute.meta.require_list()
        {
            self.constraints(list.tokens.clone());
        }
    }

    fn visit_macro(&mut self, called: &'ast Macro) {
        let name = called.path.segments.last().map(|segment| &segment.ident);
        if is_require(name, "require") {
            let start = called.path.span().byte_range().start;
            let end = called.delimiter.span().close().byte_range().end;
            self.note(called.path.span(), start..end, "()");
        }
    }

    fn visit_stmt(&mut self, statement: &'ast Stmt) {
        if let Stmt::Expr(Expr::Try(tried), Some(_)) = statement {
            let name = match &*tried.expr {
                Expr::MethodCall(call) => Some(&call.method),
                Expr::Call(call) => match &*call.func {
                    Expr::Path(path) => path.path.segments.last().map(|segment| &segment.ident),
                    _ => None,
                },
                _ => None,
            };
            if is_require(name, "require_") {
                self.note(tried.span(), tried.span().byte_range(), "()");
            }
        }
        visit::visit_stmt(self, statement);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = "
#[derive(Accounts)]
pub struct Stake<'info> {
    #[account(mut, has_one = mint @ E::WrongMint, has_one = pot, seeds = [A, b.as_ref()], bump)]
    pub task: AccountLoader<'info, Task>,
    #[account(address = sysvar::ID)]
    pub sysvar: UncheckedAccount<'info>,
}

fn handle() -> Result<()> {
    require!(
        a > 0, // (of course)
        E::Zero
    );
    require_keys_eq!(a, b, E::Other);
    let weight = stake.require_weight(&task)?;
    stake.require_unlocked(slot)?;
    Cycle::require_own(&address, &list.subject)?;
    task.change(weight)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    fn not_this() {
        require!(false, E::Zero);
    }
}
";

    #[test]
    fn checks_are_found_and_nothing_else() {
        let found = checks(SOURCE).unwrap();
        let found: Vec<_> = found
            .iter()
            .map(|check| (check.line, &*check.text))
            .collect();
        let expected = [
            (4, "has_one = mint @ E::WrongMint,"),
            (4, "has_one = pot,"),
            (6, "address = sysvar::ID"),
            (11, "require!( a > 0, // (of course) E::Zero )"),
            (15, "require_keys_eq!(a, b, E::Other)"),
            (17, "stake.require_unlocked(slot)?"),
            (18, "Cycle::require_own(&address, &list.subject)?"),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn what_is_left_without_one_is_rust_without_it() {
        for check in checks(SOURCE).unwrap() {
            let without = check.deleted_from(SOURCE);
            let left = checks(&without).unwrap();
            assert_eq!(left.len(), 6, "{}", check.text);
            assert!(left.iter().all(|other| other.text != check.text));
        }
    }
}
