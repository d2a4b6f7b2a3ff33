//! The targets, one file each.

mod accounts;
mod amounts;
mod answers;
mod events;
mod keys;
mod lists;
mod logic;
mod nodes;
mod settings;
mod views;

/// Bytes from outside, and what is made of them.
pub struct Target {
    /// Its name, and that of its folder in `corpus/`.
    pub name: &'static str,
    /// Whether anything is made of the bytes, and not only a refusal. Panics where a promise is broken.
    pub run: fn(&[u8]) -> bool,
}

macro_rules! targets {
    ($($name:ident),+) => {
        /// All targets, by name.
        pub const TARGETS: &[Target] = &[$(Target { name: stringify!($name), run: $name::run }),+];
    };
}

targets!(
    accounts, amounts, answers, events, keys, lists, logic, nodes, settings, views
);
