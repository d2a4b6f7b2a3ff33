//! Where a source can be mutated, and how.

mod constraints;
mod operators;
mod values;

pub use values::Types;

use anyhow::Result;
use constraints::constraints;
use operators::{has_let, instead_of, opposite};
use proc_macro2::Span;
use std::ops::Range;
use syn::{
    Attribute, Block, Expr, ExprBinary, ExprMatch, ExprMethodCall, ExprUnary, ImplItemFn, Item,
    ItemFn, ItemImpl, ItemMod, ItemStruct, Macro, Pat, ReturnType, Signature, Stmt, Token,
    TraitItemFn, Type, UnOp,
    punctuated::Punctuated,
    spanned::Spanned,
    visit::{self, Visit},
};

/// Calls that do nothing but measure.
const OF_NO_EFFECT: [&str; 1] = ["section_ends"];
/// Longest description of code in a mutant's name, in characters.
const LONGEST: usize = 100;

/// What a mutant is counted as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A `require!` or one of its like is gone.
    Require,
    /// A constraint of an account is vacuous.
    Constraint,
    /// A call of a method that only checks is gone.
    Check,
    /// A statement that changes something is gone.
    Effect,
    /// Anything else: a result, an operator, an arm.
    Code,
}

/// A place in a source, with the mutants there.
#[derive(Debug)]
pub struct Site {
    /// What its mutants are counted as.
    pub kind: Kind,
    /// Its line, from 1.
    pub line: usize,
    /// The function or the account that it is in.
    pub within: String,
    /// The bytes that it is about; none where code is only added.
    pub place: Range<usize>,
    /// What becomes of them.
    pub form: Form,
}

/// What becomes of a place.
#[derive(Debug)]
pub enum Form {
    /// An expression: each mutant has another in its place.
    Instead(Vec<Variant>),
    /// A statement, which the mutant does not run.
    Skipped,
    /// The beginning of a body: each mutant returns one of these at once.
    Returns(Vec<String>),
    /// Behind the pattern of an arm, which the mutant does not take.
    NotTaken(String),
    /// A constraint, which the mutant takes for met.
    Vacuous {
        /// What it asks for.
        condition: String,
        /// What it fails with.
        error: String,
    },
}

/// What a mutant has in the place of an expression.
#[derive(Debug)]
pub struct Variant {
    /// The other expression.
    pub text: String,
    /// What is different in it.
    pub change: String,
}

/// What is found in a source.
#[derive(Debug, Default)]
pub struct Found {
    /// The places, outer ones before those within them.
    pub sites: Vec<Site>,
    /// Where functions are called `const`, which what can be switched at run time is not.
    pub constants: Vec<Range<usize>>,
}

impl Site {
    /// What each of its mutants changes, in one line.
    pub fn changes(&self, source: &str) -> Vec<String> {
        let here = one_line(slice(source, &self.place));
        match &self.form {
            Form::Instead(variants) => {
                let variants = variants.iter();
                let change = |variant: &Variant| match &*variant.change {
                    "" => format!("`{here}` as `{}`", variant.text),
                    change => format!("{change} in `{here}`"),
                };
                variants.map(change).collect()
            }
            Form::Skipped | Form::Vacuous { .. } => vec![format!("without `{here}`")],
            Form::Returns(values) => {
                let values = values.iter();
                values.map(|value| format!("returns `{value}`")).collect()
            }
            Form::NotTaken(pattern) => vec![format!("without the arm `{}`", one_line(pattern))],
        }
    }
}

/// What of `source` can be mutated; its tests are left out, and what is constant.
///
/// # Errors
/// Where it is not Rust.
pub fn find(source: &str, types: &Types) -> Result<Found> {
    let mut finder = Finder {
        source,
        types,
        of: String::new(),
        within: String::new(),
        found: Found::default(),
    };
    finder.visit_file(&syn::parse_file(source)?);
    let mut found = finder.found;
    // Stable: what was noted first is the outer one of two at the same place.
    (found.sites).sort_by_key(|site| (site.place.start, std::cmp::Reverse(site.place.end)));
    Ok(found)
}

/// What stands at `place` of `source`.
pub fn slice<'a>(source: &'a str, place: &Range<usize>) -> &'a str {
    source.get(place.clone()).unwrap_or_default()
}

fn one_line(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", slice(&line, &(0..end))),
        None => line,
    }
}

struct Finder<'a> {
    source: &'a str,
    types: &'a Types,
    /// The type whose functions are looked at.
    of: String,
    within: String,
    found: Found,
}

