//! Every command, as the pages of help name it.

use super::Home;

/// A command that does something by itself.
#[derive(Debug)]
pub struct Leaf {
    /// `["task", "show"]`.
    pub path: Vec<String>,
    /// Its page of help.
    pub help: String,
}

impl Leaf {
    /// `task show`.
    pub fn name(&self) -> String {
        self.path.join(" ")
    }

    /// Its options that take a value, such as `--cycle`.
    pub fn options(&self) -> Vec<String> {
        let lines = self
            .help
            .lines()
            .filter(|line| line.trim_start().starts_with('-'));
        let named = lines.filter(|line| line.contains('<'));
        named
            .filter_map(|line| {
                let mut words = line.split([' ', ',']);
                words.find(|word| word.starts_with("--")).map(str::to_owned)
            })
            .collect()
    }

    /// How many arguments it takes without a name.
    pub fn arguments(&self) -> usize {
        let usage = self.help.lines().find(|line| line.starts_with("Usage: "));
        let words = usage.unwrap_or_default().split_whitespace();
        let names = words.filter(|word| {
            let word = word.trim_start_matches(['<', '[']);
            word.starts_with(|c: char| c.is_ascii_uppercase())
                && !word.starts_with("OPTIONS")
                && !word.starts_with("COMMAND")
                && !word.starts_with("Usage")
        });
        names.count()
    }
}

/// All of them.
pub fn leaves(home: &Home) -> Vec<Leaf> {
    let mut leaves = Vec::new();
    descend(home, Vec::new(), &mut leaves);
    assert!(leaves.len() > 30, "{leaves:?}");
    leaves
}

fn descend(home: &Home, path: Vec<String>, leaves: &mut Vec<Leaf>) {
    let words: Vec<&str> = path.iter().map(String::as_str).chain(["--help"]).collect();
    let output = home.run(&words);
    assert!(output.status.success(), "{words:?}");
    let help = String::from_utf8(output.stdout).unwrap();
    let below = subcommands(&help);
    let usage = help.lines().find(|line| line.starts_with("Usage: "));
    // `gradual stake TASK AMOUNT` has commands below it as well.
    let acts = below.is_empty() || usage.is_some_and(|usage| usage.contains("TASK"));
    for name in below {
        descend(home, [path.clone(), vec![name]].concat(), leaves);
    }
    if acts {
        leaves.push(Leaf { path, help });
    }
}

/// The commands below the one whose page this is.
fn subcommands(help: &str) -> Vec<String> {
    let lines = help.lines().skip_while(|line| !line.starts_with("Usage: "));
    let lines = lines.take_while(|line| *line != "Options:" && *line != "Arguments:");
    let names = lines.filter_map(|line| {
        let rest = line.strip_prefix("  ")?;
        let name = rest.split_whitespace().next()?;
        let is_name = rest.starts_with(|c: char| c.is_ascii_lowercase());
        (is_name && name != "help").then(|| name.to_owned())
    });
    names.collect()
}
