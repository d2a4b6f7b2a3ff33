//! A copy of the committed workspace, with every mutant of the program in it.

use super::{
    find::{Found, Kind, Site, Types, find},
    instrument::{DECLARATION, MODULE, SWITCH, instrument},
};
use anyhow::{Context, Result, ensure};
use gradual_consensus_devkit::workspace::{Workspace, succeed};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// Where the program's sources are.
const SOURCES: &str = "programs/gradual-consensus/src";
/// The document that explains survivors.
pub const DOCS: &str = "docs/security.md";
/// What of them is mutated: files, and folders with all in them.
const MUTATED: [&str; 6] = [
    "checked.rs",
    "instructions",
    "pda.rs",
    "pots.rs",
    "rules",
    "state",
];

/// One change of the program.
#[derive(Clone, Debug)]
pub struct Mutant {
    /// Its number, from 1.
    pub number: u32,
    /// What it is counted as.
    pub kind: Kind,
    /// The file, from the program's sources on.
    pub file: String,
    /// Its line, from 1.
    pub line: usize,
    /// The function or the account that it is in.
    pub within: String,
    /// What it changes there.
    pub change: String,
}

impl Mutant {
    /// What it is called, whatever its line and number.
    pub fn name(&self) -> String {
        format!("{}: {}", self.function(), self.change)
    }

    /// The function or the account that it is in, with its file.
    pub fn function(&self) -> String {
        format!("{} {}", self.file, self.within)
    }

    /// Number, line and change.
    pub fn place(&self) -> String {
        let Self {
            number,
            file,
            line,
            within,
            change,
            ..
        } = self;
        format!("{number} {SOURCES}/{file}:{line} {within}: {change}")
    }
}

struct Source {
    file: String,
    text: String,
    found: Found,
}

/// The copy.
pub struct Tree {
    /// Its root folder.
    pub root: PathBuf,
    /// What [`DOCS`] says.
    pub docs: String,
    library: String,
    sources: Vec<Source>,
}

impl Tree {
    /// Puts the present commit into a worktree of its own, and looks for what can be mutated.
    ///
    /// # Errors
    /// Git's; where a source is not Rust.
    pub fn check_out(workspace: &Workspace) -> Result<Self> {
        let root = workspace.target.join("mutants").join("tree");
        let git = Git(workspace);
        let commit = git.says(&["rev-parse", "HEAD"])?;
        git.check_out(&root, commit.trim())?;
        let tree = git.says(&["ls-tree", "-r", "--name-only", "HEAD", SOURCES])?;
        let (mut types, mut texts) = (Types::default(), Vec::new());
        for path in tree.lines() {
            let file = path.strip_prefix(SOURCES).unwrap_or(path);
            let file = file.trim_start_matches('/').to_owned();
            if !MUTATED
                .iter()
                .any(|&name| Path::new(&file).starts_with(name))
            {
                continue;
            }
            // The worktree holds what the last run made of it.
            let text = git.says(&["show", &format!("HEAD:{path}")])?;
            types.note(&syn::parse_file(&text).with_context(|| path.to_owned())?);
            texts.push((file, text));
        }
        let source = |(file, text): (String, String)| {
            let found = find(&text, &types)?;
            Ok(Source { file, text, found })
        };
        let sources = texts.into_iter().map(source).collect::<Result<_>>()?;
        Ok(Self {
            library: git.says(&["show", &format!("HEAD:{SOURCES}/lib.rs")])?,
            docs: git.says(&["show", &format!("HEAD:{DOCS}")])?,
            root,
            sources,
        })
    }

    /// Every mutant, in order.
    pub fn mutants(&self) -> Vec<Mutant> {
        let mut all = Vec::new();
        for source in &self.sources {
            for site in &source.found.sites {
                for change in site.changes(&source.text) {
                    all.push(Mutant {
                        number: u32::try_from(all.len()).map_or(u32::MAX, |last| last + 1),
                        kind: site.kind,
                        file: source.file.clone(),
                        line: site.line,
                        within: site.within.clone(),
                        change,
                    });
                }
            }
        }
        all
    }

    /// Puts every mutant into the copy, each behind its switch.
    ///
    /// # Errors
    /// Where a file cannot be written.
    pub fn instrument(&self) -> Result<()> {
        let folder = self.root.join(SOURCES);
        let mut first = 1u32;
        for source in &self.sources {
            let text = instrument(&source.text, &source.found, first);
            write_if_new(&folder.join(&source.file), &text)?;
            let mutants = source.found.sites.iter().map(Site::mutants);
            first = first.saturating_add(mutants.sum());
        }
        write_if_new(&folder.join(MODULE).with_extension("rs"), SWITCH)?;
        let library = format!("{}{DECLARATION}", self.library);
        write_if_new(&folder.join("lib.rs"), &library)
    }
}

/// Writes `text`, unless that is what the file says: cargo builds what is written anew.
fn write_if_new(file: &Path, text: &str) -> Result<()> {
    if fs::read_to_string(file).is_ok_and(|present| present == text) {
        return Ok(());
    }
    fs::write(file, text).with_context(|| file.display().to_string())
}

/// Git, in the workspace.
struct Git<'a>(&'a Workspace);

impl Git<'_> {
    fn says(&self, arguments: &[&str]) -> Result<String> {
        let output = self.0.command("git").args(arguments).output()?;
        let command = arguments.join(" ");
        ensure!(output.status.success(), "git {command} failed");
        Ok(String::from_utf8(output.stdout)?)
    }

    /// Puts `commit` into a worktree at `root`, unless it is there.
    fn check_out(&self, root: &Path, commit: &str) -> Result<()> {
        let mut git = self.0.command("git");
        if root.join("Cargo.toml").exists() {
            let mut asked = self.0.command("git");
            let present = asked
                .current_dir(root)
                .args(["rev-parse", "HEAD"])
                .output()?;
            if String::from_utf8(present.stdout)?.trim() == commit {
                return Ok(());
            }
            git.current_dir(root);
            git.args(["checkout", "--quiet", "--force", "--detach", commit]);
        } else {
            git.args(["worktree", "add", "--quiet", "--force", "--detach"]);
            git.arg(root);
        }
        succeed(&mut git, "git")
    }
}
