/** Submissions and lists as the subjects of audits: both begin with the same head, and one path audits both. */

import { getSubmissionDecoder, SUBMISSION_DISCRIMINATOR } from './generated/accounts/submission.js';
import { DISTRIBUTION_LIST_DISCRIMINATOR, getDistributionListDecoder } from './generated/accounts/distributionList.js';
import { MAX_SUBMISSION_LEN } from './generated/constants.js';
import type { Subject } from './generated/types/subject.js';
import type { ReadonlyUint8Array } from '@solana/kit';

const beginsWith = (data: ReadonlyUint8Array, first: ReadonlyUint8Array) =>
    first.every((byte, place) => data[place] === byte);

/** The head of the submission or list whose account holds `data`; undefined where it is neither. */
export function decodeSubject(data: ReadonlyUint8Array): Subject | undefined {
    if (beginsWith(data, SUBMISSION_DISCRIMINATOR)) return getSubmissionDecoder().decode(data).subject;
    if (beginsWith(data, DISTRIBUTION_LIST_DISCRIMINATOR)) return getDistributionListDecoder().decode(data).subject;
    return undefined;
}

/**
 * Text as the value of a submission.
 *
 * @throws RangeError where it is longer than the program takes.
 */
export function textValue(text: string): Uint8Array {
    const value = new TextEncoder().encode(text);
    if (value.length > MAX_SUBMISSION_LEN) {
        throw new RangeError(`the value has ${value.length} bytes, the program takes ${MAX_SUBMISSION_LEN}`);
    }
    return value;
}
