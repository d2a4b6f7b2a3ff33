//! Which operators and methods a mutant puts in another's place.

use syn::{BinOp, Expr};

/// The operator as it is written, and what may stand in its place; nothing where it stays.
pub fn instead_of(operator: &BinOp) -> (&'static str, &'static [&'static str]) {
    match operator {
        BinOp::Eq(_) => ("==", &["!="]),
        BinOp::Ne(_) => ("!=", &["=="]),
        BinOp::And(_) => ("&&", &["||"]),
        BinOp::Or(_) => ("||", &["&&"]),
        BinOp::Lt(_) => ("<", &["<=", "==", ">"]),
        BinOp::Gt(_) => (">", &[">=", "==", "<"]),
        BinOp::Le(_) => ("<=", &["<", ">"]),
        BinOp::Ge(_) => (">=", &[">", "<"]),
        BinOp::Add(_) => ("+", &["-", "*"]),
        BinOp::Sub(_) => ("-", &["+", "/"]),
        BinOp::Mul(_) => ("*", &["+", "/"]),
        BinOp::Div(_) => ("/", &["%", "*"]),
        BinOp::Rem(_) => ("%", &["/", "+"]),
        BinOp::Shl(_) => ("<<", &[">>"]),
        BinOp::Shr(_) => (">>", &["<<"]),
        BinOp::BitAnd(_) => ("&", &["|", "^"]),
        BinOp::BitOr(_) => ("|", &["&", "^"]),
        BinOp::BitXor(_) => ("^", &["|", "&"]),
        BinOp::AddAssign(_) => ("+=", &["-=", "*="]),
        BinOp::SubAssign(_) => ("-=", &["+=", "/="]),
        BinOp::MulAssign(_) => ("*=", &["+=", "/="]),
        BinOp::DivAssign(_) => ("/=", &["%=", "*="]),
        BinOp::RemAssign(_) => ("%=", &["/=", "+="]),
        BinOp::ShlAssign(_) => ("<<=", &[">>="]),
        BinOp::ShrAssign(_) => (">>=", &["<<="]),
        BinOp::BitAndAssign(_) => ("&=", &["|=", "^="]),
        BinOp::BitOrAssign(_) => ("|=", &["&=", "^="]),
        BinOp::BitXorAssign(_) => ("^=", &["|=", "&="]),
        _ => ("", &[]),
    }
}

/// Methods of one argument that have an opposite of the same type: in a program without unchecked arithmetic
/// they are its operators.
const OPPOSITES: [(&str, &str); 6] = [
    ("checked_add", "checked_sub"),
    ("checked_mul", "checked_div"),
    ("saturating_add", "saturating_sub"),
    ("saturating_mul", "saturating_div"),
    ("min", "max"),
    ("any", "all"),
];

/// The opposite of the method `name`, called with `arguments` arguments.
pub fn opposite(name: &str, arguments: usize) -> Option<&'static str> {
    if arguments != 1 {
        return None;
    }
    OPPOSITES.iter().find_map(|&(one, other)| match name {
        _ if name == one => Some(other),
        _ if name == other => Some(one),
        _ => None,
    })
}

/// Whether `expression` is part of a chain with `let` in it, which only an `if` or a `while` may hold.
pub fn has_let(expression: &Expr) -> bool {
    match expression {
        Expr::Let(_) => true,
        Expr::Binary(pair) if matches!(pair.op, BinOp::And(_)) => {
            has_let(&pair.left) || has_let(&pair.right)
        }
        _ => false,
    }
}
