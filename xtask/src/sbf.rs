//! `build-sbf`: the program as the chain runs it, an sBPF v3 file.
//!
//! Two toolchains build it. Anza's platform-tools, by `cargo build-sbf`, where they are installed;
//! else the upstream one that `toolchain/setup.sh` sets up on first use (`toolchain/README.md`).
//! With either, the same sources give the same bytes in every folder; the two differ from each
//! other, so figures and hashes of one are not those of the other.

use crate::keys;
use anyhow::{Context, Result, ensure};
use clap::ValueEnum;
use gradual_consensus_devkit::{
    gradual::Program,
    workspace::{Workspace, cache, succeed, text, user_home},
};
use sha2::{Digest, Sha256};
use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

/// The program's package.
const PACKAGE: &str = "gradual-consensus";
/// The program's file.
const FILE: &str = "gradual_consensus.so";
/// The routines that `builtins.ll` and compiler-builtins give the linked program.
const EXPORTS: &str = "--export=__multi3,__udivti3,__umodti3,__divti3,__modti3,\
                       memcpy,memmove,memset,memcmp,bcmp";

/// Arguments of `build-sbf`.
#[derive(clap::Args, Debug, Default)]
pub struct Args {
    /// The toolchain to build with.
    #[arg(long, value_enum, default_value_t = Toolchain::Auto)]
    toolchain: Toolchain,
    /// Keep the file in the repository, too: `gradual simulate` plays on it.
    #[arg(long)]
    keep: bool,
    /// Fail where the file in the repository is another one, and the same toolchain built it.
    #[arg(long, conflicts_with = "keep")]
    check: bool,
}

/// What builds the program.
#[derive(ValueEnum, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Toolchain {
    #[default]
    /// Platform-tools where they are installed, else upstream.
    Auto,
    /// Anza's platform-tools, by `cargo build-sbf` (which may download them).
    Platform,
    /// Rust's own compiler with LLVM and sbpf-linker.
    Upstream,
}

impl Toolchain {
    /// Which of the two.
    fn resolved(self, workspace: &Workspace) -> Self {
        match self {
            Self::Auto if platform_tools_installed(workspace) => Self::Platform,
            Self::Auto => Self::Upstream,
            named => named,
        }
    }
}

/// Builds the program to `target/deploy/` and prints its size and hash.
pub fn run(workspace: &Workspace, args: &Args) -> Result<()> {
    let bytes = build(workspace, args.toolchain, &[])?;
    let deploy = workspace.deploy();
    fs::create_dir_all(&deploy)?;
    let file = deploy.join(FILE);
    // A reader sees the old file or the new one, never a part. The file is written even if it is the
    // same: its time says that it is current.
    let part = deploy.join(format!("{FILE}.part"));
    fs::write(&part, &bytes)?;
    fs::rename(&part, &file)?;
    println!("{}", file.display());
    println!("sha256 {:x}", Sha256::digest(&bytes));
    println!("{} bytes", bytes.len());
    if args.keep || args.check {
        let versions = match args.toolchain.resolved(workspace) {
            Toolchain::Platform => "platform-tools".to_owned(),
            _ => upstream_versions(workspace)?,
        };
        let kept = workspace.root.join("crates/simulation/program");
        keep(&kept, &bytes, &format!("{versions}\n"), args.check)?;
    }
    Ok(())
}

/// Writes the program and the versions of what built it to the folder `kept`, or compares both with what is there.
fn keep(kept: &Path, bytes: &[u8], versions: &str, only_check: bool) -> Result<()> {
    let (file, toolchain) = (kept.join(FILE), kept.join("toolchain.txt"));
    if !only_check {
        fs::write(&file, bytes)?;
        return Ok(fs::write(&toolchain, versions)?);
    }
    let before = fs::read_to_string(&toolchain).unwrap_or_default();
    if before != versions {
        println!(
            "not compared with {}: that is of {}, this of {}",
            file.display(),
            before.trim(),
            versions.trim()
        );
        return Ok(());
    }
    ensure!(
        fs::read(&file).is_ok_and(|file| file == bytes),
        "{} is not what the sources give: run cargo xtask build-sbf --keep",
        file.display()
    );
    Ok(())
}

