//! `idl`: `idl/gradual_consensus.json`, the program as explorers and clients read it, and the
//! TypeScript type of it.
//!
//! Anchor's macros put one test into the program for each part of its IDL; run with the `idl-build`
//! feature, each prints its part. This joins the parts as `anchor build` does ([`printed`]), adds how a
//! client finds the accounts of an instruction ([`resolve`]) and what a byte in an account stands for
//! ([`enums`]), derives the type ([`typescript`]), and refuses an IDL that leaves anything unexplained
//! ([`docs`]).

mod docs;
mod enums;
mod printed;
mod resolve;
mod typescript;

use anchor_lang_idl_spec::Idl;
use anyhow::{Context, Result, bail, ensure};
use gradual_consensus_devkit::workspace::Workspace;
use std::fs;
use std::path::{Path, PathBuf};

/// Arguments of `idl`.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Only check that the files in the tree are the present program's.
    #[arg(long)]
    check: bool,
}

/// The files, and what each must hold.
type Files = [(PathBuf, String); 2];

/// Writes both files, or checks them.
pub fn run(workspace: &Workspace, args: &Args) -> Result<()> {
    let idl = build(workspace)?;
    let undocumented = docs::missing(&idl);
    ensure!(
        undocumented.is_empty(),
        "not explained in the IDL: {}",
        undocumented.join(", ")
    );
    let files = files(workspace, &idl)?;
    if args.check {
        check(&files)
    } else {
        for (file, content) in &files {
            write(file, content)?;
            println!("{}", file.display());
        }
        Ok(())
    }
}

/// Where its TypeScript type lies in the tree.
pub fn typescript_file(workspace: &Workspace) -> PathBuf {
    workspace.root.join("idl").join("gradual_consensus.ts")
}

/// The present program's IDL.
fn build(workspace: &Workspace) -> Result<Idl> {
    let program = workspace.root.join("programs").join("gradual-consensus");
    let sources = program.join("src");
    // As Anchor's command has it: seeds of addresses are in the IDL, and an unchecked account without
    // its `CHECK:` fails the build.
    let output = workspace
        .command("cargo")
        .args(["test", "--quiet", "--locked", "--lib"])
        .args(["--package", "gradual-consensus", "--features", "idl-build"])
        .args(["__anchor_private_print_idl", "--", "--show-output"])
        .env("CARGO_TARGET_DIR", &workspace.target)
        .env("ANCHOR_IDL_BUILD_NO_DOCS", "FALSE")
        .env("ANCHOR_IDL_BUILD_RESOLUTION", "TRUE")
        .env("ANCHOR_IDL_BUILD_SKIP_LINT", "FALSE")
        .env("ANCHOR_IDL_BUILD_PROGRAM_PATH", program)
        .output()
        .context("cargo could not be started")?;
    let printed = String::from_utf8(output.stdout).context("the IDL is not UTF-8")?;
    // The macros' own code has warnings with this feature; they are of use only where it fails.
    if !output.status.success() {
        let errors = String::from_utf8_lossy(&output.stderr);
        bail!("the program did not print its IDL:\n{errors}{printed}");
    }
    let mut idl = printed::join(&printed)?;
    resolve::complete(&mut idl)?;
    enums::add(&mut idl, &sources)?;
    Ok(idl)
}

fn files(workspace: &Workspace, idl: &Idl) -> Result<Files> {
    Ok([
        (
            workspace.idl(),
            format!("{}\n", serde_json::to_string_pretty(idl)?),
        ),
        (typescript_file(workspace), typescript::of(idl)?),
    ])
}

fn check(files: &Files) -> Result<()> {
    let stale: Vec<_> = files
        .iter()
        .filter(|(file, fresh)| fs::read(file).ok().as_deref() != Some(fresh.as_bytes()))
        .map(|(file, _)| file.display().to_string())
        .collect();
    ensure!(
        stale.is_empty(),
        "the IDL is not the present program's: run cargo xtask idl, which changes {}",
        stale.join(", ")
    );
    Ok(())
}

fn write(file: &Path, content: &str) -> Result<()> {
    let folder = file.parent().context("a file without a folder")?;
    fs::create_dir_all(folder)?;
    fs::write(file, content).with_context(|| format!("{} cannot be written", file.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn committed() -> (Workspace, Idl) {
        let workspace = Workspace::find().unwrap();
        let json = fs::read_to_string(workspace.idl()).unwrap();
        (workspace, serde_json::from_str(&json).unwrap())
    }

    #[test]
    fn what_is_committed_is_well_formed_and_explained() {
        let (workspace, idl) = committed();
        check(&files(&workspace, &idl).unwrap()).unwrap();
        assert_eq!(docs::missing(&idl), Vec::<String>::new());
    }

    #[test]
    fn another_field_order_fails_the_check() {
        let (workspace, mut idl) = committed();
        let task = idl.types.iter_mut().find(|ty| ty.name == "Task").unwrap();
        let anchor_lang_idl_spec::IdlTypeDefTy::Struct {
            fields: Some(anchor_lang_idl_spec::IdlDefinedFields::Named(fields)),
        } = &mut task.ty
        else {
            panic!("the task is a struct");
        };
        fields.swap(0, 1);
        let refused = check(&files(&workspace, &idl).unwrap()).unwrap_err();
        let text = refused.to_string();
        assert!(text.contains("gradual_consensus.json"), "{text}");
        assert!(text.contains("gradual_consensus.ts"), "{text}");
        assert_eq!(text.lines().count(), 1);
    }
}
