//! `keys`: the program's id, and the key behind it.
//!
//! The id stands in four places: `declare_id!`, `Anchor.toml`, the IDL, and the IDL's TypeScript type.
//! It is the public key of the keypair with which the program is first deployed. The one that the
//! sources come with is public knowledge, so that everybody's local validator has the program at the
//! same address; a public cluster needs one of its own (`docs/deploying.md`).

use crate::idl;
use anyhow::{Context, Result, ensure};
use ed25519_dalek::SigningKey;
use gradual_consensus_devkit::{
    keypair::{id_of, read as read_keypair, write as write_keypair},
    workspace::Workspace,
};
use sha2::{Digest, Sha256};
use std::fs;
use std::path::{Path, PathBuf};

/// The development key's seed is the hash of this.
const DEVELOPMENT: &[u8] = b"gradual-consensus development program";

/// Arguments of `keys`.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Write the keypair file's id wherever the sources name it.
    #[arg(long, conflicts_with = "check")]
    sync: bool,
    /// Only check that the sources, and the keypair file where there is one, name the same id.
    #[arg(long)]
    check: bool,
}

/// Makes the development keypair if there is none, and prints the id; or syncs, or checks.
pub fn run(workspace: &Workspace, args: &Args) -> Result<()> {
    let file = file(workspace);
    let places = places(workspace);
    if args.check {
        return check(&places, &file);
    }
    if args.sync {
        return sync(&places, &file);
    }

    make(&places, &file)?;
    let (key, development) = (read_keypair(&file)?, development());
    println!("{}", file.display());
    println!("{}", id_of(&key));
    if key == development {
        println!(
            "This key is public knowledge, for local validators only: for a public cluster make your \
             own with solana-keygen, and run cargo xtask keys --sync."
        );
    }
    check(&places, &file)
}

/// The program's keypair file. Makes it if it is missing and the id is the development key's.
pub fn program_keypair(workspace: &Workspace) -> Result<PathBuf> {
    let (file, places) = (file(workspace), places(workspace));
    make(&places, &file)?;
    check(&places, &file)?;
    Ok(file)
}

fn file(workspace: &Workspace) -> PathBuf {
    workspace.deploy().join("gradual_consensus-keypair.json")
}

fn development() -> SigningKey {
    SigningKey::from_bytes(&Sha256::digest(DEVELOPMENT).into())
}

/// Writes the development keypair to `file`, unless something is there.
fn make(places: &[Place], file: &Path) -> Result<()> {
    if file.exists() {
        return Ok(());
    }
    let (declared, development) = (agreed(places)?, development());
    ensure!(
        declared == id_of(&development),
        "the sources name {declared}, whose keypair only its owner has: copy it to {}",
        file.display()
    );
    write_keypair(file, &development)
}

/// A place that names the id: between `before` at the start of a line and the next quotation mark.
#[derive(Debug)]
struct Place {
    file: PathBuf,
    before: &'static str,
}

fn places(workspace: &Workspace) -> [Place; 4] {
    let source = workspace.root.join("programs/gradual-consensus/src/lib.rs");
    let place = |file, before| Place { file, before };
    [
        place(source, "declare_id!(\""),
        place(workspace.root.join("Anchor.toml"), "gradual_consensus = \""),
        place(workspace.idl(), "  \"address\": \""),
        place(idl::typescript_file(workspace), "  \"address\": \""),
    ]
}

impl Place {
    fn read(&self) -> Result<String> {
        fs::read_to_string(&self.file)
            .with_context(|| format!("{} cannot be read", self.file.display()))
    }

    /// The ids named here; at least one.
    fn ids(&self) -> Result<Vec<String>> {
        let text = self.read()?;
        let ids: Vec<_> = text
            .lines()
            .filter_map(|line| line.strip_prefix(self.before)?.split_once('"'))
            .map(|(id, _)| id.to_owned())
            .collect();
        ensure!(
            !ids.is_empty(),
            "{} names no program id",
            self.file.display()
        );
        Ok(ids)
    }

