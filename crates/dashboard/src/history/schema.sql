-- Amounts are 64-bit base units, kept as the signed number with the same bits.
PRAGMA journal_mode = WAL;
PRAGMA synchronous = NORMAL;

-- The genesis of the cluster that all of it is of.
CREATE TABLE IF NOT EXISTS cluster (id INTEGER PRIMARY KEY CHECK (id = 0), genesis TEXT NOT NULL);

-- Which transactions that name a task or a cycle are known: all up to `newest`, but for those that are pending.
CREATE TABLE IF NOT EXISTS followed (address BLOB PRIMARY KEY, newest TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS pending (
    id INTEGER PRIMARY KEY, task BLOB NOT NULL, signature TEXT NOT NULL,
    since INTEGER NOT NULL DEFAULT (unixepoch()), UNIQUE (task, signature)
);
CREATE TABLE IF NOT EXISTS noted (signature TEXT PRIMARY KEY, slot INTEGER NOT NULL, time INTEGER) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS noted_slot ON noted (slot);

CREATE TABLE IF NOT EXISTS cycle (
    task BLOB NOT NULL, cycle INTEGER NOT NULL, bounty INTEGER NOT NULL DEFAULT 0, opener BLOB, opened INTEGER,
    submissions INTEGER NOT NULL DEFAULT 0, challenged INTEGER NOT NULL DEFAULT 0, upheld INTEGER NOT NULL DEFAULT 0,
    dismissed INTEGER NOT NULL DEFAULT 0, undecided INTEGER NOT NULL DEFAULT 0, slashed INTEGER NOT NULL DEFAULT 0,
    paid INTEGER NOT NULL DEFAULT 0, payouts INTEGER NOT NULL DEFAULT 0, equal INTEGER NOT NULL DEFAULT 0,
    accepted INTEGER, closed INTEGER,
    PRIMARY KEY (task, cycle)
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS audit (
    subject BLOB PRIMARY KEY, task BLOB NOT NULL, cycle INTEGER NOT NULL, is_list INTEGER NOT NULL, author BLOB,
    challenger BLOB, opened INTEGER, electorate INTEGER, author_weight INTEGER, valid INTEGER NOT NULL DEFAULT 0,
    invalid INTEGER NOT NULL DEFAULT 0, resolved INTEGER, outcome INTEGER NOT NULL DEFAULT 0, stands INTEGER,
    slashed_node BLOB, slashed INTEGER NOT NULL DEFAULT 0, to_winner INTEGER NOT NULL DEFAULT 0,
    to_voters INTEGER NOT NULL DEFAULT 0, to_bounty INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS audit_cycle ON audit (task, cycle) WHERE opened IS NOT NULL;

CREATE TABLE IF NOT EXISTS vote (
    id INTEGER PRIMARY KEY, subject BLOB NOT NULL, voter BLOB NOT NULL, slot INTEGER NOT NULL,
    is_valid INTEGER NOT NULL, weight INTEGER NOT NULL, UNIQUE (subject, voter)
);

-- Cycles whose payouts are all noted or pending: they are closed.
CREATE TABLE IF NOT EXISTS paid_out (task BLOB NOT NULL, cycle INTEGER NOT NULL, PRIMARY KEY (task, cycle)) WITHOUT ROWID;

-- What changed a node's stake or balance.
CREATE TABLE IF NOT EXISTS movement (
    id INTEGER PRIMARY KEY, task BLOB NOT NULL, node BLOB NOT NULL, slot INTEGER NOT NULL, kind INTEGER NOT NULL,
    amount INTEGER NOT NULL, cycle INTEGER, subject BLOB
);
CREATE INDEX IF NOT EXISTS movement_node ON movement (task, node, id);
CREATE INDEX IF NOT EXISTS movement_cycle ON movement (task, cycle, id);

-- The available bounty after each change that an event told or that was seen, and the stakes as they were in each
-- round.
CREATE TABLE IF NOT EXISTS bounty (task BLOB NOT NULL, slot INTEGER NOT NULL, available INTEGER NOT NULL,
    PRIMARY KEY (task, slot)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS stake (task BLOB NOT NULL, round INTEGER NOT NULL, active INTEGER NOT NULL,
    warming INTEGER NOT NULL, parked INTEGER NOT NULL, locked INTEGER NOT NULL, PRIMARY KEY (task, round)) WITHOUT ROWID;

-- What an index keeps of the open cycles of its tasks: how many submissions were read, whether after the end of their
-- window, and the submissions.
CREATE TABLE IF NOT EXISTS indexed (cycle BLOB PRIMARY KEY, task BLOB NOT NULL, number INTEGER NOT NULL,
    submissions INTEGER NOT NULL, is_whole INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS submission (cycle BLOB NOT NULL, author BLOB NOT NULL, slot INTEGER NOT NULL,
    value BLOB NOT NULL, PRIMARY KEY (cycle, author)) WITHOUT ROWID;

-- The bumps of the addresses of a cycle's submissions, a byte each, in the order of their authors.
CREATE TABLE IF NOT EXISTS bumps (cycle BLOB PRIMARY KEY, bumps BLOB NOT NULL) WITHOUT ROWID;

-- The lists of open cycles whose entries an index knows. Entries are those of the list in its order, 40 bytes each: the node's
-- address, and what it is paid in base units, little-endian.
CREATE TABLE IF NOT EXISTS listed (list BLOB PRIMARY KEY, task BLOB NOT NULL, number INTEGER NOT NULL,
    entries BLOB NOT NULL);
