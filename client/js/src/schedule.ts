/**
 * When what is allowed, as the program decides it: docs/protocol.md, section 2. Every number is a slot, a round or a
 * cycle, as a bigint of 64 bits; what lies beyond is a RangeError.
 */

import type { Schedule } from './generated/types/schedule.js';

/** A range of slots, both ends inclusive. */
export type Window = { start: bigint; end: bigint };

/** The windows of one cycle. */
export type CycleWindows = {
    /** When the cycle may be opened. */
    open: Window;
    /** When its submissions are handed in. */
    submit: Window;
    /** When they are audited. */
    audit: Window;
    /** When an audit of one of them may be opened. */
    challenge: Window;
    /** The same of its lists, by attempt: when one is proposed, audited, and challenged. */
    lists: { propose: Window; audit: Window; challenge: Window }[];
    /** First slot at which a node may withdraw that has submitted for the cycle. */
    unlocked: bigint;
};

const MOST = 2n ** 64n - 1n;
const LONGEST_ROUND = 2n ** 32n - 1n;

function fitting(number: bigint): bigint {
    if (number < 0n || number > MOST) throw new RangeError(`${number} is no slot, round or cycle`);
    return number;
}

function least(a: bigint, b: bigint): bigint {
    return a < b ? a : b;
}

/** Whether the program takes a task with this schedule: each round has room for a submission, a challenge and an answer. */
export function isValidSchedule({ roundTime, submissionWindow, auditWindow }: Schedule): boolean {
    const slack = roundTime - submissionWindow - auditWindow;
    const shortestAudit = slack === 0n ? 3n : 2n;
    return slack >= 0n && submissionWindow >= 1n && auditWindow >= shortestAudit && roundTime <= LONGEST_ROUND;
}

/** The round that `slot` lies in; undefined before the task's starting slot, which belongs to no round. */
export function roundAt(schedule: Schedule, slot: bigint): bigint | undefined {
    return slot < schedule.startingSlot ? undefined : (slot - schedule.startingSlot) / schedule.roundTime;
}

/** The first slot of `round`. */
export function roundStart(schedule: Schedule, round: bigint): bigint {
    return fitting(fitting(fitting(round) * schedule.roundTime) + schedule.startingSlot);
}

/** The round in whose windows cycle `cycle` is submitted and reviewed. */
export function reviewRound(cycle: bigint): bigint {
    return fitting(cycle + 1n);
}

/** The round in whose windows the list of `attempt` for cycle `cycle` is proposed and audited. */
export function distributionRound(cycle: bigint, attempt: number): bigint {
    return fitting(cycle + 2n + BigInt(attempt));
}

/** Slots in which a submission or a list of window round `round` is handed in. */
export function submissionWindow(schedule: Schedule, round: bigint): Window {
    const start = roundStart(schedule, round);
    return { start, end: fitting(start + schedule.submissionWindow) };
}

/** Slots in which a submission or a list of window round `round` is audited. */
export function auditWindow(schedule: Schedule, round: bigint): Window {
    const handedIn = submissionWindow(schedule, round).end;
    const nextRound = roundStart(schedule, round + 1n);
    return { start: fitting(handedIn + 1n), end: least(fitting(handedIn + schedule.auditWindow), fitting(nextRound - 1n)) };
}

/** Slots in which an audit of a submission or a list of window round `round` may be opened. */
export function challengeWindow(schedule: Schedule, round: bigint): Window {
    const audit = auditWindow(schedule, round);
    const half = (schedule.auditWindow + 1n) / 2n;
    return { start: audit.start, end: least(fitting(audit.start + half) - 1n, fitting(audit.end - 1n)) };
}

/** All windows of cycle `cycle` in a task in which so many attempts at a list may fail. */
export function cycleWindows(schedule: Schedule, cycle: bigint, allowedFailedDistributions: number): CycleWindows {
    const review = reviewRound(cycle);
    const attempts = Array.from({ length: allowedFailedDistributions + 1 }, (_, attempt) => {
        const round = distributionRound(cycle, attempt);
        return {
            propose: submissionWindow(schedule, round),
            audit: auditWindow(schedule, round),
            challenge: challengeWindow(schedule, round),
        };
    });
    const last = distributionRound(cycle, allowedFailedDistributions);
    return {
        open: submissionWindow(schedule, cycle),
        submit: submissionWindow(schedule, review),
        audit: auditWindow(schedule, review),
        challenge: challengeWindow(schedule, review),
        lists: attempts,
        unlocked: fitting(auditWindow(schedule, last).end + 1n),
    };
}