impl Finder<'_> {
    fn note(&mut self, kind: Kind, first: Span, place: Range<usize>, form: Form) {
        self.found.sites.push(Site {
            kind,
            line: first.start().line,
            within: self.within.clone(),
            place,
            form,
        });
    }

    fn text(&self, part: &impl Spanned) -> &str {
        slice(self.source, &part.span().byte_range())
    }

    fn function(&mut self, attributes: &[Attribute], signature: &Signature, block: &Block) {
        if is_test(attributes) {
            return;
        }
        let outer = self.within.clone();
        let name = signature.ident.to_string();
        self.within = match (&*outer, &*self.of) {
            ("", "") => name,
            ("", of) => format!("{of}::{name}"),
            (outer, _) => format!("{outer}::{name}"),
        };
        if let Some(word) = &signature.constness {
            self.found.constants.push(word.span.byte_range());
        }
        self.body(signature, block);
        self.visit_block(block);
        self.within = outer;
    }

    /// Notes what the function may return without running.
    fn body(&mut self, signature: &Signature, block: &Block) {
        let braces = block.brace_token.span;
        let (start, end) = (
            braces.open().byte_range().end,
            braces.close().byte_range().start,
        );
        let body = slice(self.source, &(start..end)).trim();
        let mut values = match &signature.output {
            ReturnType::Default => vec!["()".to_owned()],
            ReturnType::Type(_, of) => self.types.values(of, &self.of),
        };
        values.retain(|value| value != body && !(body.is_empty() && value == "()"));
        if !values.is_empty() {
            let form = Form::Returns(values);
            self.note(Kind::Code, signature.ident.span(), start..start, form);
        }
    }

    /// Notes a statement that can be left out.
    fn statement(&mut self, expression: &Expr) {
        let called = match expression {
            Expr::Try(tried) => called(&tried.expr),
            _ => called(expression),
        };
        let kind = match (expression, &called) {
            (Expr::Try(_), Some(name)) if name.starts_with("require_") => Kind::Check,
            (_, Some(name)) if OF_NO_EFFECT.contains(&&**name) => return,
            (_, Some(_)) | (Expr::Assign(_), _) => Kind::Effect,
            (Expr::Binary(pair), _) if !is_value(&pair.op) => Kind::Effect,
            _ => return,
        };
        let span = expression.span();
        self.note(kind, span, span.byte_range(), Form::Skipped);
    }
}

/// The name of the function or method that `expression` calls.
fn called(expression: &Expr) -> Option<String> {
    match expression {
        Expr::MethodCall(call) => Some(call.method.to_string()),
        Expr::Call(call) => match &*call.func {
            Expr::Path(path) => Some(path.path.segments.last()?.ident.to_string()),
            _ => None,
        },
        _ => None,
    }
}

/// Whether the operator makes a value of two, and changes neither.
fn is_value(operator: &syn::BinOp) -> bool {
    let (written, _) = instead_of(operator);
    !written.ends_with('=') || matches!(written, "==" | "!=" | "<=" | ">=")
}

fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("test")
            || attribute.path().is_ident("cfg")
                && (attribute.parse_args::<syn::Ident>()).is_ok_and(|name| name == "test")
    })
}

