#!/usr/bin/env bash
# Sets up, in the folder given, a toolchain that builds Solana programs to sBPF v3 from upstream
# parts, for machines where Anza's platform-tools are not to be had. Called by `cargo xtask
# build-sbf`; toolchain/README.md says why each part is there.
#
# The compiler is the one that the workspace pins; the source of its std and LLVM 23 come from the
# machine's own Debian mirror, the linker from the crate registry. Needs no root. About 2 minutes
# on 2 idle cores and 1.5 GB.
#
# Safe to interrupt and to run twice at once: the stamp is written last, under a lock.
set -euo pipefail

home=${1:?usage: setup.sh FOLDER}
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
linker_version=0.2.6
llvm=23

die() {
  echo "sBPF set-up: $*" >&2
  exit 1
}
say() { echo "sBPF set-up: $*" >&2; }

command -v rustc >/dev/null || die "no rustc: install rustup, which then reads rust-toolchain.toml"
cd "$here"
# Asks the shell's rustc inside the workspace, so that rust-toolchain.toml decides which it is.
sysroot=$(rustc --print sysroot) || die "the toolchain of rust-toolchain.toml is missing: run 'rustup toolchain install'"
rust_version=$(rustc --version | cut -d' ' -f2)

stamp="$home/ready"
# A change to this script, or of the compiler, is a new toolchain.
wanted="$(sha256sum <"$here/setup.sh" | cut -d' ' -f1) $(rustc --version)"
ready() { [ -e "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ]; }
if ready; then exit 0; fi

other="install the Solana CLI with platform-tools ('cargo build-sbf') instead"
[ "$(uname -sm)" = "Linux x86_64" ] || die "the upstream toolchain is for Linux on x86-64 only; $other"
for tool in apt-get apt-cache dpkg; do
  command -v "$tool" >/dev/null || die "the upstream toolchain needs Debian 12 or later ('$tool' is missing); $other"
done
for tool in cc perl flock sha256sum; do
  command -v "$tool" >/dev/null || die "'$tool' is missing: install Debian's build-essential, perl and util-linux"
done
case "$sysroot" in
  / | /usr | /usr/local) die "rustc is the system's own: install rustup, which then reads rust-toolchain.toml" ;;
esac
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
[ -e "$keyring" ] || die "the upstream toolchain needs Debian 12 or later ('$keyring' is missing); $other"
mirror=$(apt-get indextargets --no-release-info --format '$(REPO_URI)' 2>/dev/null \
  | grep -E '/debian/?$' | sort -u | head -n 1 || true)
[ -n "$mirror" ] || die "no Debian mirror is configured in apt's sources; $other"

mkdir -p "$home"
exec 9>"$home/lock"
flock 9
if ready; then exit 0; fi
rm -rf "$stamp" "$home"/{apt,debs,root,rust,bin}
mkdir -p "$home"/{apt/lists/partial,apt/cache/archives/partial,debs,root,rust,bin}

say "reading two more suites of the machine's Debian mirror (privately: its own lists stay as they are)"
printf 'deb [signed-by=%s] %s %s main\n' \
  "$keyring" "$mirror" sid "$keyring" "$mirror" trixie-backports >"$home/apt/sources.list"
options=(-q
  -o "Dir::Etc::SourceList=$home/apt/sources.list" -o Dir::Etc::SourceParts=/dev/null
  -o "Dir::State::Lists=$home/apt/lists" -o "Dir::Cache=$home/apt/cache"
  -o Dir::State::status=/dev/null -o "APT::Sandbox::User=$(id -un)" -o APT::Get::List-Cleanup=0)
apt-get "${options[@]}" update >&2 || die "the Debian mirror does not answer"
packages=("libllvm$llvm" libc6 libstdc++6 libgcc-s1 zlib1g libzstd1 libxml2-16 libedit2 libffi8
  libbsd0 libmd0 libtinfo6 libz3-4)
rust_src=$(apt-cache "${options[@]}" madison rust-src 2>/dev/null \
  | awk -v v="$rust_version" 'index($3, v) == 1 {print $3; exit}')
if [ -n "$rust_src" ]; then
  packages+=("rust-src=$rust_src")
  std_source="$home/root/usr/src/rustc-$rust_version"
else
  std_source="$sysroot/lib/rustlib/src/rust"
  [ -d "$std_source/library" ] \
    || die "the mirror has no rust-src $rust_version any more: run 'rustup component add rust-src'"
fi
(cd "$home/debs" && apt-get "${options[@]}" download "${packages[@]}" >&2) \
  || die "the mirror lacks one of: ${packages[*]}"
for deb in "$home"/debs/*.deb; do dpkg -x "$deb" "$home/root"; done
libraries="root/usr/lib/x86_64-linux-gnu"

say "copying rustc $rust_version and its std"
cp -a "$sysroot/bin" "$home/rust/"
mkdir -p "$home/rust/lib/rustlib"
find "$sysroot/lib" -maxdepth 1 -type f -name '*.so*' -exec cp -a {} "$home/rust/lib/" \;
cp -a "$sysroot/lib/rustlib/x86_64-unknown-linux-gnu" "$home/rust/lib/rustlib/"
mkdir -p "$home/rust/lib/rustlib/src/rust"
cp -a "$std_source/library" "$home/rust/lib/rustlib/src/rust/"

# Three edits to std. Each must change its file.
std="$home/rust/lib/rustlib/src/rust/library/std"
edit() {
  perl -0777 -i -pe "$2" "$std/$1"
  grep -q "$3" "$std/$1" || die "std of $rust_version is not as expected: $1"
}
# 1. std knows no minimum alignment for BPF.
edit src/sys/alloc/mod.rs 's/target_arch = "hexagon",/target_arch = "hexagon", target_arch = "bpf",/' \
  'target_arch = "bpf"'
# 2. std calls itself unstable on targets that it does not know.
edit build.rs 's/println!\("cargo:rustc-cfg=restricted_std"\);/\/* not restricted *\//' 'not restricted'
# 3. HashMap's keys per thread would be a writable static, which a program cannot have.
edit src/hash/random.rs '
  s/        thread_local!\(static KEYS.*?        \}\)\n(?=    \}\n\})/        RandomState { k0: 0x5851f42d4c957f2d, k1: 0x14057b7ef767814f }\n/s;
  s/use crate::cell::Cell;\n//; s/use crate::sys::random::hashmap_random_keys;\n//;
' 0x5851f42d4c957f2d

say "building sbpf-linker $linker_version against LLVM $llvm"
(
  cd "$home" # away from the workspace's own cargo settings
  unset CARGO_ENCODED_RUSTFLAGS CARGO_BUILD_TARGET LD_LIBRARY_PATH
  export RUSTC="$home/rust/bin/rustc" CARGO_ENCODED_RUSTFLAGS
  printf -v CARGO_ENCODED_RUSTFLAGS '%s\x1f%s\x1f%s' \
    "-Clink-arg=-L$home/$libraries" "-Clink-arg=-l:libLLVM.so.$llvm.1" -Clink-arg=-Wl,--allow-shlib-undefined
  "$home/rust/bin/cargo" install sbpf-linker --version "$linker_version" --locked --force --quiet \
    --no-default-features --features "bpf-linker/llvm-$llvm,bpf-linker/no-llvm-linking" \
    --target x86_64-unknown-linux-gnu --target-dir "$home/build" --root "$home/linker" --no-track >&2
) || die "sbpf-linker did not build (see above)"
# Debian's LLVM runs under the C library that it was built with.
cat >"$home/bin/sbpf-linker" <<WRAPPER
#!/bin/sh
home=\$(cd "\$(dirname "\$0")/.." && pwd)
exec "\$home/$libraries/ld-linux-x86-64.so.2" --library-path "\$home/$libraries" "\$home/linker/bin/sbpf-linker" "\$@"
WRAPPER
chmod +x "$home/bin/sbpf-linker"
"$home/bin/sbpf-linker" --version >&2 || die "the linker does not run"

(cd "$home/debs" && ls) >"$home/packages.txt"
rm -rf "$home"/{apt,build,debs,root/usr/src}
printf '%s' "$wanted" >"$stamp.new"
mv "$stamp.new" "$stamp"
say "done, in $home"
