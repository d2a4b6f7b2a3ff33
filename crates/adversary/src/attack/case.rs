//! One attack.

use super::classes;

/// One thing that somebody tries.
pub struct Attack {
    /// The number of its class; see [`classes::CLASSES`].
    pub class: u8,
    /// The instruction, by its name in the program.
    pub instruction: &'static str,
    /// What is tried.
    pub name: String,
    /// Tries it, and panics where it comes to anything else than it must.
    pub run: Box<dyn Fn() + Send + Sync>,
}

impl Attack {
    /// What is tried by `run`.
    pub fn new(
        class: u8,
        instruction: &'static str,
        name: impl Into<String>,
        run: impl Fn() + Send + Sync + 'static,
    ) -> Self {
        Self {
            class,
            instruction,
            name: name.into(),
            run: Box::new(run),
        }
    }

    /// As tests are listed: class, instruction, and what is tried.
    pub fn full_name(&self) -> String {
        let class = classes::name(self.class);
        let name = self.name.replace(' ', "_");
        format!("{:02}_{class}::{}::{name}", self.class, self.instruction)
    }
}

/// The attacks of all of `groups`.
pub fn gathered(groups: impl IntoIterator<Item = Vec<Attack>>) -> Vec<Attack> {
    groups.into_iter().flatten().collect()
}

/// Attacks of one class on one instruction, each a function whose name says what is tried.
macro_rules! cases {
    ($class:literal, $instruction:literal, $($case:ident),+ $(,)?) => {
        vec![$($crate::attack::case::Attack::new(
            $class,
            $instruction,
            stringify!($case).replace('_', " "),
            $case,
        )),+]
    };
}
pub(super) use cases;