impl<'ast> Visit<'ast> for Finder<'_> {
    fn visit_item_mod(&mut self, module: &'ast ItemMod) {
        if !is_test(&module.attrs) {
            visit::visit_item_mod(self, module);
        }
    }

    fn visit_item_impl(&mut self, block: &'ast ItemImpl) {
        if is_test(&block.attrs) {
            return;
        }
        let name = match &*block.self_ty {
            Type::Path(path) => path.path.segments.last().map(|last| last.ident.to_string()),
            _ => None,
        };
        let own = name.unwrap_or_else(|| self.text(&block.self_ty).to_owned());
        let outer = std::mem::replace(&mut self.of, own);
        visit::visit_item_impl(self, block);
        self.of = outer;
    }

    fn visit_item_fn(&mut self, function: &'ast ItemFn) {
        self.function(&function.attrs, &function.sig, &function.block);
    }

    fn visit_impl_item_fn(&mut self, function: &'ast ImplItemFn) {
        self.function(&function.attrs, &function.sig, &function.block);
    }

    fn visit_trait_item_fn(&mut self, function: &'ast TraitItemFn) {
        if let Some(block) = &function.default {
            self.function(&function.attrs, &function.sig, block);
        }
    }

    fn visit_item_struct(&mut self, item: &'ast ItemStruct) {
        if !values::derives(&item.attrs, "Accounts") {
            return;
        }
        for field in &item.fields {
            let Some(name) = &field.ident else {
                continue;
            };
            self.within = format!("{}.{name}", item.ident);
            for attribute in &field.attrs {
                if !attribute.path().is_ident("account") {
                    continue;
                }
                let Ok(list) = attribute.meta.require_list() else {
                    continue;
                };
                let tokens = list.tokens.clone();
                for found in constraints(tokens, &name.to_string(), &field.ty, self.source) {
                    self.found.sites.push(Site {
                        kind: Kind::Constraint,
                        line: found.line,
                        within: self.within.clone(),
                        place: found.place,
                        form: Form::Vacuous {
                            condition: found.condition,
                            error: found.error,
                        },
                    });
                }
            }
        }
        self.within.clear();
    }

    fn visit_macro(&mut self, called: &'ast Macro) {
        let name = called.path.segments.last();
        if !name.is_some_and(|name| name.ident.to_string().starts_with("require")) {
            return;
        }
        let start = called.path.span().byte_range().start;
        let end = called.delimiter.span().close().byte_range().end;
        self.note(Kind::Require, called.path.span(), start..end, Form::Skipped);
        let arguments = Punctuated::<Expr, Token![,]>::parse_terminated;
        if let Ok(arguments) = called.parse_body_with(arguments) {
            for argument in &arguments {
                // Their lifetime is not that of the file.
                Visit::visit_expr(self, argument);
            }
        }
    }

    fn visit_stmt(&mut self, statement: &'ast Stmt) {
        if let Stmt::Expr(expression, Some(_)) = statement {
            self.statement(expression);
        }
        visit::visit_stmt(self, statement);
    }

    fn visit_expr_binary(&mut self, pair: &'ast ExprBinary) {
        let (written, others) = instead_of(&pair.op);
        if !others.is_empty() && !has_let(&pair.left) && !has_let(&pair.right) {
            let (left, right) = (self.text(&pair.left), self.text(&pair.right));
            let variant = |other: &&str| Variant {
                text: if is_value(&pair.op) {
                    format!("({left}) {other} ({right})")
                } else {
                    format!("{left} {other} {right}")
                },
                change: format!("`{written}` as `{other}`"),
            };
            let form = Form::Instead(others.iter().map(variant).collect());
            self.note(Kind::Code, pair.span(), pair.span().byte_range(), form);
        }
        visit::visit_expr_binary(self, pair);
    }

    fn visit_expr_unary(&mut self, unary: &'ast ExprUnary) {
        if matches!(unary.op, UnOp::Not(_) | UnOp::Neg(_)) {
            let variant = Variant {
                text: self.text(&unary.expr).to_owned(),
                change: String::new(),
            };
            let form = Form::Instead(vec![variant]);
            self.note(Kind::Code, unary.span(), unary.span().byte_range(), form);
        }
        visit::visit_expr_unary(self, unary);
    }

    fn visit_expr_method_call(&mut self, call: &'ast ExprMethodCall) {
        let name = call.method.to_string();
        if let Some(other) = opposite(&name, call.args.len()) {
            let (whole, method) = (call.span().byte_range(), call.method.span().byte_range());
            let before = slice(self.source, &(whole.start..method.start));
            let after = slice(self.source, &(method.end..whole.end));
            let variant = Variant {
                text: format!("{before}{other}{after}"),
                change: format!("`{name}` as `{other}`"),
            };
            let form = Form::Instead(vec![variant]);
            self.note(Kind::Code, call.method.span(), whole, form);
        }
        visit::visit_expr_method_call(self, call);
    }

    fn visit_expr_match(&mut self, matched: &'ast ExprMatch) {
        let rest = matched.arms.last();
        let has_rest =
            rest.is_some_and(|arm| matches!(arm.pat, Pat::Wild(_)) && arm.guard.is_none());
        for arm in &matched.arms {
            let pattern = arm.pat.span();
            if let Some((_, guard)) = &arm.guard {
                if !has_let(guard) {
                    let variant = |value: &str| Variant {
                        text: value.to_owned(),
                        change: String::new(),
                    };
                    let form = Form::Instead(vec![variant("true"), variant("false")]);
                    self.note(Kind::Code, pattern, guard.span().byte_range(), form);
                }
            } else if has_rest && !matches!(arm.pat, Pat::Wild(_)) {
                let end = pattern.byte_range().end;
                let form = Form::NotTaken(self.text(&arm.pat).to_owned());
                self.note(Kind::Code, pattern, end..end, form);
            }
        }
        visit::visit_expr_match(self, matched);
    }

    // What is constant stays: it cannot be switched at run time.
    fn visit_item(&mut self, item: &'ast Item) {
        if !matches!(
            item,
            Item::Const(_) | Item::Static(_) | Item::Enum(_) | Item::Macro(_)
        ) {
            visit::visit_item(self, item);
        }
    }

    fn visit_impl_item_const(&mut self, _: &'ast syn::ImplItemConst) {}

    fn visit_trait_item_const(&mut self, _: &'ast syn::TraitItemConst) {}

    fn visit_type(&mut self, _: &'ast Type) {}

    fn visit_pat(&mut self, _: &'ast Pat) {}

    fn visit_generic_argument(&mut self, _: &'ast syn::GenericArgument) {}

    fn visit_expr_const(&mut self, _: &'ast syn::ExprConst) {}

    fn visit_expr_repeat(&mut self, repeat: &'ast syn::ExprRepeat) {
        self.visit_expr(&repeat.expr);
    }
}