/// The program in `target/deploy/`, with its keypair; builds it if it is not there.
pub fn program(workspace: &Workspace) -> Result<Program> {
    let binary = workspace.deploy().join(FILE);
    if !binary.is_file() {
        run(workspace, &Args::default())?;
    }
    let keypair = keys::program_keypair(workspace)?;
    Ok(Program { binary, keypair })
}

/// Builds the program with `features` beside its default ones, and returns the file's bytes.
pub fn build(workspace: &Workspace, toolchain: Toolchain, features: &[&str]) -> Result<Vec<u8>> {
    let features = features.join(",");
    // sbpf-linker leaves a copy of whatever it links in target/deploy; only `run` is to put one there.
    let deployed = workspace.deploy().join(FILE);
    let before = fs::read(&deployed).ok();
    let built = match toolchain.resolved(workspace) {
        Toolchain::Platform => build_platform(workspace, &features)?,
        _ => build_upstream(workspace, &features)?,
    };
    let bytes = fs::read(&built).with_context(|| format!("{} was not built", built.display()))?;
    if fs::read(&deployed).ok() != before {
        match before {
            Some(before) => fs::write(&deployed, before)?,
            None => fs::remove_file(&deployed)?,
        }
    }
    Ok(bytes)
}

/// Whether `cargo build-sbf` is there with its platform-tools: only then does its version name the
/// rustc of those.
fn platform_tools_installed(workspace: &Workspace) -> bool {
    workspace
        .command("cargo-build-sbf")
        .arg("--version")
        .output()
        .is_ok_and(|output| {
            String::from_utf8_lossy(&output.stdout)
                .lines()
                .any(|line| line.starts_with("rustc "))
        })
}

fn build_platform(workspace: &Workspace, features: &str) -> Result<PathBuf> {
    let target = workspace.target.join("sbf-platform");
    let out = target.join("out");
    let manifest = workspace
        .root
        .join("programs")
        .join(PACKAGE)
        .join("Cargo.toml");
    succeed(
        workspace
            .command("cargo-build-sbf")
            .args(["--arch", "v3", "--manifest-path"])
            .arg(manifest)
            .arg("--sbf-out-dir")
            .arg(&out)
            // Its rustc is older than the one that the workspace asks for.
            .args(["--", "--locked", "--ignore-rust-version"])
            .args(["--features", features])
            .env("CARGO_TARGET_DIR", &target)
            .env_remove("RUSTC_WORKSPACE_WRAPPER")
            .env(
                "CARGO_TARGET_SBPFV3_SOLANA_SOLANA_RUSTFLAGS",
                remaps(workspace)?.join(" "),
            ),
        "cargo build-sbf",
    )?;
    Ok(out.join(FILE))
}

fn build_upstream(workspace: &Workspace, features: &str) -> Result<PathBuf> {
    let toolchain = workspace.root.join("toolchain");
    let home = upstream_home()?;
    succeed(
        workspace
            .command("bash")
            .arg(toolchain.join("setup.sh"))
            .arg(&home),
        "the set-up of the sBPF toolchain",
    )?;

    let spec = toolchain.join("sbpf-solana.json");
    let target = workspace.target.join("sbf");
    let mut path = OsString::from(home.join("bin"));
    path.push(":");
    path.push(env::var_os("PATH").unwrap_or_default());
    let rust = home.join("rust").join("bin");
    succeed(
        workspace
            .command(rust.join("cargo"))
            .args(["build", "--release", "--locked", "--package", PACKAGE])
            .args(["--features", features])
            .args(["-Zjson-target-spec", "-Zbuild-std=std"])
            .arg("-Zbuild-std-features=compiler-builtins-mem")
            .arg("--target")
            .arg(&spec)
            .arg("--target-dir")
            .arg(&target)
            .env("PATH", path)
            .env("RUSTC", rust.join("rustc"))
            .env("RUSTC_BOOTSTRAP", "1")
            .env_remove("RUSTC_WRAPPER")
            .env_remove("RUSTC_WORKSPACE_WRAPPER")
            .env(
                "CARGO_ENCODED_RUSTFLAGS",
                upstream_flags(workspace, &toolchain, &home)?.join("\x1f"),
            ),
        "the build of the program",
    )?;
    Ok(target.join("sbpf-solana").join("release").join(FILE))
}

