/**
 * A client of the Solana program Gradual Consensus for `@solana/kit`. Amounts, slots, rounds and cycles are bigints.
 */

export * from './builders.js';
export * from './draw.js';
export * from './events.js';
export * from './generated/constants.js';
export type { GradualConsensusEvent } from './generated/events.js';
export * from './generated/index.js';
export * from './list.js';
export * from './schedule.js';
export * from './subject.js';
export * from './terms.js';