    /// Writes `id` in place of each one named here; says whether that changed anything.
    fn rewrite(&self, id: &str) -> Result<bool> {
        let old = self.read()?;
        let new: String = old
            .split_inclusive('\n')
            .map(|line| with_id(line, self.before, id).unwrap_or_else(|| line.to_owned()))
            .collect();
        if new == old {
            return Ok(false);
        }
        fs::write(&self.file, new)
            .with_context(|| format!("{} cannot be written", self.file.display()))?;
        Ok(true)
    }
}

/// `line` with `id` between `before` and the next quotation mark, where it begins with `before`.
fn with_id(line: &str, before: &str, id: &str) -> Option<String> {
    let (_, after) = line.strip_prefix(before)?.split_once('"')?;
    Some(format!("{before}{id}\"{after}"))
}

/// The one id that all places name.
fn agreed(places: &[Place]) -> Result<String> {
    let mut agreed: Option<(String, &Place)> = None;
    for place in places {
        for id in place.ids()? {
            let (first, at) = agreed.get_or_insert_with(|| (id.clone(), place));
            ensure!(
                *first == id,
                "{} names the program {first}, {} names it {id}: run cargo xtask keys --sync",
                at.file.display(),
                place.file.display()
            );
        }
    }
    Ok(agreed.context("no place names the program id")?.0)
}

fn check(places: &[Place], file: &Path) -> Result<()> {
    let declared = agreed(places)?;
    if file.exists() {
        let id = id_of(&read_keypair(file)?);
        ensure!(
            id == declared,
            "{} is the key of {id}, the sources name {declared}: run cargo xtask keys --sync to keep \
             that key, or take it away and run cargo xtask keys",
            file.display()
        );
    }
    Ok(())
}

fn sync(places: &[Place], file: &Path) -> Result<()> {
    let id = id_of(&read_keypair(file)?);
    for place in places {
        // Every place must have one before the first is changed.
        place.ids()?;
    }
    for place in places {
        if place.rewrite(&id)? {
            println!("{}", place.file.display());
        }
    }
    println!("{id}");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::env;

    #[test]
    fn the_sources_name_one_id() {
        let workspace = Workspace::find().unwrap();
        agreed(&places(&workspace)).unwrap();
    }

    #[test]
    fn the_development_key_is_the_one_documented() {
        let key = SigningKey::from_bytes(&Sha256::digest(DEVELOPMENT).into());
        assert_eq!(id_of(&key), "6xCq6wdtLUFs4xrmpKCFjmvsU7efr8Kifp6UMVQM7NQ2");
    }

    #[test]
    fn only_the_id_is_rewritten() {
        let line = "declare_id!(\"Old\"); // \"Old\"\n";
        assert_eq!(
            with_id(line, "declare_id!(\"", "New").as_deref(),
            Some("declare_id!(\"New\"); // \"Old\"\n")
        );
        // An instruction's account stands further in.
        let line = "          \"address\": \"Old\"\n";
        assert_eq!(with_id(line, "  \"address\": \"", "New"), None);
    }

    #[test]
    fn sync_and_check_agree_and_a_keypair_is_never_overwritten() {
        let folder = env::temp_dir().join(format!("gradual-keys-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let keypair = folder.join("keypair.json");
        let places = [
            Place {
                file: folder.join("lib.rs"),
                before: "declare_id!(\"",
            },
            Place {
                file: folder.join("Anchor.toml"),
                before: "gradual_consensus = \"",
            },
        ];
        fs::write(&places[0].file, "// Says.\ndeclare_id!(\"One\");\n").unwrap();
        fs::write(
            &places[1].file,
            "[programs.localnet]\ngradual_consensus = \"Two\"\n",
        )
        .unwrap();

        assert!(agreed(&places).is_err());
        assert!(sync(&places, &keypair).is_err());
        let key = SigningKey::from_bytes(&[7; 32]);
        write_keypair(&keypair, &key).unwrap();
        assert!(write_keypair(&keypair, &SigningKey::from_bytes(&[8; 32])).is_err());
        assert!(check(&places, &keypair).is_err());
        sync(&places, &keypair).unwrap();
        check(&places, &keypair).unwrap();
        assert_eq!(agreed(&places).unwrap(), id_of(&key));
        assert_eq!(
            fs::read_to_string(&places[0].file).unwrap(),
            format!("// Says.\ndeclare_id!(\"{}\");\n", id_of(&key))
        );
        fs::remove_dir_all(&folder).unwrap();
    }
}