/// rustc's flags for upstream's BPF to become sBPF v3.
fn upstream_flags(workspace: &Workspace, toolchain: &Path, home: &Path) -> Result<Vec<String>> {
    let mut flags = vec![
        "-Zunstable-options".to_owned(),
        "-Cpanic=immediate-abort".to_owned(),
        "-Crelocation-model=static".to_owned(),
        // A program has one thread: atomics become plain loads and stores.
        "-Cpasses=lower-atomic".to_owned(),
        // Makes the Solana crates take their on-chain paths.
        "--cfg=target_os=\"solana\"".to_owned(),
        "--cfg=target_feature=\"static-syscalls\"".to_owned(),
        "-Aexplicit_builtin_cfgs_in_flags".to_owned(),
        "-Clinker=sbpf-linker".to_owned(),
    ];
    let builtins = toolchain.join("builtins.ll");
    let linker = ["--arch=v3", text(&builtins)?, EXPORTS];
    flags.extend(linker.map(|arg| format!("-Clink-arg={arg}")));
    let llvm = [
        "-bpf-stack-size=4096",
        "--bpf-max-stores-per-memfunc=5",
        // Instructions that sBPF v3 does not have.
        "--disable-gotox",
        "--disable-ldsx",
        "--disable-movsx",
        "--disable-bswap",
    ];
    flags.extend(llvm.map(|arg| format!("-Clink-arg=--llvm-args={arg}")));
    flags.extend(remaps(workspace)?);
    let std = home.join("rust/lib/rustlib/src/rust");
    flags.push(remap(&std, "/rust")?);
    Ok(flags)
}

/// Keeps this machine's paths out of the program, so that its bytes do not depend on them. Cargo
/// knows these flags and leaves them out of its hashes.
fn remaps(workspace: &Workspace) -> Result<Vec<String>> {
    let mut flags = vec![remap(&workspace.root, "/workspace")?];
    let home = match env::var_os("CARGO_HOME") {
        Some(dir) => PathBuf::from(dir),
        None => user_home()?.join(".cargo"),
    };
    flags.push(remap(&home, "/cargo")?);
    // The name of a registry's folder is a hash of its address, and a mirror's differs. This crate's
    // own dependencies have made the folder.
    let registries = home.join("registry").join("src");
    if let Ok(entries) = fs::read_dir(registries) {
        let mut folders = entries
            .map(|entry| Ok(entry?.path()))
            .collect::<Result<Vec<_>>>()?;
        folders.sort();
        for folder in folders {
            flags.push(remap(&folder, "/cargo/registry")?);
        }
    }
    Ok(flags)
}

fn remap(from: &Path, to: &str) -> Result<String> {
    Ok(format!("--remap-path-prefix={}={to}", text(from)?))
}

/// Where the upstream toolchain is set up.
fn upstream_home() -> Result<PathBuf> {
    Ok(cache()?.join("sbf"))
}

/// What the upstream toolchain consists of: the parts that decide the binary's bytes, by version.
pub fn upstream_versions(workspace: &Workspace) -> Result<String> {
    let rustc = workspace.command("rustc").arg("--version").output()?;
    let rustc = String::from_utf8(rustc.stdout)?;
    let rustc: Vec<&str> = rustc.split_whitespace().take(2).collect();
    let packages = upstream_home()?.join("packages.txt");
    let packages = fs::read_to_string(&packages)
        .with_context(|| format!("{}: run cargo xtask build-sbf", packages.display()))?;
    let llvm = packages
        .lines()
        .find_map(|package| package.strip_prefix("libllvm23_"))
        .and_then(|rest| rest.split('_').next())
        .context("the toolchain names no LLVM")?;
    Ok(format!(
        "{}, LLVM {}",
        rustc.join(" "),
        llvm.trim_start_matches("1%3a")
    ))
}
