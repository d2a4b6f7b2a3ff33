//! Which system calls the program has, by seccomp: all but those that reach beyond its files and its own processes.
//! What is refused fails with `EPERM`, and the program may go on.

use crate::SandboxError;
use libc as sys;
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule, TargetArch, apply_filter,
};
use std::{collections::BTreeMap, env::consts::ARCH};

// Calls of late versions of Linux, which have the same numbers on every processor.
const FCHMODAT2: i64 = 452;
const SETXATTRAT: i64 = 463;
const REMOVEXATTRAT: i64 = 466;
const FILE_SETATTR: i64 = 469;

/// Refused whatever the arguments are.
const REFUSED: &[i64] = &[
    // The network, and the sockets of other programs. What two of its processes share is a `socketpair`.
    sys::SYS_socket,
    // It would do what is refused here without a call.
    sys::SYS_io_uring_setup,
    // Leaving the group of processes that the node ends.
    sys::SYS_setsid,
    sys::SYS_setpgid,
    // Modes, owners and attributes of files by their paths, which Landlock leaves alone.
    sys::SYS_fchmodat,
    sys::SYS_fchownat,
    sys::SYS_setxattr,
    sys::SYS_lsetxattr,
    sys::SYS_removexattr,
    sys::SYS_lremovexattr,
    FCHMODAT2,
    SETXATTRAT,
    REMOVEXATTRAT,
    FILE_SETATTR,
    // Files by their numbers instead of their paths.
    sys::SYS_open_by_handle_at,
    // Other processes.
    sys::SYS_ptrace,
    sys::SYS_process_vm_readv,
    sys::SYS_process_vm_writev,
    sys::SYS_process_madvise,
    sys::SYS_pidfd_getfd,
    sys::SYS_kcmp,
    sys::SYS_migrate_pages,
    sys::SYS_move_pages,
    // Memory and queues that outlive the program, or count as no process's.
    sys::SYS_memfd_create,
    sys::SYS_memfd_secret,
    sys::SYS_shmget,
    sys::SYS_msgget,
    sys::SYS_semget,
    sys::SYS_mq_open,
    // Keys that the kernel keeps for the user.
    sys::SYS_add_key,
    sys::SYS_request_key,
    sys::SYS_keyctl,
    // Namespaces, in which it would be root, and parts of the kernel that only root's programs need.
    sys::SYS_unshare,
    sys::SYS_setns,
    sys::SYS_bpf,
    sys::SYS_perf_event_open,
    sys::SYS_userfaultfd,
];

/// The same, older calls that only this processor has.
#[cfg(target_arch = "x86_64")]
const REFUSED_TOO: &[i64] = &[
    sys::SYS_chmod,
    sys::SYS_chown,
    sys::SYS_lchown,
    sys::SYS_utime,
    sys::SYS_utimes,
    sys::SYS_futimesat,
];
#[cfg(not(target_arch = "x86_64"))]
const REFUSED_TOO: &[i64] = &[];

/// Refused unless the argument of this number is 0. It names a process other than the caller, or a path.
const ABOUT_ITSELF: &[(i64, u8)] = &[
    (sys::SYS_prlimit64, 0),
    (sys::SYS_sched_setaffinity, 0),
    (sys::SYS_sched_setattr, 0),
    (sys::SYS_sched_setparam, 0),
    (sys::SYS_sched_setscheduler, 0),
    (sys::SYS_setpriority, 1),
    (sys::SYS_ioprio_set, 1),
    (sys::SYS_utimensat, 1),
];

/// Flags of `clone` that are refused: each makes a namespace.
const NAMESPACES: [i32; 7] = [
    sys::CLONE_NEWNS,
    sys::CLONE_NEWCGROUP,
    sys::CLONE_NEWUTS,
    sys::CLONE_NEWIPC,
    sys::CLONE_NEWUSER,
    sys::CLONE_NEWPID,
    sys::CLONE_NEWNET,
];

/// What marks a call of the processor's second way to call, x32, which has the same numbers.
#[cfg(target_arch = "x86_64")]
const SECOND_WAYS: &[i64] = &[0, 0x4000_0000];
#[cfg(not(target_arch = "x86_64"))]
const SECOND_WAYS: &[i64] = &[0];

type Rules = BTreeMap<i64, Vec<SeccompRule>>;

/// Leaves the process the calls that it may have.
///
/// # Errors
/// Where the system has no seccomp, or the processor is one that there are no rules for.
pub(crate) fn enter() -> Result<(), SandboxError> {
    let unsupported = |error: &dyn std::fmt::Display| {
        SandboxError::Unsupported(format!("no system calls can be refused: {error}"))
    };
    for (rules, errno) in [
        (refused(), sys::EPERM),
        // Its flags are in memory, where no rule sees them: programs use `clone` where this is missing.
        (without_conditions(&[sys::SYS_clone3]), sys::ENOSYS),
    ] {
        let program = rules.and_then(|rules| program(rules, errno.unsigned_abs()));
        let program = program.map_err(|error| unsupported(&error))?;
        apply_filter(&program).map_err(|error| unsupported(&error))?;
    }
    Ok(())
}

fn program(rules: Rules, errno: u32) -> Result<BpfProgram, seccompiler::BackendError> {
    let allowed = SeccompAction::Allow;
    let processor = TargetArch::try_from(ARCH)?;
    SeccompFilter::new(rules, allowed, SeccompAction::Errno(errno), processor)?.try_into()
}

fn refused() -> Result<Rules, seccompiler::BackendError> {
    let mut rules = without_conditions(REFUSED)?;
    rules.append(&mut without_conditions(REFUSED_TOO)?);
    for way in SECOND_WAYS {
        for &(call, argument) in ABOUT_ITSELF {
            let other = rule(argument, SeccompCmpOp::Ne, 0)?;
            rules.insert(call | way, vec![other]);
        }
        let flags = NAMESPACES.map(|flag| u64::from(flag.unsigned_abs()));
        let namespaces = flags.map(|flag| rule(0, SeccompCmpOp::MaskedEq(flag), flag));
        let namespaces = namespaces.into_iter().collect::<Result<_, _>>()?;
        rules.insert(sys::SYS_clone | way, namespaces);
    }
    Ok(rules)
}

/// Rules by which `calls` are refused, whatever their arguments are.
fn without_conditions(calls: &[i64]) -> Result<Rules, seccompiler::BackendError> {
    let both = SECOND_WAYS.iter().flat_map(|way| {
        let calls = calls.iter();
        calls.map(move |call| (call | way, Vec::new()))
    });
    Ok(both.collect())
}

/// A rule about one argument of a call.
fn rule(
    argument: u8,
    is: SeccompCmpOp,
    value: u64,
) -> Result<SeccompRule, seccompiler::BackendError> {
    let condition = SeccompCondition::new(argument, SeccompCmpArgLen::Qword, is, value)?;
    SeccompRule::new(vec![condition])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_refused_call_has_a_rule_in_both_ways_to_call() {
        let rules = refused().unwrap();
        for call in REFUSED.iter().chain(REFUSED_TOO) {
            for way in SECOND_WAYS {
                assert_eq!(rules[&(call | way)], []);
            }
        }
        for (call, _) in ABOUT_ITSELF {
            assert_eq!(rules[call].len(), 1);
        }
        let own = REFUSED.len() + REFUSED_TOO.len() + ABOUT_ITSELF.len() + 1;
        assert_eq!(rules.len(), own * SECOND_WAYS.len());
        program(rules, 1).unwrap();
    }
}
