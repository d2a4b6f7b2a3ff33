/**
 * The IDL of gradual_consensus in camelCase, as TypeScript sees it.
 *
 * This is only a type: what clients load is `idl/gradual_consensus.json`.
 */
export type GradualConsensus = {
  "address": "6xCq6wdtLUFs4xrmpKCFjmvsU7efr8Kifp6UMVQM7NQ2",
  "metadata": {
    "name": "gradualConsensus",
    "version": "0.1.0",
    "spec": "0.1.0",
    "description": "Gradual Consensus on Solana: tasks, audits, slashes and payouts"
  },
  "docs": [
    "The program's instructions. Each lists what it promises; every promise has its test."
  ],
  "instructions": [
    {
      "name": "acceptAdmin",
      "docs": [
        "Makes the signer the admin (section 9).",
        "",
        "Specification:",
        "- `accept_admin.1` Only the key that the admin proposed may, once."
      ],
      "discriminator": [
        112,
        42,
        45,
        90,
        116,
        181,
        13,
        170
      ],
      "accounts": [
        {
          "name": "pendingAdmin",
          "docs": [
            "Who was proposed, and becomes the admin."
          ],
          "signer": true,
          "relations": [
            "config"
          ]
        },
        {
          "name": "config",
          "docs": [
            "The config."
          ],
          "writable": true,
          "pda": {
            "seeds": [
              {
                "kind": "const",
                "value": [
                  99,
                  111,
                  110,
                  102,
                  105,
                  103
                ]
              }
            ]
          }
        }
      ],
      "args": []
    },
    {
      "name": "acceptManager",
      "docs": [
        "Makes the signer the task's manager (section 9).",
        "",
        "Specification:",
        "- `accept_manager.1` Only the key that the manager proposed may, once."
      ],
      "discriminator": [
        212,
        23,
        254,
        58,
        51,
        238,
        232,
        67
      ],
      "accounts": [
        {
          "name": "pendingManager",
          "docs": [
            "Who was proposed, and becomes the manager."
          ],
          "signer": true,
          "relations": [
            "task"
          ]
        },
        {
          "name": "task",
          "docs": [
            "The task."
          ],
          "writable": true
        }
      ],
      "args": []
    },
    {
      "name": "allowlistTask",
      "docs": [
        "Sets whether the managers of the config vouch for a task (section 9). No rule of the program depends",
        "on it: people and programs that choose tasks read it.",
        "",
        "Specification:",
        "- `allowlist_task.1` One manager of the config may, for any task, and take it back."
      ],
      "discriminator": [
        240,
        133,
        97,
        40,
        49,
        183,
        93,
        85
      ],
      "accounts": [
        {
          "name": "manager",
          "docs": [
            "A manager of the config."
          ],
          "signer": true
        },
        {
          "name": "config",
          "docs": [
            "The config."
          ],
          "pda": {
            "seeds": [
              {
                "kind": "const",
                "value": [
                  99,
                  111,
                  110,
                  102,
                  105,
                  103
                ]
              }
            ]
          }
        },
        {
          "name": "task",
          "docs": [
            "The task."
          ],
          "writable": true
        }
      ],
      "args": [
        {
          "name": "isAllowlisted",
          "type": "bool"
        }
      ]
    },
    {
      "name": "audit",
      "docs": [
        "Votes on a submission or list (section 6). The first vote must call it invalid: it opens the",
        "audit, and its voter is the challenger.",
        "",
        "Specification:",
        "- `audit.1` Accepted exactly in the subject's audit window.",
        "- `audit.2` An audit is opened only in the window's first half, rounded up.",
        "- `audit.3` On an unchallenged subject only `is_valid = false` is accepted.",
        "- `audit.4` The author does not vote.",
        "- `audit.5` Needs active stake of at least the minimum; the task may be inactive.",
        "- `audit.6` One vote a node: a second one is refused, either way.",
        "- `audit.7` A vote weighs 1 or the voter's active stake, by the task's voting rule.",
        "- `audit.8` The audit notes the weight of all who can vote when it is opened, the author included,",
        "and the author's; nothing changes them later. Opening holds the stake of author and challenger.",
        "- `audit.9` Voting locks the voter's stake until the subject's round is over.",
        "- `audit.10` Submissions and lists are audited alike.",
        "- `audit.11` A node has as many challenges of submissions open as its stake pays for, at least one;",
        "lists are not limited, nor where a false challenge costs nothing."
      ],
      "discriminator": [
        115,
        235,
        38,
        1,
        115,
        58,
        218,
        81
      ],
      "accounts": [
        {
          "name": "voter",
          "docs": [
            "The node that audits."
          ],
          "signer": true
        },
        {
          "name": "payer",
          "docs": [
            "Pays the rent of the vote."
          ],
          "writable": true,
          "signer": true
        },
        {
          "name": "task",
          "docs": [
            "The task."
          ],
          "relations": [
            "authorStake"
          ]
        },
        {
          "name": "subject",
          "docs": [
            "The submission or list to vote on."
          ],
          "writable": true
        },
        {
          "name": "authorStake",
          "docs": [
            "The stake of the subject's author."
          ],
          "writable": true,
          "pda": {
            "seeds": [
              {
                "kind": "const",
                "value": [
                  115,
                  116,
                  97,
                  107,
                  101
                ]
              },
              {
                "kind": "account",
                "path": "subject.subject.task",
                "account": "submission"
              },
              {
                "kind": "account",
                "path": "subject.subject.author",
                "account": "submission"
              }
            ]
          }
        },
        {
          "name": "voterStake",
          "docs": [
            "The voter's stake."
          ],
          "writable": true,
          "pda": {
            "seeds": [
              {
                "kind": "const",
                "value": [
                  115,
                  116,
                  97,
                  107,
                  101
                ]
              },
              {
                "kind": "account",
                "path": "task"
              },
              {
                "kind": "account",
                "path": "voter"
              }
            ]
          }
        },
        {
          "name": "vote",
          "docs": [
            "The vote to be."
          ],
          "writable": true,
          "pda": {
            "seeds": [
              {
                "kind": "const",
                "value": [
                  118,
                  111,
                  116,
                  101
                ]
              },
              {
                "kind": "account",
                "path": "subject"
              },
              {
                "kind": "account",
                "path": "voter"
              }
            ]
          }
        },
        {
          "name": "systemProgram",
          "docs": [
            "The system program."
          ],
          "address": "11111111111111111111111111111111"
        }
      ],
      "args": [
        {
          "name": "isValid",
          "type": "bool"
        }
      ]
    },
    {
      "name": "claimReward",
      "docs": [
        "Pays a node's whole available balance to a token account of its choice (section 8).",
        "",
        "Specification:",
        "- `claim_reward.1` The whole balance moves from the bounty pot to the account named, which is no",
        "pot of the task.",
        "- `claim_reward.2` A balance of 0 is refused."
      ],
      "discriminator": [
        149,
        95,
        181,
        242,
        94,
        90,
        158,
        162
      ],
      "accounts": [
        {
          "name": "node",
          "docs": [
            "The node."
          ],
          "signer": true
        },
        {
          "name": "task",
          "docs": [
            "The task; signs for its pot."
          ]
        },
        {
          "name": "nodeStake",
          "docs": [
            "The node's stake account."
          ],
          "writable": true,
          "pda": {
            "seeds": [
              {
                "kind": "const",
                "value": [
                  115,
                  116,
                  97,
                  107,
                  101
                ]
              },
              {
                "kind": "account",
                "path": "task"
              },
              {
                "kind": "account",
                "path": "node"
              }
            ]
          }
        },
        {
          "name": "destination",
          "docs": [
            "Any token account of the mint; gets the balance."
          ],
          "writable": true
        },
        {
          "name": "bountyPot",
          "docs": [
            "The task's bounty pot."
          ],
          "writable": true,
          "pda": {
            "seeds": [
              {
                "kind": "const",
                "value": [
                  98,
                  111,
                  117,
                  110,
                  116,
                  121,
                  95,
                  112,
                  111,
                  116
                ]
              },
              {
                "kind": "account",
                "path": "task"
              }
            ]
          },
          "relations": [
            "task"
          ]
        },
        {
          "name": "mint",
          "docs": [
            "The task's mint."
          ],
          "relations": [
            "task"
          ]
        },
        {
          "name": "tokenProgram",
          "docs": [
            "The mint's token program."
          ],
          "relations": [
            "task"
          ]
        }
      ],
      "args": []
    },
    {
      "name": "closeConfig",
      "docs": [
        "Closes the config (section 9): for a program that is given up, or whose admin or managers have lost",
        "their keys. Until `initialize_config` is sent again, the program behaves as if it were paused.",
        "",
        "Specification:",
        "- `close_config.1` Only the upgrade authority may; the rent goes back to its payer.",
        "- `close_config.2` It stops only what a pause stops."
      ],
      "discriminator": [
        145,
        9,
        72,
        157,
        95,
        125,
        61,
        85
      ],
      "accounts": [
        {
          "name": "authority",
          "docs": [
            "The program's upgrade authority."
          ],
          "signer": true
        },
        {
          "name": "config",
          "docs": [
            "The config."
          ],
          "writable": true,
          "pda": {
            "seeds": [
              {
                "kind": "const",
                "value": [
                  99,
                  111,
                  110,
                  102,
                  105,
                  103
                ]
              }
            ]
          }
        },
        {
          "name": "programData",
          "docs": [
            "What the upgradeable loader keeps of this program."
          ],
          "pda": {
            "seeds": [
              {
                "kind": "const",
                "value": [
                  88,
                  110,
                  193,
                  46,
                  240,
                  29,
                  62,
                  13,
                  167,
                  70,
                  72,
                  25,
                  225,
                  184,
                  184,
                  251,
                  44,
                  207,
                  46,
                  107,
                  190,
                  214,
                  175,
                  97,
                  220,
                  10,
                  243,
                  192,
                  42,
                  221,
                  70,
                  187
                ]
              }
            ],
            "program": {
              "kind": "const",
              "value": [
                2,
                168,
                246,
                145,
                78,
                136,
                161,
                176,
                226,
                16,
                21,
                62,
                247,
                99,
                174,
                43,
                0,
                194,
                185,
                61,
                22,
                193,
                36,
                210,
                192,
                83,
                122,
                16,
                4,
                128,
                0,
                0
              ]
            }
          }
        },
        {
          "name": "payer",
          "docs": [
            "Who paid the rent of the config; gets it back."
          ],
          "writable": true,
          "relations": [
            "config"
          ]
        }
      ],
      "args": []
    },
    {
      "name": "closeCycle",
      "docs": [
        "Closes a settled cycle whose submissions and lists are closed (section 8).",
        "",
        "Specification:",
        "- `close_cycle.1` Anyone may; the rent goes back to its payer.",
        "- `close_cycle.2` Settled means: all that is owed is paid, the claim window is over, every attempt",
        "has failed where there are no equal shares, or nobody submitted and the review is over.",
        "- `close_cycle.3` Not while a submission or list of it is open.",
        "- `close_cycle.4` What of the bounty was not paid is available again."
      ],
      "discriminator": [
        230,
        120,
        116,
        239,
        41,
        4,
        44,
        103
      ],
      "accounts": [
        {
          "name": "task",
          "docs": [
            "The task."
          ],
          "writable": true,
          "relations": [
            "cycle",
            "openerStake"
          ]
        },
        {
          "name": "cycle",
          "docs": [
            "The cycle."
          ],
          "writable": true
        },
        {
          "name": "openerStake",
          "docs": [
            "The stake account of the node that opened the cycle."
          ],
          "writable": true,
          "pda": {
            "seeds": [
              {
                "kind": "const",
                "value": [
                  115,
                  116,
                  97,
                  107,
                  101
                ]
              },
              {
                "kind": "account",
                "path": "cycle.task",
                "account": "cycle"
              },
              {
                "kind": "account",
                "path": "cycle.opener",
                "account": "cycle"
              }
            ]
          }
        },
        {
          "name": "payer",
          "docs": [
            "Who paid the rent of the cycle; gets it back."
          ],
          "writable": true,
          "relations": [
            "cycle"
          ]
        }
      ],
      "args": []
    },
    {
      "name": "closeStake",
      "docs": [
        "Closes an empty stake account (section 5).",
        "",
        "Specification:",
        "- `close_stake.1` The node may, and anyone once the task is inactive; the rent goes back to its",
        "payer.",
        "- `close_stake.2` Not while it holds stake, parked stake included, or a balance.",
        "- `close_stake.3` Not while accounts that the node opened exist."
      ],
      "discriminator": [
        92,
        229,
        76,
        76,
        25,
        26,
        189,
        239
      ],
      "accounts": [
        {
          "name": "closer",
          "docs": [
            "Who closes it: the node, or anyone once the task is inactive."
          ],
          "signer": true
        },
        {
          "name": "task",
          "docs": [
            "The task."
          ],
          "writable": true,
          "relations": [
            "nodeStake"
          ]
        },
        {
          "name": "nodeStake",
          "docs": [
            "The node's stake account."
          ],
          "writable": true
        },
        {
          "name": "payer",
          "docs": [
            "Who paid the rent of the stake account; gets it back."
          ],
          "writable": true,
          "relations": [
            "nodeStake"
          ]
        }
      ],
      "args": []
    },
    {
      "name": "closeSubject",
      "docs": [
        "Closes a submission or list of a settled cycle (section 8).",
        "",
        "Specification:",
        "- `close_subject.1` Anyone may, once the cycle is settled; the rent goes back to its payer.",
        "- `close_subject.2` Not while an audit of it is open, or a vote on it."
      ],
      "discriminator": [
        83,
        14,
        88,
        90,
        59,
        156,
        4,
        140
      ],
      "accounts": [
        {
          "name": "task",
          "docs": [
            "The task."
          ],
          "relations": [
            "cycle",
            "authorStake"
          ]
        },
        {
          "name": "cycle",
          "docs": [
            "The cycle."
          ],
          "writable": true,
          "pda": {
            "seeds": [
              {
                "kind": "const",
                "value": [
                  99,
                  121,
                  99,
                  108,
                  101
                ]
              },
              {
                "kind": "account",
                "path": "subject.subject.task",
                "account": "submission"
              },
              {
                "kind": "account",
                "path": "subject.subject.cycleNumber",
                "account": "submission"
              }
            ]
          }
        },
        {
          "name": "subject",
          "docs": [
            "The submission or list to close."
          ],
          "writable": true
        },
        {
          "name": "authorStake",
          "docs": [
            "The stake account of the subject's author."
          ],
          "writable": true,
          "pda": {
            "seeds": [
              {
                "kind": "const",
                "value": [
                  115,
                  116,
                  97,
                  107,
                  101
                ]
              },
              {
                "kind": "account",
                "path": "subject.subject.task",
                "account": "submission"
              },
              {
                "kind": "account",
                "path": "subject.subject.author",
                "account": "submission"
              }
            ]
          }
        },
        {
          "name": "payer",
          "docs": [
            "Who paid the rent of the subject; gets it back."
          ],
          "writable": true
        }
      ],
      "args": []
    },
    {
      "name": "closeTask",
      "docs": [
        "Closes a task with its texts and its pots (section 9). All that is left in both pots, donations",
        "too, goes to the token account that the manager names, all rent to the creator.",
        "",
        "Specification:",
        "- `close_task.1` Only the manager may.",
        "- `close_task.2` Not while the task is active.",
        "- `close_task.3` Not while a stake account exists: so nothing is staked, reserved or owed.",
        "- `close_task.4` Both pots are emptied into a token account of the mint, which is no pot of the",
        "task.",
        "- `close_task.5` The rent of task, texts and pots goes back to the creator, who paid it."
      ],
      "discriminator": [
        55,
        234,
        77,
        69,
        245,
        208,
        54,
        167
      ],
      "accounts": [
        {
          "name": "manager",
          "docs": [
            "The task's manager."
          ],
          "signer": true,
          "relations": [
            "task"
          ]
        },
        {
          "name": "task",
          "docs": [
            "The task; signs for its pots."
          ],
          "writable": true
        },
        {
          "name": "metadata",
          "docs": [
            "Its texts."
          ],
          "writable": true,
          "pda": {
            "seeds": [
              {
                "kind": "const",
                "value": [
                  109,
                  101,
                  116,
                  97,
                  100,
                  97,
                  116,
                  97
                ]
              },
              {
                "kind": "account",
                "path": "task"
              }
            ]
          }
        },
        {
          "name": "creator",
          "docs": [
            "Who created the task and paid the rent of all its accounts; gets it back."
          ],
          "writable": true,
          "relations": [
            "task"
          ]
        },
        {
          "name": "destination",
          "docs": [
            "Any token account of the mint; gets all that is left in the pots."
          ],
          "writable": true
        },
        {
          "name": "stakePot",
          "docs": [
            "The task's stake pot."
          ],
          "writable": true,
          "pda": {
            "seeds": [
              {
                "kind": "const",
                "value": [
                  115,
                  116,
                  97,
                  107,
                  101,
                  95,
                  112,
                  111,
                  116
                ]
              },
              {
                "kind": "account",
                "path": "task"
              }
            ]
          },
          "relations": [
            "task"
          ]
        },
        {
          "name": "bountyPot",
          "docs": [
            "The task's bounty pot."
          ],
          "writable": true,
          "pda": {
            "seeds": [
              {
                "kind": "const",
                "value": [
                  98,
                  111,
                  117,
                  110,
                  116,
                  121,
                  95,
                  112,
                  111,
                  116
                ]
              },
              {
                "kind": "account",
                "path": "task"
              }
            ]
          },
          "relations": [
            "task"
          ]
        },
        {
          "name": "mint",
          "docs": [
            "The task's mint."
          ],
          "relations": [
            "task"
          ]
        },
        {
          "name": "tokenProgram",
          "docs": [
            "The mint's token program."
          ],
          "relations": [
            "task"
          ]
        }
      ],
      "args": []
    },
    {
      "name": "closeVote",
      "docs": [
        "Closes a vote of a resolved audit and credits its share of the voters' pool (section 6).",
        "",
        "Specification:",
        "- `close_vote.1` Anyone may, once the audit is resolved; the rent goes back to its payer.",
        "- `close_vote.2` A vote for the side in the right is credited its share, pro rata by weight; any other",
        "vote is credited nothing.",
        "- `close_vote.3` The last vote leaves what rounding left to the bounty."
      ],
      "discriminator": [
        137,
        152,
        87,
        249,
        170,
        239,
        133,
        59
      ],
      "accounts": [
        {
          "name": "task",
          "docs": [
            "The task."
          ],
          "writable": true,
          "relations": [
            "voterStake"
          ]
        },
        {
          "name": "subject",
          "docs": [
            "The submission or list voted on."
          ],
          "writable": true,
          "relations": [
            "vote"
          ]
        },
        {
          "name": "vote",
          "docs": [
            "The vote."
          ],
          "writable": true
        },
        {
          "name": "voterStake",
          "docs": [
            "The voter's stake account, which is credited."
          ],
          "writable": true,
          "pda": {
            "seeds": [
              {
                "kind": "const",
                "value": [
                  115,
                  116,
                  97,
                  107,
                  101
                ]
              },
              {
                "kind": "account",
                "path": "subject.subject.task",
                "account": "submission"
              },
              {
                "kind": "account",
                "path": "vote.voter",
                "account": "auditVote"
              }
            ]
          }
        },
        {
          "name": "payer",
          "docs": [
            "Who paid the rent of the vote; gets it back."
          ],
          "writable": true,
          "relations": [
            "vote"
          ]
        }
      ],
      "args": []
    },
    {
      "name": "compound",
      "docs": [
        "Turns a node's whole available balance into warming stake (section 8).",
        "",
        "Specification:",
        "- `compound.1` The whole balance moves from the bounty pot to the stake pot and warms up like a",
        "deposit.",
        "- `compound.2` A balance of 0 is refused, and a deposit that leaves the stake below the",
        "minimum."
      ],
      "discriminator": [
        165,
        208,
        251,
        78,
        242,
        160,
        141,
        47
      ],
      "accounts": [
        {
          "name": "node",
          "docs": [
            "The node."
          ],
          "signer": true
        },
        {
          "name": "config",
          "docs": [
            "The program's config."
          ],
          "pda": {
            "seeds": [
              {
                "kind": "const",
                "value": [
                  99,
                  111,
                  110,
                  102,
                  105,
                  103
                ]
              }
            ]
          }
        },
        {
          "name": "task",
          "docs": [
            "The task; signs for its pot."
          ],
          "writable": true
        },
        {
          "name": "nodeStake",
          "docs": [
            "The node's stake account."
          ],
          "writable": true,
          "pda": {
            "seeds": [
              {
                "kind": "const",
                "value": [
                  115,
                  116,
                  97,
                  107,
                  101
                ]
              },
              {
                "kind": "account",
                "path": "task"
              },
              {
                "kind": "account",
                "path": "node"
              }
            ]
          }
        },
        {
          "name": "stakePot",
          "docs": [
            "The task's stake pot."
          ],
          "writable": true,
          "pda": {
            "seeds": [
              {
                "kind": "const",
                "value": [
                  115,
                  116,
                  97,
                  107,
                  101,
                  95,
                  112,
                  111,
                  116
                ]
              },
              {
                "kind": "account",
                "path": "task"
              }
            ]
          },
          "relations": [
            "task"
          ]
        },
        {
          "name": "bountyPot",
          "docs": [
            "The task's bounty pot."
          ],
          "writable": true,
          "pda": {
            "seeds": [
              {
                "kind": "const",
                "value": [
                  98,
                  111,
                  117,
                  110,
                  116,
                  121,
                  95,
                  112,
                  111,
                  116
                ]
              },
              {
                "kind": "account",
                "path": "task"
              }
            ]
          },
          "relations": [
            "task"
          ]
        },
        {
          "name": "mint",
          "docs": [
            "The task's mint."
          ],
          "relations": [
            "task"
          ]
        },
        {
          "name": "tokenProgram",
          "docs": [
            "The mint's token program."
          ],
          "relations": [
            "task"
          ]
        }
      ],
      "args": []
    },
    {
      "name": "createTask",
      "docs": [
        "Creates a task with its texts and its two pots (sections 3 and 4). The signer becomes its",
        "creator and manager, and the task is active at once.",
        "",
        "Specification:",
        "- `create_task.1` The terms are stored as given.",
        "- `create_task.2` A start that is not after the present slot, and windows that do not fit a round,",
        "are refused.",
        "- `create_task.3` Shares out of range, amounts or a claim window of 0, and more than 15 failed",
        "attempts are refused.",
        "- `create_task.4` Texts longer than their fields are refused.",
        "- `create_task.5` Both pots are token accounts of the mint whose authority is the task.",
        "- `create_task.6` The address is derived from creator, id and the hash over terms, mint and texts:",
        "other terms have another address, and no second task is created at one that is in use.",
        "- `create_task.7` Mints of SPL Token and of Token-2022 are accepted, the latter with the",
        "extensions that `docs/tokens.md` names and no others."
      ],
      "discriminator": [
        194,
        80,
        6,
        180,
        232,
        127,
        48,
        171
      ],
      "accounts": [
        {
          "name": "creator",
          "docs": [
            "Creator and first manager; pays all rent."
          ],
          "writable": true,
          "signer": true
        },
        {
          "name": "config",
          "docs": [
            "The program's config."
          ],
          "pda": {
            "seeds": [
              {
                "kind": "const",
                "value": [
                  99,
                  111,
                  110,
                  102,
                  105,
                  103
                ]
              }
            ]
          }
        },
        {
          "name": "task",
          "docs": [
            "The task to be, at `[\"task\", creator, task_id, terms hash]`."
          ],
          "writable": true
        },
        {
          "name": "metadata",
          "docs": [
            "Its texts."
          ],
          "writable": true,
          "pda": {
            "seeds": [
              {
                "kind": "const",
                "value": [
                  109,
                  101,
                  116,
                  97,
                  100,
                  97,
                  116,
                  97
                ]
              },
              {
                "kind": "account",
                "path": "task"
              }
            ]
          }
        },
        {
          "name": "mint",
          "docs": [
            "What stakes and bounties are counted in."
          ]
        },
        {
          "name": "stakePot",
          "docs": [
            "Will hold all stake."
          ],
          "writable": true,
          "pda": {
            "seeds": [
              {
                "kind": "const",
                "value": [
                  115,
                  116,
                  97,
                  107,
                  101,
                  95,
                  112,
                  111,
                  116
                ]
              },
              {
                "kind": "account",
                "path": "task"
              }
            ]
          }
        },
        {
          "name": "bountyPot",
          "docs": [
            "Will hold the bounty."
          ],
          "writable": true,
          "pda": {
            "seeds": [
              {
                "kind": "const",
                "value": [
                  98,
                  111,
                  117,
                  110,
                  116,
                  121,
                  95,
                  112,
                  111,
                  116
                ]
              },
              {
                "kind": "account",
                "path": "task"
              }
            ]
          }
        },
        {
          "name": "tokenProgram",
          "docs": [
            "The token program that owns the mint."
          ]
        },
        {
          "name": "systemProgram",
          "docs": [
            "The system program."
          ],
          "address": "11111111111111111111111111111111"
        }
      ],
      "args": [
        {
          "name": "taskId",
          "type": "u64"
        },
        {
          "name": "params",
          "type": {
            "defined": {
              "name": "taskParams"
            }
          }
        },
        {
          "name": "texts",
          "type": {
            "defined": {
              "name": "taskTexts"
            }
          }
        }
      ]
    },
    {
      "name": "finalizeDistribution",
      "docs": [
        "Accepts or rejects a list once its audit window is over (section 8).",
        "",
        "Specification:",
        "- `finalize_distribution.1` Anyone may, once, after the audit window.",
        "- `finalize_distribution.2` An unchallenged or standing list is accepted.",
        "- `finalize_distribution.3` A list that fell is rejected, and the next attempt is open to other",
        "nodes.",
        "- `finalize_distribution.4` An open audit must be resolved first.",
        "- `finalize_distribution.5` At acceptance the part of the bounty that the list does not use is",
        "available again."
      ],
      "discriminator": [
        12,
        246,
        59,
        197,
        66,
        128,
        169,
        197
      ],
      "accounts": [
        {
          "name": "task",
          "docs": [
            "The task."
          ],
          "writable": true,
          "relations": [
            "cycle"
          ]
        },
        {
          "name": "cycle",
          "docs": [
            "The cycle."
          ],
          "writable": true,
          "pda": {
            "seeds": [
              {
                "kind": "const",
                "value": [
                  99,
                  121,
                  99,
                  108,
                  101
                ]
              },
              {
                "kind": "account",
                "path": "list.subject.task",
                "account": "distributionList"
              },
              {
                "kind": "account",
                "path": "list.subject.cycleNumber",
                "account": "distributionList"
              }
            ]
          }
        },
        {
          "name": "list",
          "docs": [
            "The list."
          ],
          "writable": true
        }
      ],
      "args": []
    },
    {
      "name": "fundTask",
      "docs": [
        "Adds `amount` base units to a task's bounty (section 4).",
        "",
        "Specification:",
        "- `fund_task.1` Anyone may fund; the amount moves from the funder's account to the bounty pot",
        "and is available.",
        "- `fund_task.2` An amount of 0 is refused."
      ],
      "discriminator": [
        188,
        87,
        71,
        120,
        11,
        238,
        84,
        232
      ],
      "accounts": [
        {
          "name": "funder",
          "docs": [
            "Who pays; owns `source`."
          ],
          "signer": true
        },
        {
          "name": "task",
          "docs": [
            "The task."
          ],
          "writable": true
        },
        {
          "name": "source",
          "docs": [
            "The funder's token account that pays."
          ],
          "writable": true
        },
        {
          "name": "bountyPot",
          "docs": [
            "The task's bounty pot."
          ],
          "writable": true,
          "pda": {
            "seeds": [
              {
                "kind": "const",
                "value": [
                  98,
                  111,
                  117,
                  110,
                  116,
                  121,
                  95,
                  112,
                  111,
                  116
                ]
              },
              {
                "kind": "account",
                "path": "task"
              }
            ]
          },
          "relations": [
            "task"
          ]
        },
        {
          "name": "mint",
          "docs": [
            "The task's mint."
          ],
          "relations": [
            "task"
          ]
        },
        {
          "name": "tokenProgram",
          "docs": [
            "The mint's token program."
          ],
          "relations": [
            "task"
          ]
        }
      ],
      "args": [
        {
          "name": "amount",
          "type": "u64"
        }
      ]
    },
    {
      "name": "initializeConfig",
      "docs": [
        "Gives the program its config on this cluster (section 9). The signer becomes its admin, and",
        "`manager` the first of its managers.",
        "",
        "Specification:",
        "- `initialize_config.1` Only the upgrade authority that the loader keeps of this program may.",
        "- `initialize_config.2` Once: a second config is refused.",
        "- `initialize_config.3` Without a config nobody can create tasks, stake, compound or open cycles.",
        "- `initialize_config.4` Lamports sent to the config's address beforehand block nothing."
      ],
      "discriminator": [
        208,
        127,
        21,
        1,
        194,
        190,
        196,
        70
      ],
      "accounts": [
        {
          "name": "authority",
          "docs": [
            "The program's upgrade authority; becomes the admin."
          ],
          "signer": true
        },
        {
          "name": "payer",
          "docs": [
            "Pays the rent of the config."
          ],
          "writable": true,
          "signer": true
        },
        {
          "name": "config",
          "docs": [
            "The config to be."
          ],
          "writable": true,
          "pda": {
            "seeds": [
              {
                "kind": "const",
                "value": [
                  99,
                  111,
                  110,
                  102,
                  105,
                  103
                ]
              }
            ]
          }
        },
        {
          "name": "programData",
          "docs": [
            "What the upgradeable loader keeps of this program."
          ],
          "pda": {
            "seeds": [
              {
                "kind": "const",
                "value": [
                  88,
                  110,
                  193,
                  46,
                  240,
                  29,
                  62,
                  13,
                  167,
                  70,
                  72,
                  25,
                  225,
                  184,
                  184,
                  251,
                  44,
                  207,
                  46,
                  107,
                  190,
                  214,
                  175,
                  97,
                  220,
                  10,
                  243,
                  192,
                  42,
                  221,
                  70,
                  187
                ]
              }
            ],
            "program": {
              "kind": "const",
              "value": [
                2,
                168,
                246,
                145,
                78,
                136,
                161,
                176,
                226,
                16,
                21,
                62,
                247,
                99,
                174,
                43,
                0,
                194,
                185,
                61,
                22,
                193,
                36,
                210,
                192,
                83,
                122,
                16,
                4,
                128,
                0,
                0
              ]
            }
          }
        },
        {
          "name": "systemProgram",
          "docs": [
            "The system program."
          ],
          "address": "11111111111111111111111111111111"
        }
      ],
      "args": [
        {
          "name": "manager",
          "type": "pubkey"
        }
      ]
    },
    {
      "name": "insertManager",
      "docs": [
        "Adds a manager to the config (section 9).",
        "",
        "Specification:",
        "- `insert_manager.1` Two different managers sign, or the only one.",
        "- `insert_manager.2` A key that is a manager already is refused, and a 17th manager."
      ],
      "discriminator": [
        86,
        67,
        71,
        157,
        42,
        156,
        177,
        242
      ],
      "accounts": [
        {
          "name": "first",
          "docs": [
            "A manager."
          ],
          "signer": true
        },
        {
          "name": "second",
          "docs": [
            "Another manager; left out while there is only one."
          ],
          "signer": true,
          "optional": true
        },
        {
          "name": "config",
          "docs": [
            "The config."
          ],
          "writable": true,
          "pda": {
            "seeds": [
              {
                "kind": "const",
                "value": [
                  99,
                  111,
                  110,
                  102,
                  105,
                  103
                ]
              }
            ]
          }
        }
      ],
      "args": [
        {
          "name": "manager",
          "type": "pubkey"
        }
      ]
    },
    {
      "name": "migrateStake",
      "docs": [
        "Moves a node's whole unlocked stake to its task's successor (section 9). Rewards stay, to be",
        "claimed.",
        "",
        "Specification:",
        "- `migrate_stake.1` The whole stake moves from pot to pot, by the node's signature; the successor",
        "may itself have moved on.",
        "- `migrate_stake.2` Only to the successor that is stored in the task.",
        "- `migrate_stake.3` Not while the stake is locked, or held by an open audit.",
        "- `migrate_stake.4` It arrives as a deposit made now: active from the successor's second round after",
        "this one on, whatever its age here; parked stake too.",
        "- `migrate_stake.5` Less than the successor's minimum is refused, what is staked there included.",
        "- `migrate_stake.6` Lamports sent to the new stake account's address beforehand block nothing."
      ],
      "discriminator": [
        178,
        5,
        26,
        85,
        56,
        20,
        153,
        160
      ],
      "accounts": [
        {
          "name": "node",
          "docs": [
            "The node."
          ],
          "signer": true
        },
        {
          "name": "payer",
          "docs": [
            "Pays the rent of a new stake account in the successor."
          ],
          "writable": true,
          "signer": true
        },
        {
          "name": "task",
          "docs": [
            "The task that the stake leaves; signs for its pot."
          ],
          "writable": true
        },
        {
          "name": "nodeStake",
          "docs": [
            "The node's stake account in it."
          ],
          "writable": true,
          "pda": {
            "seeds": [
              {
                "kind": "const",
                "value": [
                  115,
                  116,
                  97,
                  107,
                  101
                ]
              },
              {
                "kind": "account",
                "path": "task"
              },
              {
                "kind": "account",
                "path": "node"
              }
            ]
          }
        },
        {
          "name": "successor",
          "docs": [
            "The task's successor."
          ],
          "writable": true
        },
        {
          "name": "successorStake",
          "docs": [
            "The node's stake account at `[\"stake\", successor, node]`; created where it is missing."
          ],
          "writable": true,
          "pda": {
            "seeds": [
              {
                "kind": "const",
                "value": [
                  115,
                  116,
                  97,
                  107,
                  101
                ]
              },
              {
                "kind": "account",
                "path": "successor"
              },
              {
                "kind": "account",
                "path": "node"
              }
            ]
          }
        },
        {
          "name": "stakePot",
          "docs": [
            "The task's stake pot."
          ],
          "writable": true,
          "pda": {
            "seeds": [
              {
                "kind": "const",
                "value": [
                  115,
                  116,
                  97,
                  107,
                  101,
                  95,
                  112,
                  111,
                  116
                ]
              },
              {
                "kind": "account",
                "path": "task"
              }
            ]
          },
          "relations": [
            "task"
          ]
        },
        {
          "name": "successorPot",
          "docs": [
            "The successor's stake pot."
          ],
          "writable": true,
          "pda": {
            "seeds": [
              {
                "kind": "const",
                "value": [
                  115,
                  116,
                  97,
                  107,
                  101,
                  95,
                  112,
                  111,
                  116
                ]
              },
              {
                "kind": "account",
                "path": "successor"
              }
            ]
          }
        },
        {
          "name": "mint",
          "docs": [
            "The mint of both."
          ],
          "relations": [
            "task",
            "successor"
          ]
        },
        {
          "name": "tokenProgram",
          "docs": [
            "The mint's token program."
          ],
          "relations": [
            "task"
          ]
        },
        {
          "name": "systemProgram",
          "docs": [
            "The system program."
          ],
          "address": "11111111111111111111111111111111"
        }
      ],
      "args": []
    },
    {
      "name": "migrateTask",
      "docs": [
        "Moves a task to its successor, a task with other terms (section 9). The task is deactivated for",
        "good, and its available bounty moves. Sent again, it moves what became available since.",
        "",
        "Specification:",
        "- `migrate_task.1` The manager of both tasks signs.",
        "- `migrate_task.2` The successor is another task of the same mint, created by this one's creator",
        "or manager, and has no successor itself.",
        "- `migrate_task.3` The task is inactive from then on.",
        "- `migrate_task.4` The whole available bounty moves; what open cycles have reserved stays.",
        "- `migrate_task.5` Sent again it moves what became available since, to the same successor only."
      ],
      "discriminator": [
        114,
        41,
        111,
        76,
        14,
        117,
        128,
        54
      ],
      "accounts": [
        {
          "name": "manager",
          "docs": [
            "The manager of both tasks."
          ],
          "signer": true,
          "relations": [
            "task",
            "successor"
          ]
        },
        {
          "name": "task",
          "docs": [
            "The task; signs for its pot."
          ],
          "writable": true
        },
        {
          "name": "successor",
          "docs": [
            "Its successor. That it is another task is checked before it is borrowed."
          ],
          "writable": true
        },
        {
          "name": "bountyPot",
          "docs": [
            "The task's bounty pot."
          ],
          "writable": true,
          "pda": {
            "seeds": [
              {
                "kind": "const",
                "value": [
                  98,
                  111,
                  117,
                  110,
                  116,
                  121,
                  95,
                  112,
                  111,
                  116
                ]
              },
              {
                "kind": "account",
                "path": "task"
              }
            ]
          },
          "relations": [
            "task"
          ]
        },
        {
          "name": "successorPot",
          "docs": [
            "The successor's bounty pot."
          ],
          "writable": true,
          "pda": {
            "seeds": [
              {
                "kind": "const",
                "value": [
                  98,
                  111,
                  117,
                  110,
                  116,
                  121,
                  95,
                  112,
                  111,
                  116
                ]
              },
              {
                "kind": "account",
                "path": "successor"
              }
            ]
          }
        },
        {
          "name": "mint",
          "docs": [
            "The mint of both."
          ],
          "relations": [
            "task",
            "successor"
          ]
        },
        {
          "name": "tokenProgram",
          "docs": [
            "The mint's token program."
          ],
          "relations": [
            "task"
          ]
        }
      ],
      "args": []
    },
    {
      "name": "openCycle",
      "docs": [
        "Opens cycle `cycle_number` at the start of the round in which it is worked, and sets its bounty aside",
        "(section 4).",
        "",
        "Specification:",
        "- `open_cycle.1` Accepted exactly in `B(r) ..= B(r) + submission_window`, once a cycle.",
        "- `open_cycle.2` The node's stake is active in round `r+1`, and at least the minimum there.",
        "- `open_cycle.3` The task is active, and the program is not paused.",
        "- `open_cycle.4` Exactly the task's bounty per round moves from the available to the reserved bounty;",
        "with less available no cycle opens.",
        "- `open_cycle.5` The node counts as active, and parked stake resumes.",
        "- `open_cycle.6` Lamports sent to the cycle's address beforehand block nothing."
      ],
      "discriminator": [
        248,
        147,
        219,
        61,
        211,
        57,
        153,
        30
      ],
      "accounts": [
        {
          "name": "node",
          "docs": [
            "The node."
          ],
          "signer": true
        },
        {
          "name": "payer",
          "docs": [
            "Pays the rent of the cycle."
          ],
          "writable": true,
          "signer": true
        },
        {
          "name": "config",
          "docs": [
            "The program's config."
          ],
          "pda": {
            "seeds": [
              {
                "kind": "const",
                "value": [
                  99,
                  111,
                  110,
                  102,
                  105,
                  103
                ]
              }
            ]
          }
        },
        {
          "name": "task",
          "docs": [
            "The task."
          ],
          "writable": true
        },
        {
          "name": "cycle",
          "docs": [
            "The cycle to be."
          ],
          "writable": true,
          "pda": {
            "seeds": [
              {
                "kind": "const",
                "value": [
                  99,
                  121,
                  99,
                  108,
                  101
                ]
              },
              {
                "kind": "account",
                "path": "task"
              },
              {
                "kind": "arg",
                "path": "cycleNumber"
              }
            ]
          }
        },
        {
          "name": "nodeStake",
          "docs": [
            "The node's stake."
          ],
          "writable": true,
          "pda": {
            "seeds": [
              {
                "kind": "const",
                "value": [
                  115,
                  116,
                  97,
                  107,
                  101
                ]
              },
              {
                "kind": "account",
                "path": "task"
              },
              {
                "kind": "account",
                "path": "node"
              }
            ]
          }
        },
        {
          "name": "systemProgram",
          "docs": [
            "The system program."
          ],
          "address": "11111111111111111111111111111111"
        }
      ],
      "args": [
        {
          "name": "cycleNumber",
          "type": "u64"
        }
      ]
    },
    {
      "name": "parkStake",
      "docs": [
        "Parks an idle node's whole stake, with notice (section 5): it leaves the electorate two rounds later,",
        "unless its node resumes it.",
        "",
        "Specification:",
        "- `park_stake.1` Anyone may, once the node has not been active for more than `idle_rounds`; never",
        "where these are 0.",
        "- `park_stake.2` The stake stays active in this round and the next, and is in no electorate after",
        "them.",
        "- `park_stake.3` Not while the stake is locked, or held by an open audit.",
        "- `park_stake.4` An account without stake, and stake that is parked already, are refused.",
        "- `park_stake.5` Parked stake is its node's: it counts for slashes, and can be withdrawn and",
        "migrated."
      ],
      "discriminator": [
        164,
        86,
        170,
        92,
        136,
        22,
        177,
        151
      ],
      "accounts": [
        {
          "name": "task",
          "docs": [
            "The task."
          ],
          "writable": true,
          "relations": [
            "nodeStake"
          ]
        },
        {
          "name": "nodeStake",
          "docs": [
            "The idle node's stake account."
          ],
          "writable": true
        }
      ],
      "args": []
    },
    {
      "name": "payout",
      "docs": [
        "Credits entry `index` of an accepted list to its node (section 8).",
        "",
        "Specification:",
        "- `payout.1` Anyone may, for any node, with a proof of exactly that node, index and amount.",
        "- `payout.2` A node is paid once a cycle.",
        "- `payout.3` An invalid submission is not paid, nor one whose audit is unresolved.",
        "- `payout.4` Only an accepted list pays.",
        "- `payout.5` What is paid never exceeds the list's total."
      ],
      "discriminator": [
        149,
        140,
        194,
        236,
        174,
        189,
        6,
        239
      ],
      "accounts": [
        {
          "name": "cycle",
          "docs": [
            "The cycle."
          ],
          "writable": true,
          "pda": {
            "seeds": [
              {
                "kind": "const",
                "value": [
                  99,
                  121,
                  99,
                  108,
                  101
                ]
              },
              {
                "kind": "account",
                "path": "submission.subject.task",
                "account": "submission"
              },
              {
                "kind": "account",
                "path": "submission.subject.cycleNumber",
                "account": "submission"
              }
            ]
          }
        },
        {
          "name": "list",
          "docs": [
            "The accepted list."
          ],
          "pda": {
            "seeds": [
              {
                "kind": "const",
                "value": [
                  108,
                  105,
                  115,
                  116
                ]
              },
              {
                "kind": "account",
                "path": "cycle"
              },
              {
                "kind": "account",
                "path": "cycle.acceptedAttempt",
                "account": "cycle"
              }
            ]
          }
        },
        {
          "name": "submission",
          "docs": [
            "The submission of the node to be paid."
          ],
          "writable": true
        },
        {
          "name": "nodeStake",
          "docs": [
            "That node's stake account, which is credited."
          ],
          "writable": true,
          "pda": {
            "seeds": [
              {
                "kind": "const",
                "value": [
                  115,
                  116,
                  97,
                  107,
                  101
                ]
              },
              {
                "kind": "account",
                "path": "submission.subject.task",
                "account": "submission"
              },
              {
                "kind": "account",
                "path": "submission.subject.author",
                "account": "submission"
              }
            ]
          }
        }
      ],
      "args": [
        {
          "name": "index",
          "type": "u32"
        },
        {
          "name": "amount",
          "type": "u64"
        },
        {
          "name": "proof",
          "type": {
            "vec": {
              "array": [
                "u8",
                32
              ]
            }
          }
        }
      ]
    },
    {
      "name": "payoutEqual",
      "docs": [
        "Credits a submission of a failed cycle its equal share of the bounty (section 8).",
        "",
        "Specification:",
        "- `payout_equal.1` Anyone may, for any submission that stands, where the task pays equal shares.",
        "- `payout_equal.2` Only once every attempt at a list has failed: the last one's round is over, and no",
        "list was accepted or waits to be finalized. No list is accepted after that.",
        "- `payout_equal.3` The share is the bounty over all submissions, rounded down; one of 0 is refused.",
        "- `payout_equal.4` A node is paid once a cycle; an invalid submission is not paid, nor one whose",
        "audit is unresolved.",
        "- `payout_equal.5` Within `claim_window` rounds after the last attempt's."
      ],
      "discriminator": [
        7,
        139,
        220,
        208,
        82,
        69,
        112,
        141
      ],
      "accounts": [
        {
          "name": "task",
          "docs": [
            "The task."
          ],
          "relations": [
            "cycle",
            "nodeStake"
          ]
        },
        {
          "name": "cycle",
          "docs": [
            "The cycle."
          ],
          "writable": true,
          "pda": {
            "seeds": [
              {
                "kind": "const",
                "value": [
                  99,
                  121,
                  99,
                  108,
                  101
                ]
              },
              {
                "kind": "account",
                "path": "submission.subject.task",
                "account": "submission"
              },
              {
                "kind": "account",
                "path": "submission.subject.cycleNumber",
                "account": "submission"
              }
            ]
          }
        },
        {
          "name": "submission",
          "docs": [
            "The submission of the node to be paid."
          ],
          "writable": true
        },
        {
          "name": "nodeStake",
          "docs": [
            "That node's stake account, which is credited."
          ],
          "writable": true,
          "pda": {
            "seeds": [
              {
                "kind": "const",
                "value": [
                  115,
                  116,
                  97,
                  107,
                  101
                ]
              },
              {
                "kind": "account",
                "path": "submission.subject.task",
                "account": "submission"
              },
              {
                "kind": "account",
                "path": "submission.subject.author",
                "account": "submission"
              }
            ]
          }
        }
      ],
      "args": []
    },
    {
      "name": "proposeAdmin",
      "docs": [
        "Offers the config to another admin (section 9); all zeros take the offer back.",
        "",
        "Specification:",
        "- `propose_admin.1` Only the admin may; it stays the admin until the other accepts.",
        "- `propose_admin.2` Another offer takes the place of the last one."
      ],
      "discriminator": [
        121,
        214,
        199,
        212,
        87,
        39,
        117,
        234
      ],
      "accounts": [
        {
          "name": "admin",
          "docs": [
            "The config's admin."
          ],
          "signer": true,
          "relations": [
            "config"
          ]
        },
        {
          "name": "config",
          "docs": [
            "The config."
          ],
          "writable": true,
          "pda": {
            "seeds": [
              {
                "kind": "const",
                "value": [
                  99,
                  111,
                  110,
                  102,
                  105,
                  103
                ]
              }
            ]
          }
        }
      ],
      "args": [
        {
          "name": "pendingAdmin",
          "type": "pubkey"
        }
      ]
    },
    {
      "name": "proposeManager",
      "docs": [
        "Offers a task to another manager (section 9); all zeros take the offer back.",
        "",
        "Specification:",
        "- `propose_manager.1` Only the manager may; it stays the manager until the other accepts.",
        "- `propose_manager.2` Another offer takes the place of the last one."
      ],
      "discriminator": [
        182,
        178,
        222,
        226,
        6,
        122,
        251,
        116
      ],
      "accounts": [
        {
          "name": "manager",
          "docs": [
            "The task's manager."
          ],
          "signer": true,
          "relations": [
            "task"
          ]
        },
        {
          "name": "task",
          "docs": [
            "The task."
          ],
          "writable": true
        }
      ],
      "args": [
        {
          "name": "pendingManager",
          "type": "pubkey"
        }
      ]
    },
    {
      "name": "removeManager",
      "docs": [
        "Takes a manager out of the config (section 9).",
        "",
        "Specification:",
        "- `remove_manager.1` Two different managers sign; one of them may be the manager that is removed.",
        "- `remove_manager.2` A key that is no manager is refused, and the last manager stays."
      ],
      "discriminator": [
        150,
        55,
        157,
        77,
        128,
        148,
        7,
        15
      ],
      "accounts": [
        {
          "name": "first",
          "docs": [
            "A manager."
          ],
          "signer": true
        },
        {
          "name": "second",
          "docs": [
            "Another manager; left out while there is only one."
          ],
          "signer": true,
          "optional": true
        },
        {
          "name": "config",
          "docs": [
            "The config."
          ],
          "writable": true,
          "pda": {
            "seeds": [
              {
                "kind": "const",
                "value": [
                  99,
                  111,
                  110,
                  102,
                  105,
                  103
                ]
              }
            ]
          }
        }
      ],
      "args": [
        {
          "name": "manager",
          "type": "pubkey"
        }
      ]
    },
    {
      "name": "resolveAudit",
      "docs": [
        "Decides an audit once its window is over (section 6).",
        "",
        "Specification:",
        "- `resolve_audit.1` Anyone may, once, after the audit window.",
        "- `resolve_audit.2` Upheld, by over half of the electorate: the author loses `slash_bps` of its",
        "stake; the challenger, the voters' pool and the bounty share it; the subject is invalid.",
        "- `resolve_audit.3` Dismissed, by over half of the electorate, the author included, and a majority of",
        "the votes: the challenger loses `false_challenge_bps` of its stake; the author, the voters' pool",
        "and the bounty share it; the subject stands.",
        "- `resolve_audit.4` Undecided: nobody is slashed. A submission falls where at least the quorum calls",
        "it invalid, and more than its author and defenders; a list stands only if more was cast for it",
        "than against, or if its author and defenders are over half of the electorate.",
        "- `resolve_audit.5` The slashed amount moves from the stake pot to the bounty pot at once.",
        "- `resolve_audit.6` Both stakes are released from the audit.",
        "- `resolve_audit.7` A slash is a share of the whole stake; where each node has one vote, of the",
        "minimum stake at most."
      ],
      "discriminator": [
        99,
        156,
        167,
        146,
        183,
        57,
        248,
        153
      ],
      "accounts": [
        {
          "name": "task",
          "docs": [
            "The task."
          ],
          "writable": true,
          "relations": [
            "cycle",
            "authorStake",
            "challengerStake"
          ]
        },
        {
          "name": "cycle",
          "docs": [
            "The subject's cycle."
          ],
          "writable": true,
          "pda": {
            "seeds": [
              {
                "kind": "const",
                "value": [
                  99,
                  121,
                  99,
                  108,
                  101
                ]
              },
              {
                "kind": "account",
                "path": "subject.subject.task",
                "account": "submission"
              },
              {
                "kind": "account",
                "path": "subject.subject.cycleNumber",
                "account": "submission"
              }
            ]
          }
        },
        {
          "name": "subject",
          "docs": [
            "The submission or list under audit."
          ],
          "writable": true
        },
        {
          "name": "authorStake",
          "docs": [
            "The stake of the subject's author."
          ],
          "writable": true,
          "pda": {
            "seeds": [
              {
                "kind": "const",
                "value": [
                  115,
                  116,
                  97,
                  107,
                  101
                ]
              },
              {
                "kind": "account",
                "path": "subject.subject.task",
                "account": "submission"
              },
              {
                "kind": "account",
                "path": "subject.subject.author",
                "account": "submission"
              }
            ]
          }
        },
        {
          "name": "challengerStake",
          "docs": [
            "The stake of the audit's challenger."
          ],
          "writable": true,
          "pda": {
            "seeds": [
              {
                "kind": "const",
                "value": [
                  115,
                  116,
                  97,
                  107,
                  101
                ]
              },
              {
                "kind": "account",
                "path": "subject.subject.task",
                "account": "submission"
              },
              {
                "kind": "account",
                "path": "subject.subject.audit.challenger",
                "account": "submission"
              }
            ]
          }
        },
        {
          "name": "stakePot",
          "docs": [
            "The task's stake pot."
          ],
          "writable": true,
          "pda": {
            "seeds": [
              {
                "kind": "const",
                "value": [
                  115,
                  116,
                  97,
                  107,
                  101,
                  95,
                  112,
                  111,
                  116
                ]
              },
              {
                "kind": "account",
                "path": "task"
              }
            ]
          },
          "relations": [
            "task"
          ]
        },
        {
          "name": "bountyPot",
          "docs": [
            "The task's bounty pot."
          ],
          "writable": true,
          "pda": {
            "seeds": [
              {
                "kind": "const",
                "value": [
                  98,
                  111,
                  117,
                  110,
                  116,
                  121,
                  95,
                  112,
                  111,
                  116
                ]
              },
              {
                "kind": "account",
                "path": "task"
              }
            ]
          },
          "relations": [
            "task"
          ]
        },
        {
          "name": "mint",
          "docs": [
            "The task's mint."
          ],
          "relations": [
            "task"
          ]
        },
        {
          "name": "tokenProgram",
          "docs": [
            "The mint's token program."
          ],
          "relations": [
            "task"
          ]
        }
      ],
      "args": []
    },
    {
      "name": "resumeStake",
      "docs": [
        "Ends the parking of a node's stake (section 5).",
        "",
        "Specification:",
        "- `resume_stake.1` Only the node may, at any time; the stake must be parked.",
        "- `resume_stake.2` The stake is active as a deposit made now would be: from the second round after",
        "this one on. Stake that is resumed in the round in which it was parked, or in the next, stays active",
        "throughout.",
        "- `resume_stake.3` The node counts as active in this round."
      ],
      "discriminator": [
        133,
        109,
        49,
        208,
        81,
        173,
        199,
        155
      ],
      "accounts": [
        {
          "name": "node",
          "docs": [
            "The node."
          ],
          "signer": true
        },
        {
          "name": "task",
          "docs": [
            "The task."
          ],
          "writable": true
        },
        {
          "name": "nodeStake",
          "docs": [
            "The node's stake account."
          ],
          "writable": true,
          "pda": {
            "seeds": [
              {
                "kind": "const",
                "value": [
                  115,
                  116,
                  97,
                  107,
                  101
                ]
              },
              {
                "kind": "account",
                "path": "task"
              },
              {
                "kind": "account",
                "path": "node"
              }
            ]
          }
        }
      ],
      "args": []
    },
    {
      "name": "setActive",
      "docs": [
        "Activates or deactivates a task (section 9).",
        "",
        "Specification:",
        "- `set_active.1` Only the manager may.",
        "- `set_active.2` An inactive task takes no stake and no compounding, and opens no cycle.",
        "- `set_active.3` A cycle that is open goes on, and deactivation blocks no withdrawal, claim, parking,",
        "resuming or closing.",
        "- `set_active.4` A task that has a successor stays inactive."
      ],
      "discriminator": [
        29,
        16,
        225,
        132,
        38,
        216,
        206,
        33
      ],
      "accounts": [
        {
          "name": "manager",
          "docs": [
            "The task's manager."
          ],
          "signer": true,
          "relations": [
            "task"
          ]
        },
        {
          "name": "task",
          "docs": [
            "The task."
          ],
          "writable": true
        }
      ],
      "args": [
        {
          "name": "isActive",
          "type": "bool"
        }
      ]
    },
    {
      "name": "setPaused",
      "docs": [
        "Pauses the whole program, or lets it go on (section 9).",
        "",
        "Specification:",
        "- `set_paused.1` Only the admin may.",
        "- `set_paused.2` A paused program creates no task, opens no cycle, and takes no stake and no",
        "compounding.",
        "- `set_paused.3` A cycle that is open goes on: a pause blocks no submission, audit, resolution, list,",
        "payout and closing of it.",
        "- `set_paused.4` A pause blocks no claim, withdrawal, parking, resuming or migration."
      ],
      "discriminator": [
        91,
        60,
        125,
        192,
        176,
        225,
        166,
        218
      ],
      "accounts": [
        {
          "name": "admin",
          "docs": [
            "The config's admin."
          ],
          "signer": true,
          "relations": [
            "config"
          ]
        },
        {
          "name": "config",
          "docs": [
            "The config."
          ],
          "writable": true,
          "pda": {
            "seeds": [
              {
                "kind": "const",
                "value": [
                  99,
                  111,
                  110,
                  102,
                  105,
                  103
                ]
              }
            ]
          }
        }
      ],
      "args": [
        {
          "name": "isPaused",
          "type": "bool"
        }
      ]
    },
    {
      "name": "stake",
      "docs": [
        "Stakes `amount` base units (section 5). The first deposit opens the node's stake account.",
        "`endpoint` says where the node can be reached; where it is left out, it stays as it was.",
        "",
        "Specification:",
        "- `stake.1` The amount moves from the node's token account to the stake pot.",
        "- `stake.2` It is active from the second round after this one on.",
        "- `stake.3` A top-up warms up in the same way and leaves earlier stake as it is, but for parked stake,",
        "which it resumes.",
        "- `stake.4` An amount of 0 is refused, and one that leaves the stake below the minimum.",
        "- `stake.5` An endpoint longer than 64 bytes is refused.",
        "- `stake.6` Lamports sent to the stake account's address beforehand block nothing."
      ],
      "discriminator": [
        206,
        176,
        202,
        18,
        200,
        209,
        179,
        108
      ],
      "accounts": [
        {
          "name": "node",
          "docs": [
            "The node; owns `source`."
          ],
          "signer": true
        },
        {
          "name": "payer",
          "docs": [
            "Pays the rent of a new stake account."
          ],
          "writable": true,
          "signer": true
        },
        {
          "name": "config",
          "docs": [
            "The program's config."
          ],
          "pda": {
            "seeds": [
              {
                "kind": "const",
                "value": [
                  99,
                  111,
                  110,
                  102,
                  105,
                  103
                ]
              }
            ]
          }
        },
        {
          "name": "task",
          "docs": [
            "The task."
          ],
          "writable": true
        },
        {
          "name": "nodeStake",
          "docs": [
            "The node's stake account at `[\"stake\", task, node]`; the first deposit creates it."
          ],
          "writable": true,
          "pda": {
            "seeds": [
              {
                "kind": "const",
                "value": [
                  115,
                  116,
                  97,
                  107,
                  101
                ]
              },
              {
                "kind": "account",
                "path": "task"
              },
              {
                "kind": "account",
                "path": "node"
              }
            ]
          }
        },
        {
          "name": "source",
          "docs": [
            "The node's token account that pays."
          ],
          "writable": true
        },
        {
          "name": "stakePot",
          "docs": [
            "The task's stake pot."
          ],
          "writable": true,
          "pda": {
            "seeds": [
              {
                "kind": "const",
                "value": [
                  115,
                  116,
                  97,
                  107,
                  101,
                  95,
                  112,
                  111,
                  116
                ]
              },
              {
                "kind": "account",
                "path": "task"
              }
            ]
          },
          "relations": [
            "task"
          ]
        },
        {
          "name": "mint",
          "docs": [
            "The task's mint."
          ],
          "relations": [
            "task"
          ]
        },
        {
          "name": "tokenProgram",
          "docs": [
            "The mint's token program."
          ],
          "relations": [
            "task"
          ]
        },
        {
          "name": "systemProgram",
          "docs": [
            "The system program."
          ],
          "address": "11111111111111111111111111111111"
        }
      ],
      "args": [
        {
          "name": "amount",
          "type": "u64"
        },
        {
          "name": "endpoint",
          "type": {
            "option": "string"
          }
        }
      ]
    },
    {
      "name": "submit",
      "docs": [
        "Submits the proof `value` of the work done for cycle `cycle_number` (sections 2, 5 and 7).",
        "",
        "Specification:",
        "- `submit.1` Accepted exactly in `B(r+1) ..= B(r+1) + submission_window`.",
        "- `submit.2` The value is stored as given, at its own length; an empty one and one of more",
        "than 512 bytes are refused.",
        "- `submit.3` Needs active stake of at least the minimum.",
        "- `submit.4` Once a node and cycle: a second submission is refused, with any value.",
        "- `submit.5` Only for a cycle that was opened; pause and deactivation do not matter.",
        "- `submit.6` Locks the node's whole stake until the audit window of the last attempt at the cycle's",
        "list is over.",
        "- `submit.7` Stirs the cycle's entropy.",
        "- `submit.8` Lamports sent to the new address beforehand block nothing."
      ],
      "discriminator": [
        88,
        166,
        102,
        181,
        162,
        127,
        170,
        48
      ],
      "accounts": [
        {
          "name": "node",
          "docs": [
            "The node."
          ],
          "signer": true
        },
        {
          "name": "payer",
          "docs": [
            "Pays the rent of the submission."
          ],
          "writable": true,
          "signer": true
        },
        {
          "name": "task",
          "docs": [
            "The task."
          ]
        },
        {
          "name": "cycle",
          "docs": [
            "The cycle, at `[\"cycle\", task, number]`."
          ],
          "writable": true,
          "pda": {
            "seeds": [
              {
                "kind": "const",
                "value": [
                  99,
                  121,
                  99,
                  108,
                  101
                ]
              },
              {
                "kind": "account",
                "path": "task"
              },
              {
                "kind": "arg",
                "path": "cycleNumber"
              }
            ]
          }
        },
        {
          "name": "nodeStake",
          "docs": [
            "The node's stake."
          ],
          "writable": true,
          "pda": {
            "seeds": [
              {
                "kind": "const",
                "value": [
                  115,
                  116,
                  97,
                  107,
                  101
                ]
              },
              {
                "kind": "account",
                "path": "task"
              },
              {
                "kind": "account",
                "path": "node"
              }
            ]
          }
        },
        {
          "name": "submission",
          "docs": [
            "The submission to be."
          ],
          "writable": true,
          "pda": {
            "seeds": [
              {
                "kind": "const",
                "value": [
                  115,
                  117,
                  98,
                  109,
                  105,
                  115,
                  115,
                  105,
                  111,
                  110
                ]
              },
              {
                "kind": "account",
                "path": "cycle"
              },
              {
                "kind": "account",
                "path": "node"
              }
            ]
          }
        },
        {
          "name": "slotHashes",
          "docs": [
            "The slot hashes sysvar, whose latest entry stirs the cycle's entropy."
          ],
          "address": "SysvarS1otHashes111111111111111111111111111"
        },
        {
          "name": "systemProgram",
          "docs": [
            "The system program."
          ],
          "address": "11111111111111111111111111111111"
        }
      ],
      "args": [
        {
          "name": "cycleNumber",
          "type": "u64"
        },
        {
          "name": "value",
          "type": "bytes"
        }
      ]
    },
    {
      "name": "submitDistributionList",
      "docs": [
        "Proposes the distribution list of a cycle (sections 7 and 8).",
        "",
        "Specification:",
        "- `submit_distribution_list.1` Accepted exactly in the attempt's window, and not before the",
        "proposer's stagger slot in it.",
        "- `submit_distribution_list.2` The proposer submitted in this cycle, its submission is neither",
        "invalid nor in dispute, and its active stake is at least the minimum.",
        "- `submit_distribution_list.3` A node proposes once a cycle.",
        "- `submit_distribution_list.4` Only while no list of the cycle is pending or accepted, and",
        "within the allowed attempts.",
        "- `submit_distribution_list.5` The total is at most the bounty that was set aside for the cycle.",
        "- `submit_distribution_list.6` At least one entry, at most as many as submissions, each of at",
        "least 1 base unit.",
        "- `submit_distribution_list.7` Locks the proposer's stake until the attempt's round is over.",
        "- `submit_distribution_list.8` Lamports sent to the list's address beforehand block nothing."
      ],
      "discriminator": [
        76,
        18,
        219,
        23,
        210,
        91,
        152,
        138
      ],
      "accounts": [
        {
          "name": "proposer",
          "docs": [
            "The node that proposes."
          ],
          "signer": true
        },
        {
          "name": "payer",
          "docs": [
            "Pays the rent of the list."
          ],
          "writable": true,
          "signer": true
        },
        {
          "name": "task",
          "docs": [
            "The task."
          ],
          "relations": [
            "cycle",
            "proposerStake"
          ]
        },
        {
          "name": "cycle",
          "docs": [
            "The cycle."
          ],
          "writable": true
        },
        {
          "name": "submission",
          "docs": [
            "The proposer's own submission in this cycle."
          ],
          "writable": true,
          "pda": {
            "seeds": [
              {
                "kind": "const",
                "value": [
                  115,
                  117,
                  98,
                  109,
                  105,
                  115,
                  115,
                  105,
                  111,
                  110
                ]
              },
              {
                "kind": "account",
                "path": "cycle"
              },
              {
                "kind": "account",
                "path": "proposer"
              }
            ]
          }
        },
        {
          "name": "proposerStake",
          "docs": [
            "The proposer's stake."
          ],
          "writable": true,
          "pda": {
            "seeds": [
              {
                "kind": "const",
                "value": [
                  115,
                  116,
                  97,
                  107,
                  101
                ]
              },
              {
                "kind": "account",
                "path": "cycle.task",
                "account": "cycle"
              },
              {
                "kind": "account",
                "path": "proposer"
              }
            ]
          }
        },
        {
          "name": "list",
          "docs": [
            "The list to be."
          ],
          "writable": true,
          "pda": {
            "seeds": [
              {
                "kind": "const",
                "value": [
                  108,
                  105,
                  115,
                  116
                ]
              },
              {
                "kind": "account",
                "path": "cycle"
              },
              {
                "kind": "arg",
                "path": "attempt"
              }
            ]
          }
        },
        {
          "name": "systemProgram",
          "docs": [
            "The system program."
          ],
          "address": "11111111111111111111111111111111"
        }
      ],
      "args": [
        {
          "name": "attempt",
          "type": "u8"
        },
        {
          "name": "proposal",
          "type": {
            "defined": {
              "name": "listProposal"
            }
          }
        }
      ]
    },
    {
      "name": "withdraw",
      "docs": [
        "Takes `amount` base units of unlocked stake out (section 5).",
        "",
        "Specification:",
        "- `withdraw.1` The amount moves from the stake pot to the token account that the node names, which",
        "is no pot of the task; warming stake leaves first.",
        "- `withdraw.2` Stake stays after a submission until the audit window of the last attempt at the",
        "cycle's list is over, after a vote or a proposal until that subject's round is over.",
        "- `withdraw.3` Stake held by an open audit stays until it is resolved, on either side.",
        "- `withdraw.4` What is left is 0, the minimum or above, or just the active stake as it was.",
        "- `withdraw.5` 0, and more than the stake, are refused.",
        "- `withdraw.6` Warming and parked stake without a lock leaves at once."
      ],
      "discriminator": [
        183,
        18,
        70,
        156,
        148,
        109,
        161,
        34
      ],
      "accounts": [
        {
          "name": "node",
          "docs": [
            "The node."
          ],
          "signer": true
        },
        {
          "name": "task",
          "docs": [
            "The task."
          ],
          "writable": true
        },
        {
          "name": "nodeStake",
          "docs": [
            "The node's stake."
          ],
          "writable": true,
          "pda": {
            "seeds": [
              {
                "kind": "const",
                "value": [
                  115,
                  116,
                  97,
                  107,
                  101
                ]
              },
              {
                "kind": "account",
                "path": "task"
              },
              {
                "kind": "account",
                "path": "node"
              }
            ]
          }
        },
        {
          "name": "destination",
          "docs": [
            "Any token account of the mint; gets the amount."
          ],
          "writable": true
        },
        {
          "name": "stakePot",
          "docs": [
            "The task's stake pot."
          ],
          "writable": true,
          "pda": {
            "seeds": [
              {
                "kind": "const",
                "value": [
                  115,
                  116,
                  97,
                  107,
                  101,
                  95,
                  112,
                  111,
                  116
                ]
              },
              {
                "kind": "account",
                "path": "task"
              }
            ]
          },
          "relations": [
            "task"
          ]
        },
        {
          "name": "mint",
          "docs": [
            "The task's mint."
          ],
          "relations": [
            "task"
          ]
        },
        {
          "name": "tokenProgram",
          "docs": [
            "The mint's token program."
          ],
          "relations": [
            "task"
          ]
        }
      ],
      "args": [
        {
          "name": "amount",
          "type": "u64"
        }
      ]
    }
  ],
  "accounts": [
    {
      "name": "auditVote",
      "discriminator": [
        173,
        6,
        247,
        20,
        64,
        23,
        234,
        219
      ]
    },
    {
      "name": "config",
      "discriminator": [
        155,
        12,
        170,
        224,
        30,
        250,
        204,
        130
      ]
    },
    {
      "name": "cycle",
      "discriminator": [
        189,
        110,
        197,
        59,
        103,
        0,
        241,
        115
      ]
    },
    {
      "name": "distributionList",
      "discriminator": [
        253,
        104,
        119,
        138,
        172,
        139,
        115,
        234
      ]
    },
    {
      "name": "nodeStake",
      "discriminator": [
        223,
        245,
        220,
        76,
        131,
        5,
        37,
        29
      ]
    },
    {
      "name": "submission",
      "discriminator": [
        58,
        194,
        159,
        158,
        75,
        102,
        178,
        197
      ]
    },
    {
      "name": "task",
      "discriminator": [
        79,
        34,
        229,
        55,
        88,
        90,
        55,
        84
      ]
    },
    {
      "name": "taskMetadata",
      "discriminator": [
        242,
        115,
        138,
        244,
        40,
        29,
        69,
        122
      ]
    }
  ],
  "events": [
    {
      "name": "adminAccepted",
      "discriminator": [
        174,
        12,
        76,
        139,
        158,
        99,
        110,
        254
      ]
    },
    {
      "name": "adminProposed",
      "discriminator": [
        129,
        249,
        226,
        227,
        199,
        82,
        110,
        243
      ]
    },
    {
      "name": "auditResolved",
      "discriminator": [
        215,
        121,
        174,
        128,
        166,
        80,
        230,
        20
      ]
    },
    {
      "name": "audited",
      "discriminator": [
        188,
        232,
        216,
        30,
        39,
        76,
        46,
        10
      ]
    },
    {
      "name": "compounded",
      "discriminator": [
        187,
        212,
        188,
        187,
        183,
        29,
        107,
        152
      ]
    },
    {
      "name": "configClosed",
      "discriminator": [
        4,
        138,
        208,
        218,
        204,
        236,
        118,
        199
      ]
    },
    {
      "name": "configInitialized",
      "discriminator": [
        181,
        49,
        200,
        156,
        19,
        167,
        178,
        91
      ]
    },
    {
      "name": "cycleClosed",
      "discriminator": [
        221,
        230,
        223,
        134,
        200,
        100,
        203,
        231
      ]
    },
    {
      "name": "cycleOpened",
      "discriminator": [
        240,
        47,
        217,
        52,
        132,
        172,
        71,
        98
      ]
    },
    {
      "name": "distributionFinalized",
      "discriminator": [
        232,
        198,
        127,
        113,
        61,
        16,
        158,
        22
      ]
    },
    {
      "name": "distributionListSubmitted",
      "discriminator": [
        184,
        194,
        165,
        233,
        199,
        127,
        115,
        169
      ]
    },
    {
      "name": "equalSharePaid",
      "discriminator": [
        113,
        202,
        198,
        196,
        128,
        109,
        94,
        199
      ]
    },
    {
      "name": "managerAccepted",
      "discriminator": [
        148,
        203,
        145,
        206,
        19,
        177,
        165,
        159
      ]
    },
    {
      "name": "managerInserted",
      "discriminator": [
        127,
        18,
        70,
        76,
        161,
        207,
        132,
        128
      ]
    },
    {
      "name": "managerProposed",
      "discriminator": [
        133,
        245,
        234,
        17,
        83,
        176,
        252,
        247
      ]
    },
    {
      "name": "managerRemoved",
      "discriminator": [
        66,
        207,
        129,
        195,
        19,
        142,
        75,
        244
      ]
    },
    {
      "name": "paidOut",
      "discriminator": [
        6,
        137,
        209,
        225,
        252,
        53,
        249,
        252
      ]
    },
    {
      "name": "pausedSet",
      "discriminator": [
        171,
        125,
        127,
        156,
        233,
        81,
        68,
        66
      ]
    },
    {
      "name": "rewardClaimed",
      "discriminator": [
        49,
        28,
        87,
        84,
        158,
        48,
        229,
        175
      ]
    },
    {
      "name": "stakeClosed",
      "discriminator": [
        72,
        166,
        77,
        134,
        139,
        12,
        214,
        160
      ]
    },
    {
      "name": "stakeMigrated",
      "discriminator": [
        191,
        236,
        250,
        122,
        168,
        119,
        13,
        21
      ]
    },
    {
      "name": "stakeParked",
      "discriminator": [
        193,
        135,
        253,
        34,
        191,
        56,
        29,
        179
      ]
    },
    {
      "name": "stakeResumed",
      "discriminator": [
        89,
        120,
        176,
        126,
        197,
        66,
        176,
        43
      ]
    },
    {
      "name": "staked",
      "discriminator": [
        11,
        146,
        45,
        205,
        230,
        58,
        213,
        240
      ]
    },
    {
      "name": "subjectClosed",
      "discriminator": [
        73,
        109,
        172,
        68,
        41,
        218,
        77,
        249
      ]
    },
    {
      "name": "submitted",
      "discriminator": [
        221,
        58,
        5,
        241,
        111,
        209,
        72,
        210
      ]
    },
    {
      "name": "taskActiveSet",
      "discriminator": [
        118,
        210,
        200,
        241,
        119,
        97,
        226,
        244
      ]
    },
    {
      "name": "taskAllowlisted",
      "discriminator": [
        4,
        140,
        165,
        104,
        39,
        48,
        67,
        116
      ]
    },
    {
      "name": "taskClosed",
      "discriminator": [
        158,
        183,
        233,
        176,
        74,
        66,
        243,
        77
      ]
    },
    {
      "name": "taskCreated",
      "discriminator": [
        49,
        174,
        6,
        7,
        71,
        159,
        69,
        175
      ]
    },
    {
      "name": "taskFunded",
      "discriminator": [
        215,
        0,
        224,
        16,
        151,
        4,
        3,
        195
      ]
    },
    {
      "name": "taskMigrated",
      "discriminator": [
        70,
        83,
        183,
        151,
        153,
        220,
        97,
        166
      ]
    },
    {
      "name": "voteClosed",
      "discriminator": [
        240,
        167,
        131,
        105,
        168,
        87,
        29,
        174
      ]
    },
    {
      "name": "withdrawn",
      "discriminator": [
        20,
        89,
        223,
        198,
        194,
        124,
        219,
        13
      ]
    }
  ],
  "errors": [
    {
      "code": 6000,
      "name": "invalidSchedule",
      "msg": "windows do not fit: need submission_window >= 1, audit_window >= 2 (3 if the round is full), their sum <= round_time <= 2^32 - 1"
    },
    {
      "code": 6001,
      "name": "startInPast",
      "msg": "starting_slot has passed: name a slot after the present one"
    },
    {
      "code": 6002,
      "name": "invalidBps",
      "msg": "basis points out of range: quorum 1 to 10000, slashes at most 10000, challenger + voter at most 10000"
    },
    {
      "code": 6003,
      "name": "invalidParameter",
      "msg": "parameter out of range: minimum_stake_amount, bounty_amount_per_round and claim_window must be at least 1, allowed_failed_distributions at most 15"
    },
    {
      "code": 6004,
      "name": "textTooLong",
      "msg": "text too long: at most 24 bytes for a name, 64 for any other text, endpoint or uri"
    },
    {
      "code": 6005,
      "name": "taskExists",
      "msg": "the task exists already: use it, or name another task_id or other terms"
    },
    {
      "code": 6006,
      "name": "wrongTask",
      "msg": "the account belongs to another task: pass the one derived from this task"
    },
    {
      "code": 6007,
      "name": "wrongCycle",
      "msg": "the account belongs to another cycle: pass the one derived from this cycle"
    },
    {
      "code": 6008,
      "name": "wrongNode",
      "msg": "the account belongs to another node: pass the one derived from this node"
    },
    {
      "code": 6009,
      "name": "wrongAuthor",
      "msg": "not the stake of the subject's author: pass the author's stake account"
    },
    {
      "code": 6010,
      "name": "wrongChallenger",
      "msg": "not the stake of the audit's challenger: pass the challenger's stake account"
    },
    {
      "code": 6011,
      "name": "wrongVote",
      "msg": "vote on another subject, or of another voter: pass the vote derived from both"
    },
    {
      "code": 6012,
      "name": "wrongRentPayer",
      "msg": "rent goes back to its payer: pass the payer that is stored in the account"
    },
    {
      "code": 6013,
      "name": "notManager",
      "msg": "only the task's manager may do this: sign with the manager's key"
    },
    {
      "code": 6014,
      "name": "wrongPot",
      "msg": "not this task's pot: pass the stake pot or bounty pot stored in the task"
    },
    {
      "code": 6015,
      "name": "wrongMint",
      "msg": "not this task's mint: pass the mint stored in the task"
    },
    {
      "code": 6016,
      "name": "wrongAddress",
      "msg": "address does not match its seeds: derive it from the task, cycle and node named"
    },
    {
      "code": 6017,
      "name": "wrongSubject",
      "msg": "not a submission or distribution list of this program: pass one of these"
    },
    {
      "code": 6018,
      "name": "openingWindowClosed",
      "msg": "outside of this cycle's opening window: open cycle r within B(r) ..= B(r) + submission_window"
    },
    {
      "code": 6019,
      "name": "submissionWindowClosed",
      "msg": "no submission of this cycle is accepted now: submit within B(r+1) ..= B(r+1) + submission_window"
    },
    {
      "code": 6020,
      "name": "auditWindowClosed",
      "msg": "no audit of this subject is accepted now: vote within its audit window"
    },
    {
      "code": 6021,
      "name": "challengeWindowClosed",
      "msg": "too late to open an audit: challenge in the first half of the audit window"
    },
    {
      "code": 6022,
      "name": "auditWindowOpen",
      "msg": "the audit window is still open: come back after its last slot"
    },
    {
      "code": 6023,
      "name": "listWindowClosed",
      "msg": "no list of this attempt is accepted now: submit within B(r+2+a) ..= B(r+2+a) + submission_window"
    },
    {
      "code": 6024,
      "name": "attemptsExhausted",
      "msg": "the task allows no such attempt: name one of 0 to allowed_failed_distributions"
    },
    {
      "code": 6025,
      "name": "notYetSelected",
      "msg": "not selected yet: others may propose first, wait for your stagger slot"
    },
    {
      "code": 6026,
      "name": "zeroAmount",
      "msg": "amount must be at least 1 base unit"
    },
    {
      "code": 6027,
      "name": "overflow",
      "msg": "arithmetic overflow: use smaller amounts"
    },
    {
      "code": 6028,
      "name": "stakeBelowMinimum",
      "msg": "the deposit leaves the stake below minimum_stake_amount: deposit more"
    },
    {
      "code": 6029,
      "name": "insufficientActiveStake",
      "msg": "active stake is below minimum_stake_amount: stake enough, two rounds ahead"
    },
    {
      "code": 6030,
      "name": "insufficientStake",
      "msg": "less is staked than that: withdraw at most the whole stake"
    },
    {
      "code": 6031,
      "name": "remainderBelowMinimum",
      "msg": "what is left must be 0, at least minimum_stake_amount, or just the active stake: withdraw less, or all"
    },
    {
      "code": 6032,
      "name": "potAsDestination",
      "msg": "a pot cannot be the destination: name a token account of your own"
    },
    {
      "code": 6033,
      "name": "stakeLocked",
      "msg": "stake is locked by work in a running cycle: withdraw from locked_until_slot on"
    },
    {
      "code": 6034,
      "name": "stakeInAudit",
      "msg": "stake is held by an open audit: resolve the audit first"
    },
    {
      "code": 6035,
      "name": "nothingToClaim",
      "msg": "available_balance is 0: wait for a payout"
    },
    {
      "code": 6036,
      "name": "notIdle",
      "msg": "the node was active within idle_rounds, or the task parks no stake: leave the stake as it is"
    },
    {
      "code": 6037,
      "name": "alreadyParked",
      "msg": "the stake is parked already: wait for its node to resume it"
    },
    {
      "code": 6038,
      "name": "nothingToPark",
      "msg": "nothing is staked here: park another node's stake"
    },
    {
      "code": 6039,
      "name": "notParked",
      "msg": "the stake is not parked: go on without resuming it"
    },
    {
      "code": 6040,
      "name": "cycleAlreadyOpen",
      "msg": "the cycle is open already: work for it, and submit in its review"
    },
    {
      "code": 6041,
      "name": "cycleNotOpen",
      "msg": "nobody opened this cycle, so it does not take place: submit for another"
    },
    {
      "code": 6042,
      "name": "bountyTooSmall",
      "msg": "bounty_available is less than bounty_amount_per_round: fund the task, then open the cycle"
    },
    {
      "code": 6043,
      "name": "taskInactive",
      "msg": "task is inactive: ask its manager to activate it"
    },
    {
      "code": 6044,
      "name": "invalidSubmissionLength",
      "msg": "a submission has 1 to 512 bytes: shorten it to a digest or a uri"
    },
    {
      "code": 6045,
      "name": "alreadySubmitted",
      "msg": "this node has submitted for this cycle already: submit for the next one"
    },
    {
      "code": 6046,
      "name": "selfAudit",
      "msg": "the author does not vote on its own subject: leave it to other nodes"
    },
    {
      "code": 6047,
      "name": "nothingToDefend",
      "msg": "nobody has challenged this subject: vote against it, or send nothing"
    },
    {
      "code": 6048,
      "name": "alreadyVoted",
      "msg": "this node has voted on this subject already: send no second vote"
    },
    {
      "code": 6049,
      "name": "tooManyChallenges",
      "msg": "the node's stake pays for no further false challenge of a submission: resolve its open ones first"
    },
    {
      "code": 6050,
      "name": "noOpenAudit",
      "msg": "no audit is open on this subject: finalize, pay or close it"
    },
    {
      "code": 6051,
      "name": "auditUnresolved",
      "msg": "an audit of this subject is open: resolve it first"
    },
    {
      "code": 6052,
      "name": "proposerNotEligible",
      "msg": "the proposer's submission is invalid or in dispute: leave the list to another node"
    },
    {
      "code": 6053,
      "name": "alreadyProposed",
      "msg": "this node has proposed for this cycle already: leave the list to another node"
    },
    {
      "code": 6054,
      "name": "listPending",
      "msg": "a list of this cycle is pending: finalize it first"
    },
    {
      "code": 6055,
      "name": "listAlreadyAccepted",
      "msg": "a list of this cycle was accepted already: pay its entries"
    },
    {
      "code": 6056,
      "name": "invalidList",
      "msg": "a list needs 1 entry to as many as there were submissions, of at least 1 base unit each: recompute it"
    },
    {
      "code": 6057,
      "name": "listExceedsBounty",
      "msg": "total is more than the cycle's bounty: divide the bounty that is stored in the cycle"
    },
    {
      "code": 6058,
      "name": "listNotPending",
      "msg": "this list was finalized already: pay its entries, or propose in the next attempt"
    },
    {
      "code": 6059,
      "name": "listNotAccepted",
      "msg": "this list was not accepted: name the accepted one, or finalize this one first"
    },
    {
      "code": 6060,
      "name": "invalidProof",
      "msg": "the Merkle proof does not show this node, index and amount in the list: recompute it"
    },
    {
      "code": 6061,
      "name": "submissionInvalid",
      "msg": "this submission was found invalid and is not paid: pay the others"
    },
    {
      "code": 6062,
      "name": "alreadyPaid",
      "msg": "this node was paid for this cycle already: pay the others"
    },
    {
      "code": 6063,
      "name": "payoutExceedsTotal",
      "msg": "the entries add up to more than the list's total: the rest cannot be paid, wait for the next cycle"
    },
    {
      "code": 6064,
      "name": "notEqualShares",
      "msg": "the task pays by list only: propose a list within the allowed attempts"
    },
    {
      "code": 6065,
      "name": "cycleNotFailed",
      "msg": "the cycle has not failed: wait for its last attempt to end, and finalize the list that is pending"
    },
    {
      "code": 6066,
      "name": "claimWindowOver",
      "msg": "the claim window of the equal shares is over: close the cycle"
    },
    {
      "code": 6067,
      "name": "nothingToPay",
      "msg": "the bounty is less than a base unit for each submission: close the cycle"
    },
    {
      "code": 6068,
      "name": "votesOpen",
      "msg": "votes on this subject are still open: close them first"
    },
    {
      "code": 6069,
      "name": "cycleNotSettled",
      "msg": "the cycle is not settled: pay what it owes, or wait for the end of its claim window"
    },
    {
      "code": 6070,
      "name": "subjectsOpen",
      "msg": "submissions or lists of this cycle are still open: close them first"
    },
    {
      "code": 6071,
      "name": "stakeNotEmpty",
      "msg": "stake account is not empty: withdraw the stake and claim the balance first"
    },
    {
      "code": 6072,
      "name": "nodeAccountsOpen",
      "msg": "accounts that this node opened (submissions, votes, lists, cycles) are still open: close them first"
    },
    {
      "code": 6073,
      "name": "noConfig",
      "msg": "the program has no config here yet: its upgrade authority runs gradual config init"
    },
    {
      "code": 6074,
      "name": "configExists",
      "msg": "the config exists already: change it with propose_admin, set_paused and insert_manager"
    },
    {
      "code": 6075,
      "name": "wrongProgramData",
      "msg": "not the program's own ProgramData account: derive it from the program's id"
    },
    {
      "code": 6076,
      "name": "notUpgradeAuthority",
      "msg": "only the program's upgrade authority may do this: sign with its key"
    },
    {
      "code": 6077,
      "name": "notAdmin",
      "msg": "only the config's admin may do this: sign with the admin's key"
    },
    {
      "code": 6078,
      "name": "notPendingAdmin",
      "msg": "the config is not being handed to this key: let the admin propose it first"
    },
    {
      "code": 6079,
      "name": "paused",
      "msg": "the program is paused: wait; audits, payouts, claims and withdrawals go on"
    },
    {
      "code": 6080,
      "name": "notConfigManager",
      "msg": "only a manager of the config may do this: sign with a manager's key"
    },
    {
      "code": 6081,
      "name": "sameManagerTwice",
      "msg": "one manager signed twice: two different managers must sign"
    },
    {
      "code": 6082,
      "name": "secondManagerMissing",
      "msg": "a second manager must sign: one alone may act only while there is no other"
    },
    {
      "code": 6083,
      "name": "alreadyManager",
      "msg": "this key is a manager already: insert another one"
    },
    {
      "code": 6084,
      "name": "unknownManager",
      "msg": "this key is no manager: name one of the managers"
    },
    {
      "code": 6085,
      "name": "tooManyManagers",
      "msg": "there is room for 16 managers: remove one first"
    },
    {
      "code": 6086,
      "name": "lastManager",
      "msg": "the last manager stays: insert another one first"
    },
    {
      "code": 6087,
      "name": "notAMint",
      "msg": "not an initialized mint of this token program: pass a mint, and the program that owns it"
    },
    {
      "code": 6088,
      "name": "refusedExtension",
      "msg": "the mint has an extension that tasks do not accept: use a mint with those that docs/tokens.md lists"
    },
    {
      "code": 6089,
      "name": "frozenByDefault",
      "msg": "new accounts of this mint are frozen, pots too: set its default account state to initialized"
    },
    {
      "code": 6090,
      "name": "notPendingManager",
      "msg": "the task is not being handed to this key: let its manager propose it first"
    },
    {
      "code": 6091,
      "name": "taskMigrated",
      "msg": "the task has moved to its successor: use the task stored in migrated_to"
    },
    {
      "code": 6092,
      "name": "taskNotMigrated",
      "msg": "the task has no successor: its manager migrates it first"
    },
    {
      "code": 6093,
      "name": "wrongSuccessor",
      "msg": "not the successor of this task: pass the one stored in migrated_to"
    },
    {
      "code": 6094,
      "name": "ownSuccessor",
      "msg": "a task cannot succeed itself: create another one"
    },
    {
      "code": 6095,
      "name": "successorMint",
      "msg": "the successor has another mint: create a successor with this task's mint"
    },
    {
      "code": 6096,
      "name": "successorCreator",
      "msg": "the successor was created by somebody else: let this task's creator or manager create it"
    },
    {
      "code": 6097,
      "name": "successorMigrated",
      "msg": "the successor has a successor of its own: name a task that has none"
    },
    {
      "code": 6098,
      "name": "nothingToMigrate",
      "msg": "nothing is staked here: stake in the successor instead"
    },
    {
      "code": 6099,
      "name": "belowSuccessorMinimum",
      "msg": "the stake is below the successor's minimum_stake_amount: withdraw it instead"
    },
    {
      "code": 6100,
      "name": "taskActive",
      "msg": "the task is active: its manager deactivates it first, and until then each node alone closes its stake account"
    },
    {
      "code": 6101,
      "name": "taskInUse",
      "msg": "the task still has stake accounts, or a bounty in reserve: let them be closed first"
    }
  ],
  "types": [
    {
      "name": "adminAccepted",
      "docs": [
        "The config has another admin."
      ],
      "type": {
        "kind": "struct",
        "fields": [
          {
            "name": "adminBefore",
            "docs": [
              "The admin before."
            ],
            "type": "pubkey"
          },
          {
            "name": "adminAfter",
            "docs": [
              "The admin now."
            ],
            "type": "pubkey"
          }
        ]
      }
    },
    {
      "name": "adminProposed",
      "docs": [
        "The admin offered the config to another, or took the offer back."
      ],
      "type": {
        "kind": "struct",
        "fields": [
          {
            "name": "admin",
            "docs": [
              "The admin."
            ],
            "type": "pubkey"
          },
          {
            "name": "pendingAdmin",
            "docs": [
              "Who may accept now; all zeros where nobody may."
            ],
            "type": "pubkey"
          }
        ]
      }
    },
    {
      "name": "audit",
      "docs": [
        "One audit, of a submission or a list alike (section 6)."
      ],
      "serialization": "bytemuck",
      "repr": {
        "kind": "c"
      },
      "type": {
        "kind": "struct",
        "fields": [
          {
            "name": "challenger",
            "docs": [
              "Who opened it; all zeros while nobody has."
            ],
            "type": "pubkey"
          },
          {
            "name": "openedSlot",
            "docs": [
              "The slot at which it was opened."
            ],
            "type": "u64"
          },
          {
            "name": "electorate",
            "docs": [
              "Weight of all who could vote when it was opened, the author included. Stake only becomes active",
              "at the start of a round, so nobody joins the electorate during the audit."
            ],
            "type": "u64"
          },
          {
            "name": "authorWeight",
            "docs": [
              "The author's weight in it; 0 where its active stake was below the minimum."
            ],
            "type": "u64"
          },
          {
            "name": "weightValid",
            "docs": [
              "Weight of the votes that call the subject valid."
            ],
            "type": "u64"
          },
          {
            "name": "weightInvalid",
            "docs": [
              "Weight of the votes that call it invalid."
            ],
            "type": "u64"
          },
          {
            "name": "slashed",
            "docs": [
              "What was slashed, in base units."
            ],
            "type": "u64"
          },
          {
            "name": "voterPool",
            "docs": [
              "What the voters in the right share, in base units."
            ],
            "type": "u64"
          },
          {
            "name": "voterPoolLeft",
            "docs": [
              "What of it they have not collected yet, in base units."
            ],
            "type": "u64"
          },
          {
            "name": "openVotes",
            "docs": [
              "Votes whose accounts still exist."
            ],
            "type": "u32"
          },
          {
            "name": "outcome",
            "docs": [
              "0 while the audit is not resolved; the number of its [`Verdict`] then. 1: upheld; 2: dismissed; 3:",
              "undecided."
            ],
            "type": "u8"
          },
          {
            "name": "padding",
            "docs": [
              "Unused, 0."
            ],
            "type": {
              "array": [
                "u8",
                3
              ]
            }
          }
        ]
      }
    },
    {
      "name": "auditResolved",
      "docs": [
        "An audit was decided."
      ],
      "type": {
        "kind": "struct",
        "fields": [
          {
            "name": "task",
            "docs": [
              "The task."
            ],
            "type": "pubkey"
          },
          {
            "name": "subject",
            "docs": [
              "The submission or list."
            ],
            "type": "pubkey"
          },
          {
            "name": "cycle",
            "docs": [
              "The number of its cycle."
            ],
            "type": "u64"
          },
          {
            "name": "kind",
            "docs": [
              "Which of the two it is."
            ],
            "type": {
              "defined": {
                "name": "subjectKind"
              }
            }
          },
          {
            "name": "outcome",
            "docs": [
              "1: upheld; 2: dismissed; 3: undecided."
            ],
            "type": "u8"
          },
          {
            "name": "stands",
            "docs": [
              "Whether the subject stands."
            ],
            "type": "bool"
          },
          {
            "name": "slashedNode",
            "docs": [
              "The node that lost stake, if one did."
            ],
            "type": {
              "option": "pubkey"
            }
          },
          {
            "name": "stakeBefore",
            "docs": [
              "Its whole stake before."
            ],
            "type": "u64"
          },
          {
            "name": "stakeAfter",
            "docs": [
              "Its whole stake after."
            ],
            "type": "u64"
          },
          {
            "name": "toWinner",
            "docs": [
              "Part of the slash credited to the party in the right."
            ],
            "type": "u64"
          },
          {
            "name": "toVoters",
            "docs": [
              "Part of it that the voters in the right share."
            ],
            "type": "u64"
          },
          {
            "name": "toBounty",
            "docs": [
              "Part of it that went to the bounty."
            ],
            "type": "u64"
          }
        ]
      }
    },
    {
      "name": "auditVote",
      "docs": [
        "One node's vote in one audit.",
        "",
        "Seeds: `[\"vote\", subject, voter]`."
      ],
      "serialization": "bytemuck",
      "repr": {
        "kind": "c"
      },
      "type": {
        "kind": "struct",
        "fields": [
          {
            "name": "subject",
            "docs": [
              "The submission or list voted on."
            ],
            "type": "pubkey"
          },
          {
            "name": "voter",
            "docs": [
              "The node that voted."
            ],
            "type": "pubkey"
          },
          {
            "name": "payer",
            "docs": [
              "Who paid this account's rent."
            ],
            "type": "pubkey"
          },
          {
            "name": "weight",
            "docs": [
              "What the vote weighs: 1, or the voter's active stake in base units."
            ],
            "type": "u64"
          },
          {
            "name": "isValid",
            "docs": [
              "1 where the voter holds the subject valid, 0 where not."
            ],
            "type": "u8"
          },
          {
            "name": "bump",
            "docs": [
              "Canonical bump of this address."
            ],
            "type": "u8"
          },
          {
            "name": "padding",
            "docs": [
              "Unused, 0."
            ],
            "type": {
              "array": [
                "u8",
                6
              ]
            }
          }
        ]
      }
    },
    {
      "name": "audited",
      "docs": [
        "A node opened an audit, or voted in one."
      ],
      "type": {
        "kind": "struct",
        "fields": [
          {
            "name": "task",
            "docs": [
              "The task."
            ],
            "type": "pubkey"
          },
          {
            "name": "subject",
            "docs": [
              "The submission or list."
            ],
            "type": "pubkey"
          },
          {
            "name": "cycle",
            "docs": [
              "The number of its cycle."
            ],
            "type": "u64"
          },
          {
            "name": "voter",
            "docs": [
              "The node that voted."
            ],
            "type": "pubkey"
          },
          {
            "name": "opened",
            "docs": [
              "Whether this vote opened the audit."
            ],
            "type": "bool"
          },
          {
            "name": "isValid",
            "docs": [
              "What the voter holds of the subject."
            ],
            "type": "bool"
          },
          {
            "name": "weightValid",
            "docs": [
              "The weight for the subject, this vote included."
            ],
            "type": "u64"
          },
          {
            "name": "weightInvalid",
            "docs": [
              "The weight against it, this vote included."
            ],
            "type": "u64"
          }
        ]
      }
    },
    {
      "name": "compounded",
      "docs": [
        "A node turned its rewards into stake."
      ],
      "type": {
        "kind": "struct",
        "fields": [
          {
            "name": "task",
            "docs": [
              "The task."
            ],
            "type": "pubkey"
          },
          {
            "name": "node",
            "docs": [
              "The node."
            ],
            "type": "pubkey"
          },
          {
            "name": "amount",
            "docs": [
              "What was compounded: the whole balance, so that 0 is left."
            ],
            "type": "u64"
          },
          {
            "name": "stakeBefore",
            "docs": [
              "The node's whole stake before."
            ],
            "type": "u64"
          },
          {
            "name": "stakeAfter",
            "docs": [
              "The node's whole stake after."
            ],
            "type": "u64"
          },
          {
            "name": "activeFromRound",
            "docs": [
              "The round from which the new stake is active."
            ],
            "type": "u64"
          }
        ]
      }
    },
    {
      "name": "config",
      "docs": [
        "Who may pause the program, and who may allowlist tasks (section 9).",
        "",
        "Seeds: `[\"config\"]`. There is one at most: it is created nowhere else, so its type alone tells it",
        "from every other account."
      ],
      "serialization": "bytemuck",
      "repr": {
        "kind": "c"
      },
      "type": {
        "kind": "struct",
        "fields": [
          {
            "name": "admin",
            "docs": [
              "May pause the program, and hand this over."
            ],
            "type": "pubkey"
          },
          {
            "name": "pendingAdmin",
            "docs": [
              "Who may become the admin by accepting; all zeros where nobody may."
            ],
            "type": "pubkey"
          },
          {
            "name": "payer",
            "docs": [
              "Who paid this account's rent."
            ],
            "type": "pubkey"
          },
          {
            "name": "managers",
            "docs": [
              "The managers, all zeros behind the last of them."
            ],
            "type": {
              "array": [
                "pubkey",
                16
              ]
            }
          },
          {
            "name": "managerCount",
            "docs": [
              "How many managers there are."
            ],
            "type": "u8"
          },
          {
            "name": "isPaused",
            "docs": [
              "1 while nobody may create tasks, stake, compound or open cycles."
            ],
            "type": "u8"
          },
          {
            "name": "bump",
            "docs": [
              "Canonical bump of this address."
            ],
            "type": "u8"
          },
          {
            "name": "padding",
            "docs": [
              "Unused, 0."
            ],
            "type": {
              "array": [
                "u8",
                5
              ]
            }
          }
        ]
      }
    },
    {
      "name": "configClosed",
      "docs": [
        "The config was closed."
      ],
      "type": {
        "kind": "struct",
        "fields": [
          {
            "name": "admin",
            "docs": [
              "The last admin."
            ],
            "type": "pubkey"
          }
        ]
      }
    },
    {
      "name": "configInitialized",
      "docs": [
        "The program was given its config."
      ],
      "type": {
        "kind": "struct",
        "fields": [
          {
            "name": "admin",
            "docs": [
              "The admin, who is the program's upgrade authority."
            ],
            "type": "pubkey"
          },
          {
            "name": "manager",
            "docs": [
              "The first manager."
            ],
            "type": "pubkey"
          }
        ]
      }
    },
    {
      "name": "cycle",
      "docs": [
        "One cycle: its bounty, set aside when it was opened, and what became of it.",
        "",
        "Seeds: `[\"cycle\", task, number LE]`."
      ],
      "serialization": "bytemuck",
      "repr": {
        "kind": "c"
      },
      "type": {
        "kind": "struct",
        "fields": [
          {
            "name": "task",
            "docs": [
              "The task."
            ],
            "type": "pubkey"
          },
          {
            "name": "opener",
            "docs": [
              "The node that opened the cycle."
            ],
            "type": "pubkey"
          },
          {
            "name": "payer",
            "docs": [
              "Who paid this account's rent."
            ],
            "type": "pubkey"
          },
          {
            "name": "number",
            "docs": [
              "The cycle's number `r`: worked in round `r`, reviewed in `r + 1`, distributed in `r + 2`."
            ],
            "type": "u64"
          },
          {
            "name": "bounty",
            "docs": [
              "What was set aside when the cycle was opened, in base units: what its list divides."
            ],
            "type": "u64"
          },
          {
            "name": "owed",
            "docs": [
              "What of the bounty is reserved, in base units: all of it, and once a list was accepted, the list's",
              "total."
            ],
            "type": "u64"
          },
          {
            "name": "paid",
            "docs": [
              "What of it was paid, in base units."
            ],
            "type": "u64"
          },
          {
            "name": "entropy",
            "docs": [
              "Stirred by every submission; decides who proposes when (section 7)."
            ],
            "type": {
              "array": [
                "u8",
                32
              ]
            }
          },
          {
            "name": "acceptedInRound",
            "docs": [
              "The round in which a list was accepted, if one was."
            ],
            "type": "u64"
          },
          {
            "name": "submissions",
            "docs": [
              "Submissions made."
            ],
            "type": "u32"
          },
          {
            "name": "invalid",
            "docs": [
              "Submissions found invalid."
            ],
            "type": "u32"
          },
          {
            "name": "paidSubmissions",
            "docs": [
              "Submissions paid."
            ],
            "type": "u32"
          },
          {
            "name": "entries",
            "docs": [
              "Entries of the accepted list."
            ],
            "type": "u32"
          },
          {
            "name": "openSubjects",
            "docs": [
              "Submissions and lists of this cycle that still exist."
            ],
            "type": "u32"
          },
          {
            "name": "listPending",
            "docs": [
              "1 while a list is pending."
            ],
            "type": "u8"
          },
          {
            "name": "listAccepted",
            "docs": [
              "1 once a list was accepted."
            ],
            "type": "u8"
          },
          {
            "name": "acceptedAttempt",
            "docs": [
              "The attempt that was accepted, if one was."
            ],
            "type": "u8"
          },
          {
            "name": "bump",
            "docs": [
              "Canonical bump of this address."
            ],
            "type": "u8"
          }
        ]
      }
    },
    {
      "name": "cycleClosed",
      "docs": [
        "A cycle was closed."
      ],
      "type": {
        "kind": "struct",
        "fields": [
          {
            "name": "task",
            "docs": [
              "The task."
            ],
            "type": "pubkey"
          },
          {
            "name": "cycle",
            "docs": [
              "The cycle's number."
            ],
            "type": "u64"
          },
          {
            "name": "submissions",
            "docs": [
              "Submissions made in it."
            ],
            "type": "u32"
          },
          {
            "name": "invalid",
            "docs": [
              "Submissions found invalid."
            ],
            "type": "u32"
          },
          {
            "name": "paidSubmissions",
            "docs": [
              "Submissions paid."
            ],
            "type": "u32"
          },
          {
            "name": "paid",
            "docs": [
              "What they were paid."
            ],
            "type": "u64"
          },
          {
            "name": "unpaid",
            "docs": [
              "What of the bounty was still reserved, and is available again."
            ],
            "type": "u64"
          },
          {
            "name": "availableBefore",
            "docs": [
              "The available bounty before."
            ],
            "type": "u64"
          },
          {
            "name": "availableAfter",
            "docs": [
              "The available bounty after."
            ],
            "type": "u64"
          }
        ]
      }
    },
    {
      "name": "cycleOpened",
      "docs": [
        "A node opened a cycle, and its bounty was set aside."
      ],
      "type": {
        "kind": "struct",
        "fields": [
          {
            "name": "task",
            "docs": [
              "The task."
            ],
            "type": "pubkey"
          },
          {
            "name": "cycle",
            "docs": [
              "The cycle's number."
            ],
            "type": "u64"
          },
          {
            "name": "opener",
            "docs": [
              "The node that opened it."
            ],
            "type": "pubkey"
          },
          {
            "name": "bounty",
            "docs": [
              "What was set aside."
            ],
            "type": "u64"
          },
          {
            "name": "availableBefore",
            "docs": [
              "The available bounty before."
            ],
            "type": "u64"
          },
          {
            "name": "availableAfter",
            "docs": [
              "The available bounty after."
            ],
            "type": "u64"
          }
        ]
      }
    },
    {
      "name": "distributionFinalized",
      "docs": [
        "A list was accepted or rejected."
      ],
      "type": {
        "kind": "struct",
        "fields": [
          {
            "name": "task",
            "docs": [
              "The task."
            ],
            "type": "pubkey"
          },
          {
            "name": "cycle",
            "docs": [
              "The cycle's number."
            ],
            "type": "u64"
          },
          {
            "name": "attempt",
            "docs": [
              "The attempt, from 0."
            ],
            "type": "u8"
          },
          {
            "name": "accepted",
            "docs": [
              "Whether the list was accepted."
            ],
            "type": "bool"
          },
          {
            "name": "availableBefore",
            "docs": [
              "The available bounty before."
            ],
            "type": "u64"
          },
          {
            "name": "availableAfter",
            "docs": [
              "The available bounty after: more by what an accepted list does not use."
            ],
            "type": "u64"
          }
        ]
      }
    },
    {
      "name": "distributionList",
      "docs": [
        "Who is to be paid what for one cycle: a Merkle root, and its sum (section 8).",
        "",
        "Seeds: `[\"list\", cycle, attempt]`."
      ],
      "serialization": "bytemuck",
      "repr": {
        "kind": "c"
      },
      "type": {
        "kind": "struct",
        "fields": [
          {
            "name": "subject",
            "docs": [
              "Whose it is, how far it has come, and its audit."
            ],
            "type": {
              "defined": {
                "name": "subject"
              }
            }
          },
          {
            "name": "merkleRoot",
            "docs": [
              "Root over all entries; see [`crate::rules::merkle`]."
            ],
            "type": {
              "array": [
                "u8",
                32
              ]
            }
          },
          {
            "name": "total",
            "docs": [
              "Sum of all entries, in base units; at most the cycle's bounty."
            ],
            "type": "u64"
          },
          {
            "name": "count",
            "docs": [
              "Entries."
            ],
            "type": "u32"
          },
          {
            "name": "attempt",
            "docs": [
              "The attempt, from 0."
            ],
            "type": "u8"
          },
          {
            "name": "uriLen",
            "docs": [
              "Bytes of `uri` in use."
            ],
            "type": "u8"
          },
          {
            "name": "padding",
            "docs": [
              "Unused, 0."
            ],
            "type": {
              "array": [
                "u8",
                2
              ]
            }
          },
          {
            "name": "uri",
            "docs": [
              "Where people can read the list, UTF-8. The rules do not depend on it."
            ],
            "type": {
              "array": [
                "u8",
                64
              ]
            }
          }
        ]
      }
    },
    {
      "name": "distributionListSubmitted",
      "docs": [
        "A list was proposed."
      ],
      "type": {
        "kind": "struct",
        "fields": [
          {
            "name": "task",
            "docs": [
              "The task."
            ],
            "type": "pubkey"
          },
          {
            "name": "cycle",
            "docs": [
              "The cycle's number."
            ],
            "type": "u64"
          },
          {
            "name": "attempt",
            "docs": [
              "The attempt, from 0."
            ],
            "type": "u8"
          },
          {
            "name": "proposer",
            "docs": [
              "The node that proposed."
            ],
            "type": "pubkey"
          },
          {
            "name": "total",
            "docs": [
              "Sum of the list."
            ],
            "type": "u64"
          },
          {
            "name": "count",
            "docs": [
              "Entries of the list."
            ],
            "type": "u32"
          }
        ]
      }
    },
    {
      "name": "electorate",
      "docs": [
        "All who can vote in a task: the sums over its nodes whose active stake reaches the minimum."
      ],
      "serialization": "bytemuck",
      "repr": {
        "kind": "c"
      },
      "type": {
        "kind": "struct",
        "fields": [
          {
            "name": "asOfRound",
            "docs": [
              "The round that the first numbers speak of."
            ],
            "type": "u64"
          },
          {
            "name": "stake",
            "docs": [
              "Eligible stake in base units: in that round, the next, and all later ones."
            ],
            "type": {
              "array": [
                "u64",
                3
              ]
            }
          },
          {
            "name": "nodes",
            "docs": [
              "Eligible nodes: in that round, the next, and all later ones."
            ],
            "type": {
              "array": [
                "u64",
                3
              ]
            }
          }
        ]
      }
    },
    {
      "name": "equalSharePaid",
      "docs": [
        "A submission of a failed cycle was credited its equal share."
      ],
      "type": {
        "kind": "struct",
        "fields": [
          {
            "name": "task",
            "docs": [
              "The task."
            ],
            "type": "pubkey"
          },
          {
            "name": "cycle",
            "docs": [
              "The cycle's number."
            ],
            "type": "u64"
          },
          {
            "name": "node",
            "docs": [
              "The node."
            ],
            "type": "pubkey"
          },
          {
            "name": "amount",
            "docs": [
              "What was credited."
            ],
            "type": "u64"
          },
          {
            "name": "balanceBefore",
            "docs": [
              "The node's available balance before."
            ],
            "type": "u64"
          },
          {
            "name": "balanceAfter",
            "docs": [
              "The node's available balance after."
            ],
            "type": "u64"
          }
        ]
      }
    },
    {
      "name": "listProposal",
      "docs": [
        "What a proposer says of its list."
      ],
      "type": {
        "kind": "struct",
        "fields": [
          {
            "name": "merkleRoot",
            "docs": [
              "Root over all entries; see [`crate::rules::merkle`]."
            ],
            "type": {
              "array": [
                "u8",
                32
              ]
            }
          },
          {
            "name": "total",
            "docs": [
              "Sum of all entries, in base units; at most the cycle's bounty."
            ],
            "type": "u64"
          },
          {
            "name": "count",
            "docs": [
              "Number of entries."
            ],
            "type": "u32"
          },
          {
            "name": "uri",
            "docs": [
              "Where people can read the list; at most 64 bytes, may be empty."
            ],
            "type": "string"
          }
        ]
      }
    },
    {
      "name": "managerAccepted",
      "docs": [
        "A task has another manager."
      ],
      "type": {
        "kind": "struct",
        "fields": [
          {
            "name": "task",
            "docs": [
              "The task."
            ],
            "type": "pubkey"
          },
          {
            "name": "managerBefore",
            "docs": [
              "The manager before."
            ],
            "type": "pubkey"
          },
          {
            "name": "managerAfter",
            "docs": [
              "The manager now."
            ],
            "type": "pubkey"
          }
        ]
      }
    },
    {
      "name": "managerInserted",
      "docs": [
        "The config has one manager more."
      ],
      "type": {
        "kind": "struct",
        "fields": [
          {
            "name": "manager",
            "docs": [
              "The new manager."
            ],
            "type": "pubkey"
          },
          {
            "name": "managers",
            "docs": [
              "Managers now."
            ],
            "type": "u8"
          }
        ]
      }
    },
    {
      "name": "managerProposed",
      "docs": [
        "A task's manager offered it to another, or took the offer back."
      ],
      "type": {
        "kind": "struct",
        "fields": [
          {
            "name": "task",
            "docs": [
              "The task."
            ],
            "type": "pubkey"
          },
          {
            "name": "manager",
            "docs": [
              "Its manager."
            ],
            "type": "pubkey"
          },
          {
            "name": "pendingManager",
            "docs": [
              "Who may accept now; all zeros where nobody may."
            ],
            "type": "pubkey"
          }
        ]
      }
    },
    {
      "name": "managerRemoved",
      "docs": [
        "The config has one manager less."
      ],
      "type": {
        "kind": "struct",
        "fields": [
          {
            "name": "manager",
            "docs": [
              "Who is a manager no more."
            ],
            "type": "pubkey"
          },
          {
            "name": "managers",
            "docs": [
              "Managers now."
            ],
            "type": "u8"
          }
        ]
      }
    },
    {
      "name": "nodeStake",
      "docs": [
        "One node's stake in one task, and what it has earned there.",
        "",
        "Seeds: `[\"stake\", task, node]`. `deposited = stake + slashed + withdrawn` (I6) and",
        "`earned = available_balance + claimed + compounded`, always."
      ],
      "serialization": "bytemuck",
      "repr": {
        "kind": "c"
      },
      "type": {
        "kind": "struct",
        "fields": [
          {
            "name": "task",
            "docs": [
              "The task staked in."
            ],
            "type": "pubkey"
          },
          {
            "name": "node",
            "docs": [
              "The node; it alone may withdraw and claim."
            ],
            "type": "pubkey"
          },
          {
            "name": "payer",
            "docs": [
              "Who paid this account's rent."
            ],
            "type": "pubkey"
          },
          {
            "name": "stake",
            "docs": [
              "The stake, in base units: active, warming, parked."
            ],
            "type": {
              "defined": {
                "name": "stakeTimeline"
              }
            }
          },
          {
            "name": "deposited",
            "docs": [
              "All that ever came in, in base units: staked, compounded, or moved here from a task that this",
              "one succeeds."
            ],
            "type": "u64"
          },
          {
            "name": "withdrawn",
            "docs": [
              "All that ever left by the node's will, in base units: withdrawn, or moved to the successor."
            ],
            "type": "u64"
          },
          {
            "name": "slashed",
            "docs": [
              "All that was ever slashed, in base units."
            ],
            "type": "u64"
          },
          {
            "name": "availableBalance",
            "docs": [
              "Rewards and shares of slashes to claim or compound, in base units, held in the bounty pot."
            ],
            "type": "u64"
          },
          {
            "name": "earned",
            "docs": [
              "All rewards and shares of slashes ever credited, in base units."
            ],
            "type": "u64"
          },
          {
            "name": "claimed",
            "docs": [
              "All that was ever claimed, in base units."
            ],
            "type": "u64"
          },
          {
            "name": "compounded",
            "docs": [
              "All that was ever compounded, in base units."
            ],
            "type": "u64"
          },
          {
            "name": "lockedUntilSlot",
            "docs": [
              "First slot at which the stake may be withdrawn, as far as work in cycles goes."
            ],
            "type": "u64"
          },
          {
            "name": "lastActiveRound",
            "docs": [
              "The last round in which the node staked, resumed, opened a cycle, submitted, voted or proposed."
            ],
            "type": "u64"
          },
          {
            "name": "openAudits",
            "docs": [
              "Open audits against this node or opened by it; they hold the whole stake."
            ],
            "type": "u32"
          },
          {
            "name": "openChallenges",
            "docs": [
              "Those of them that the node opened, of submissions."
            ],
            "type": "u32"
          },
          {
            "name": "openAccounts",
            "docs": [
              "Accounts this node opened that still exist: submissions, votes, lists, cycles."
            ],
            "type": "u32"
          },
          {
            "name": "bump",
            "docs": [
              "Canonical bump of this address."
            ],
            "type": "u8"
          },
          {
            "name": "endpointLen",
            "docs": [
              "Bytes of `endpoint` in use."
            ],
            "type": "u8"
          },
          {
            "name": "padding",
            "docs": [
              "Unused, 0."
            ],
            "type": {
              "array": [
                "u8",
                2
              ]
            }
          },
          {
            "name": "endpoint",
            "docs": [
              "Where the node can be reached, UTF-8."
            ],
            "type": {
              "array": [
                "u8",
                64
              ]
            }
          }
        ]
      }
    },
    {
      "name": "paidOut",
      "docs": [
        "One entry of a list was credited."
      ],
      "type": {
        "kind": "struct",
        "fields": [
          {
            "name": "task",
            "docs": [
              "The task."
            ],
            "type": "pubkey"
          },
          {
            "name": "cycle",
            "docs": [
              "The cycle's number."
            ],
            "type": "u64"
          },
          {
            "name": "node",
            "docs": [
              "The node."
            ],
            "type": "pubkey"
          },
          {
            "name": "amount",
            "docs": [
              "What was credited."
            ],
            "type": "u64"
          },
          {
            "name": "balanceBefore",
            "docs": [
              "The node's available balance before."
            ],
            "type": "u64"
          },
          {
            "name": "balanceAfter",
            "docs": [
              "The node's available balance after."
            ],
            "type": "u64"
          }
        ]
      }
    },
    {
      "name": "pausedSet",
      "docs": [
        "The program was paused, or goes on."
      ],
      "type": {
        "kind": "struct",
        "fields": [
          {
            "name": "pausedBefore",
            "docs": [
              "Whether it was paused before."
            ],
            "type": "bool"
          },
          {
            "name": "pausedAfter",
            "docs": [
              "Whether it is paused now."
            ],
            "type": "bool"
          }
        ]
      }
    },
    {
      "name": "rewardClaimed",
      "docs": [
        "A node took its rewards out."
      ],
      "type": {
        "kind": "struct",
        "fields": [
          {
            "name": "task",
            "docs": [
              "The task."
            ],
            "type": "pubkey"
          },
          {
            "name": "node",
            "docs": [
              "The node."
            ],
            "type": "pubkey"
          },
          {
            "name": "amount",
            "docs": [
              "What was claimed: the whole balance, so that 0 is left."
            ],
            "type": "u64"
          }
        ]
      }
    },
    {
      "name": "schedule",
      "docs": [
        "The four numbers that fix every window of a task. All are slots."
      ],
      "serialization": "bytemuck",
      "repr": {
        "kind": "c"
      },
      "type": {
        "kind": "struct",
        "fields": [
          {
            "name": "startingSlot",
            "docs": [
              "First slot of round 0."
            ],
            "type": "u64"
          },
          {
            "name": "roundTime",
            "docs": [
              "Length of a round, in slots."
            ],
            "type": "u64"
          },
          {
            "name": "submissionWindow",
            "docs": [
              "Slots after a round's first one in which a subject may still be handed in."
            ],
            "type": "u64"
          },
          {
            "name": "auditWindow",
            "docs": [
              "Slots after the submission window in which subjects are audited."
            ],
            "type": "u64"
          }
        ]
      }
    },
    {
      "name": "stakeClosed",
      "docs": [
        "A node left a task."
      ],
      "type": {
        "kind": "struct",
        "fields": [
          {
            "name": "task",
            "docs": [
              "The task."
            ],
            "type": "pubkey"
          },
          {
            "name": "node",
            "docs": [
              "The node."
            ],
            "type": "pubkey"
          }
        ]
      }
    },
    {
      "name": "stakeMigrated",
      "docs": [
        "A node moved its stake to its task's successor."
      ],
      "type": {
        "kind": "struct",
        "fields": [
          {
            "name": "task",
            "docs": [
              "The task."
            ],
            "type": "pubkey"
          },
          {
            "name": "successor",
            "docs": [
              "Its successor."
            ],
            "type": "pubkey"
          },
          {
            "name": "node",
            "docs": [
              "The node."
            ],
            "type": "pubkey"
          },
          {
            "name": "amount",
            "docs": [
              "What moved: the node's whole stake in the task."
            ],
            "type": "u64"
          },
          {
            "name": "activeFromRound",
            "docs": [
              "The successor's round from which it is active."
            ],
            "type": "u64"
          },
          {
            "name": "stakeBefore",
            "docs": [
              "The node's whole stake in the successor before."
            ],
            "type": "u64"
          },
          {
            "name": "stakeAfter",
            "docs": [
              "The node's whole stake in the successor after."
            ],
            "type": "u64"
          }
        ]
      }
    },
    {
      "name": "stakeParked",
      "docs": [
        "An idle node's stake was parked: without an answer it leaves the electorate."
      ],
      "type": {
        "kind": "struct",
        "fields": [
          {
            "name": "task",
            "docs": [
              "The task."
            ],
            "type": "pubkey"
          },
          {
            "name": "node",
            "docs": [
              "The node."
            ],
            "type": "pubkey"
          },
          {
            "name": "amount",
            "docs": [
              "What was parked: the node's whole stake."
            ],
            "type": "u64"
          },
          {
            "name": "lastActiveRound",
            "docs": [
              "The last round in which the node was active."
            ],
            "type": "u64"
          },
          {
            "name": "activeBefore",
            "docs": [
              "The node's active stake before: in this round, the next, and all later ones."
            ],
            "type": {
              "array": [
                "u64",
                3
              ]
            }
          },
          {
            "name": "activeAfter",
            "docs": [
              "The node's active stake after, in the same rounds."
            ],
            "type": {
              "array": [
                "u64",
                3
              ]
            }
          },
          {
            "name": "inactiveFromRound",
            "docs": [
              "The round from which the stake is active no more."
            ],
            "type": "u64"
          }
        ]
      }
    },
    {
      "name": "stakeResumed",
      "docs": [
        "A node ended the parking of its stake."
      ],
      "type": {
        "kind": "struct",
        "fields": [
          {
            "name": "task",
            "docs": [
              "The task."
            ],
            "type": "pubkey"
          },
          {
            "name": "node",
            "docs": [
              "The node."
            ],
            "type": "pubkey"
          },
          {
            "name": "amount",
            "docs": [
              "What was parked: the node's whole stake."
            ],
            "type": "u64"
          },
          {
            "name": "activeBefore",
            "docs": [
              "The node's active stake before: in this round, the next, and all later ones."
            ],
            "type": {
              "array": [
                "u64",
                3
              ]
            }
          },
          {
            "name": "activeAfter",
            "docs": [
              "The node's active stake after, in the same rounds."
            ],
            "type": {
              "array": [
                "u64",
                3
              ]
            }
          },
          {
            "name": "activeFromRound",
            "docs": [
              "The round from which the whole stake is active again."
            ],
            "type": "u64"
          }
        ]
      }
    },
    {
      "name": "stakeTimeline",
      "docs": [
        "One node's stake, in base units: active in `as_of_round`, in the next round, and from the one",
        "after it on; and what is parked, which is active in none of the rounds after these two."
      ],
      "serialization": "bytemuck",
      "repr": {
        "kind": "c"
      },
      "type": {
        "kind": "struct",
        "fields": [
          {
            "name": "asOfRound",
            "docs": [
              "The round that the first amount speaks of."
            ],
            "type": "u64"
          },
          {
            "name": "amounts",
            "docs": [
              "Active stake in that round, the next, and all later ones."
            ],
            "type": {
              "array": [
                "u64",
                3
              ]
            }
          },
          {
            "name": "parked",
            "docs": [
              "The whole stake, where it is parked: the last amount is 0 then. 0 where it is not."
            ],
            "type": "u64"
          }
        ]
      }
    },
    {
      "name": "staked",
      "docs": [
        "A node staked."
      ],
      "type": {
        "kind": "struct",
        "fields": [
          {
            "name": "task",
            "docs": [
              "The task."
            ],
            "type": "pubkey"
          },
          {
            "name": "node",
            "docs": [
              "The node."
            ],
            "type": "pubkey"
          },
          {
            "name": "amount",
            "docs": [
              "What was staked."
            ],
            "type": "u64"
          },
          {
            "name": "stakeBefore",
            "docs": [
              "The node's whole stake before."
            ],
            "type": "u64"
          },
          {
            "name": "stakeAfter",
            "docs": [
              "The node's whole stake after."
            ],
            "type": "u64"
          },
          {
            "name": "activeFromRound",
            "docs": [
              "The round from which the deposit is active."
            ],
            "type": "u64"
          }
        ]
      }
    },
    {
      "name": "status",
      "docs": [
        "How far a submission or list has come. It only moves forward:",
        "",
        "```text",
        "Pending -> Challenged -> Standing | Invalid",
        "submission: Pending | Standing -> Paid",
        "list:       Pending | Standing -> Accepted,   Invalid -> Rejected",
        "```",
        "",
        "- 0 `Pending`: Handed in, and not challenged.",
        "- 1 `Challenged`: An audit is open.",
        "- 2 `Standing`: Audited, and it stands.",
        "- 3 `Invalid`: Audited, and it fell.",
        "- 4 `Paid`: A submission that was paid.",
        "- 5 `Accepted`: A list that was accepted.",
        "- 6 `Rejected`: A list that was rejected."
      ],
      "type": {
        "kind": "enum",
        "variants": [
          {
            "name": "pending"
          },
          {
            "name": "challenged"
          },
          {
            "name": "standing"
          },
          {
            "name": "invalid"
          },
          {
            "name": "paid"
          },
          {
            "name": "accepted"
          },
          {
            "name": "rejected"
          }
        ]
      }
    },
    {
      "name": "subject",
      "docs": [
        "What every subject of an audit has in common; the first field of [`Submission`] and of",
        "[`DistributionList`], so that one path audits both."
      ],
      "serialization": "bytemuck",
      "repr": {
        "kind": "c"
      },
      "type": {
        "kind": "struct",
        "fields": [
          {
            "name": "task",
            "docs": [
              "The task."
            ],
            "type": "pubkey"
          },
          {
            "name": "cycle",
            "docs": [
              "The account of the cycle it belongs to."
            ],
            "type": "pubkey"
          },
          {
            "name": "author",
            "docs": [
              "The node that handed it in, and answers for it with its stake."
            ],
            "type": "pubkey"
          },
          {
            "name": "payer",
            "docs": [
              "Who paid this account's rent."
            ],
            "type": "pubkey"
          },
          {
            "name": "cycleNumber",
            "docs": [
              "The number of the cycle."
            ],
            "type": "u64"
          },
          {
            "name": "windowRound",
            "docs": [
              "The round in whose windows it is handed in and audited."
            ],
            "type": "u64"
          },
          {
            "name": "slot",
            "docs": [
              "The slot at which it was handed in."
            ],
            "type": "u64"
          },
          {
            "name": "audit",
            "docs": [
              "The audit, once somebody challenges."
            ],
            "type": {
              "defined": {
                "name": "audit"
              }
            }
          },
          {
            "name": "status",
            "docs": [
              "See [`Status`]."
            ],
            "type": "u8"
          },
          {
            "name": "bump",
            "docs": [
              "Canonical bump of this address."
            ],
            "type": "u8"
          },
          {
            "name": "padding",
            "docs": [
              "Unused, 0."
            ],
            "type": {
              "array": [
                "u8",
                6
              ]
            }
          }
        ]
      }
    },
    {
      "name": "subjectClosed",
      "docs": [
        "A submission or list was closed."
      ],
      "type": {
        "kind": "struct",
        "fields": [
          {
            "name": "task",
            "docs": [
              "The task."
            ],
            "type": "pubkey"
          },
          {
            "name": "subject",
            "docs": [
              "The submission or list."
            ],
            "type": "pubkey"
          },
          {
            "name": "kind",
            "docs": [
              "Which of the two it was."
            ],
            "type": {
              "defined": {
                "name": "subjectKind"
              }
            }
          }
        ]
      }
    },
    {
      "name": "subjectKind",
      "docs": [
        "Which of the two a subject is."
      ],
      "type": {
        "kind": "enum",
        "variants": [
          {
            "name": "submission"
          },
          {
            "name": "list"
          }
        ]
      }
    },
    {
      "name": "submission",
      "docs": [
        "A node's proof of work for one cycle. Its value follows these fields: `value_len` bytes, from byte 280 of",
        "the account's data ([`Submission::SPACE`]) to its end.",
        "",
        "Seeds: `[\"submission\", cycle, node]`."
      ],
      "serialization": "bytemuck",
      "repr": {
        "kind": "c"
      },
      "type": {
        "kind": "struct",
        "fields": [
          {
            "name": "subject",
            "docs": [
              "Whose it is, how far it has come, and its audit."
            ],
            "type": {
              "defined": {
                "name": "subject"
              }
            }
          },
          {
            "name": "valueLen",
            "docs": [
              "Bytes of the value, at most [`MAX_SUBMISSION_LEN`](crate::MAX_SUBMISSION_LEN). They follow these fields."
            ],
            "type": "u16"
          },
          {
            "name": "hasProposed",
            "docs": [
              "1 once its node has proposed a list for this cycle."
            ],
            "type": "u8"
          },
          {
            "name": "padding",
            "docs": [
              "Unused, 0."
            ],
            "type": {
              "array": [
                "u8",
                5
              ]
            }
          }
        ]
      }
    },
    {
      "name": "submitted",
      "docs": [
        "A node submitted a proof."
      ],
      "type": {
        "kind": "struct",
        "fields": [
          {
            "name": "task",
            "docs": [
              "The task."
            ],
            "type": "pubkey"
          },
          {
            "name": "node",
            "docs": [
              "The node."
            ],
            "type": "pubkey"
          },
          {
            "name": "cycle",
            "docs": [
              "The cycle's number."
            ],
            "type": "u64"
          },
          {
            "name": "submissions",
            "docs": [
              "Submissions in the cycle, this one included."
            ],
            "type": "u32"
          },
          {
            "name": "lockedUntilSlot",
            "docs": [
              "First slot at which the node's stake can be withdrawn."
            ],
            "type": "u64"
          }
        ]
      }
    },
    {
      "name": "task",
      "docs": [
        "A task: its terms, and the book-keeping of its two pots.",
        "",
        "Seeds: `[\"task\", creator, task_id LE, terms hash]`. The terms never change, and an address stands for",
        "its terms for ever. The hot instructions only read this account."
      ],
      "serialization": "bytemuck",
      "repr": {
        "kind": "c"
      },
      "type": {
        "kind": "struct",
        "fields": [
          {
            "name": "creator",
            "docs": [
              "Who created the task; part of its address."
            ],
            "type": "pubkey"
          },
          {
            "name": "manager",
            "docs": [
              "Who may activate, deactivate, migrate and close it."
            ],
            "type": "pubkey"
          },
          {
            "name": "pendingManager",
            "docs": [
              "Who may become the manager by accepting; all zeros where nobody may."
            ],
            "type": "pubkey"
          },
          {
            "name": "migratedTo",
            "docs": [
              "The task that succeeds this one; all zeros while none does."
            ],
            "type": "pubkey"
          },
          {
            "name": "mint",
            "docs": [
              "The mint that stakes and bounties are counted in."
            ],
            "type": "pubkey"
          },
          {
            "name": "tokenProgram",
            "docs": [
              "The token program that owns the mint."
            ],
            "type": "pubkey"
          },
          {
            "name": "stakePot",
            "docs": [
              "Token account that holds all stake; its authority is this account."
            ],
            "type": "pubkey"
          },
          {
            "name": "bountyPot",
            "docs": [
              "Token account that holds the bounty and all that is owed to nodes; its authority too is this",
              "account."
            ],
            "type": "pubkey"
          },
          {
            "name": "termsHash",
            "docs": [
              "Hash (sha256) over the terms, the mint and the texts; part of the address. See",
              "[`terms_hash`](crate::terms_hash)."
            ],
            "type": {
              "array": [
                "u8",
                32
              ]
            }
          },
          {
            "name": "taskId",
            "docs": [
              "The creator's own number for the task; part of its address."
            ],
            "type": "u64"
          },
          {
            "name": "schedule",
            "docs": [
              "When what is allowed."
            ],
            "type": {
              "defined": {
                "name": "schedule"
              }
            }
          },
          {
            "name": "minimumStakeAmount",
            "docs": [
              "Least active stake, in base units, with which a node takes part."
            ],
            "type": "u64"
          },
          {
            "name": "bountyAmountPerRound",
            "docs": [
              "What is set aside for a cycle when it is opened, in base units."
            ],
            "type": "u64"
          },
          {
            "name": "claimWindow",
            "docs": [
              "Rounds in which payouts can be made for sure, after a list's acceptance or the last attempt at one."
            ],
            "type": "u64"
          },
          {
            "name": "idleRounds",
            "docs": [
              "Rounds without an act of a node after which its stake may be parked; 0: never."
            ],
            "type": "u64"
          },
          {
            "name": "totalStake",
            "docs": [
              "Sum of all stake, warming and parked included, in base units (I3)."
            ],
            "type": "u64"
          },
          {
            "name": "electorate",
            "docs": [
              "Stake and nodes that can vote, now and in the rounds to come (I3)."
            ],
            "type": {
              "defined": {
                "name": "electorate"
              }
            }
          },
          {
            "name": "nodeCount",
            "docs": [
              "Stake accounts that exist."
            ],
            "type": "u64"
          },
          {
            "name": "bountyFunded",
            "docs": [
              "All that ever came in from outside, in base units: funded, or moved here by migrations."
            ],
            "type": "u64"
          },
          {
            "name": "bountyAvailable",
            "docs": [
              "Part of the bounty pot that is set aside for no cycle and that no node is owed, in base units."
            ],
            "type": "u64"
          },
          {
            "name": "bountyReserved",
            "docs": [
              "Sum of what open cycles owe, in base units, with what they have paid of it; see",
              "[`Cycle::owed`](super::Cycle::owed)."
            ],
            "type": "u64"
          },
          {
            "name": "bountyPaid",
            "docs": [
              "Sum of what closed cycles have paid, in base units; what open cycles have paid comes on top."
            ],
            "type": "u64"
          },
          {
            "name": "bountyFromSlashes",
            "docs": [
              "All that slashes ever added to `bounty_available`, in base units."
            ],
            "type": "u64"
          },
          {
            "name": "bountyMigrated",
            "docs": [
              "All that ever moved to the successor, in base units."
            ],
            "type": "u64"
          },
          {
            "name": "quorumBps",
            "docs": [
              "Share of the electorate that must call a submission invalid for it to fall undecided, in basis",
              "points."
            ],
            "type": "u16"
          },
          {
            "name": "slashBps",
            "docs": [
              "Share of its stake that the author of an invalid subject loses, in basis points."
            ],
            "type": "u16"
          },
          {
            "name": "falseChallengeBps",
            "docs": [
              "Share of its stake that a false challenger loses, in basis points."
            ],
            "type": "u16"
          },
          {
            "name": "challengerBps",
            "docs": [
              "Share of a slash that goes to the party in the right, in basis points."
            ],
            "type": "u16"
          },
          {
            "name": "voterBps",
            "docs": [
              "Share of a slash that goes to the voters in the right, in basis points."
            ],
            "type": "u16"
          },
          {
            "name": "allowedFailedDistributions",
            "docs": [
              "Attempts at a list that may fail before the cycle fails."
            ],
            "type": "u8"
          },
          {
            "name": "votingRule",
            "docs": [
              "0: one vote a node; 1: by active stake. See [`Task::voting`]."
            ],
            "type": "u8"
          },
          {
            "name": "isActive",
            "docs": [
              "1 while nodes may stake and open cycles."
            ],
            "type": "u8"
          },
          {
            "name": "mintDecimals",
            "docs": [
              "Decimals of the mint."
            ],
            "type": "u8"
          },
          {
            "name": "bump",
            "docs": [
              "Canonical bump of this address."
            ],
            "type": "u8"
          },
          {
            "name": "isAllowlisted",
            "docs": [
              "1 where a manager of the config vouches for the task."
            ],
            "type": "u8"
          },
          {
            "name": "equalShares",
            "docs": [
              "1 where the submissions of a failed cycle are paid in equal shares."
            ],
            "type": "u8"
          },
          {
            "name": "padding",
            "docs": [
              "Unused, 0."
            ],
            "type": {
              "array": [
                "u8",
                7
              ]
            }
          }
        ]
      }
    },
    {
      "name": "taskActiveSet",
      "docs": [
        "A task was activated or deactivated."
      ],
      "type": {
        "kind": "struct",
        "fields": [
          {
            "name": "task",
            "docs": [
              "The task."
            ],
            "type": "pubkey"
          },
          {
            "name": "activeBefore",
            "docs": [
              "Whether it was active before."
            ],
            "type": "bool"
          },
          {
            "name": "activeAfter",
            "docs": [
              "Whether it is active now."
            ],
            "type": "bool"
          }
        ]
      }
    },
    {
      "name": "taskAllowlisted",
      "docs": [
        "A manager of the config allowlisted a task, or took that back."
      ],
      "type": {
        "kind": "struct",
        "fields": [
          {
            "name": "task",
            "docs": [
              "The task."
            ],
            "type": "pubkey"
          },
          {
            "name": "manager",
            "docs": [
              "The manager."
            ],
            "type": "pubkey"
          },
          {
            "name": "allowlistedBefore",
            "docs": [
              "Whether the task was allowlisted before."
            ],
            "type": "bool"
          },
          {
            "name": "allowlistedAfter",
            "docs": [
              "Whether it is now."
            ],
            "type": "bool"
          }
        ]
      }
    },
    {
      "name": "taskClosed",
      "docs": [
        "A task was closed."
      ],
      "type": {
        "kind": "struct",
        "fields": [
          {
            "name": "task",
            "docs": [
              "The task."
            ],
            "type": "pubkey"
          },
          {
            "name": "destination",
            "docs": [
              "The token account that got what was left."
            ],
            "type": "pubkey"
          },
          {
            "name": "fromStakePot",
            "docs": [
              "What was left in the stake pot: donations."
            ],
            "type": "u64"
          },
          {
            "name": "fromBountyPot",
            "docs": [
              "What was left in the bounty pot: the rest of the bounty, and donations."
            ],
            "type": "u64"
          }
        ]
      }
    },
    {
      "name": "taskCreated",
      "docs": [
        "A task was created."
      ],
      "type": {
        "kind": "struct",
        "fields": [
          {
            "name": "task",
            "docs": [
              "The task."
            ],
            "type": "pubkey"
          },
          {
            "name": "creator",
            "docs": [
              "Its creator and first manager."
            ],
            "type": "pubkey"
          },
          {
            "name": "mint",
            "docs": [
              "Its mint."
            ],
            "type": "pubkey"
          },
          {
            "name": "termsHash",
            "docs": [
              "Hash (sha256) over its terms, mint and texts."
            ],
            "type": {
              "array": [
                "u8",
                32
              ]
            }
          },
          {
            "name": "startingSlot",
            "docs": [
              "First slot of its round 0."
            ],
            "type": "u64"
          }
        ]
      }
    },
    {
      "name": "taskFunded",
      "docs": [
        "A task's bounty grew."
      ],
      "type": {
        "kind": "struct",
        "fields": [
          {
            "name": "task",
            "docs": [
              "The task."
            ],
            "type": "pubkey"
          },
          {
            "name": "funder",
            "docs": [
              "Who paid."
            ],
            "type": "pubkey"
          },
          {
            "name": "amount",
            "docs": [
              "What was paid."
            ],
            "type": "u64"
          },
          {
            "name": "availableBefore",
            "docs": [
              "The available bounty before."
            ],
            "type": "u64"
          },
          {
            "name": "availableAfter",
            "docs": [
              "The available bounty after."
            ],
            "type": "u64"
          }
        ]
      }
    },
    {
      "name": "taskMetadata",
      "docs": [
        "A task's texts: what nodes read before they join, and nothing the rules depend on.",
        "",
        "Seeds: `[\"metadata\", task]`."
      ],
      "type": {
        "kind": "struct",
        "fields": [
          {
            "name": "task",
            "docs": [
              "The task these texts describe."
            ],
            "type": "pubkey"
          },
          {
            "name": "name",
            "docs": [
              "Name, at most 24 bytes."
            ],
            "type": "string"
          },
          {
            "name": "description",
            "docs": [
              "Description, at most 64 bytes."
            ],
            "type": "string"
          },
          {
            "name": "auditProgram",
            "docs": [
              "Where nodes find the program that works and audits (K2: `task_audit_program`)."
            ],
            "type": "string"
          },
          {
            "name": "metadata",
            "docs": [
              "Where more about the task can be found (K2: `task_metadata`)."
            ],
            "type": "string"
          },
          {
            "name": "network",
            "docs": [
              "What executes the task (K2: `task_executable_network`)."
            ],
            "type": "string"
          },
          {
            "name": "vars",
            "docs": [
              "Settings for the task's program (K2: `task_vars`)."
            ],
            "type": "string"
          },
          {
            "name": "bump",
            "docs": [
              "Canonical bump of this address."
            ],
            "type": "u8"
          }
        ]
      }
    },
    {
      "name": "taskMigrated",
      "docs": [
        "The available bounty of a task moved to its successor."
      ],
      "type": {
        "kind": "struct",
        "fields": [
          {
            "name": "task",
            "docs": [
              "The task, inactive for good."
            ],
            "type": "pubkey"
          },
          {
            "name": "successor",
            "docs": [
              "Its successor."
            ],
            "type": "pubkey"
          },
          {
            "name": "amount",
            "docs": [
              "What moved."
            ],
            "type": "u64"
          },
          {
            "name": "availableBefore",
            "docs": [
              "The task's available bounty before."
            ],
            "type": "u64"
          },
          {
            "name": "availableAfter",
            "docs": [
              "The task's available bounty after: 0."
            ],
            "type": "u64"
          },
          {
            "name": "successorAvailableAfter",
            "docs": [
              "The successor's available bounty after."
            ],
            "type": "u64"
          }
        ]
      }
    },
    {
      "name": "taskParams",
      "docs": [
        "The terms of a task. They never change."
      ],
      "type": {
        "kind": "struct",
        "fields": [
          {
            "name": "startingSlot",
            "docs": [
              "First slot of round 0, after the present slot."
            ],
            "type": "u64"
          },
          {
            "name": "roundTime",
            "docs": [
              "Length of a round, in slots."
            ],
            "type": "u64"
          },
          {
            "name": "submissionWindow",
            "docs": [
              "Slots after a round's first in which subjects are handed in."
            ],
            "type": "u64"
          },
          {
            "name": "auditWindow",
            "docs": [
              "Slots after that in which they are audited."
            ],
            "type": "u64"
          },
          {
            "name": "minimumStakeAmount",
            "docs": [
              "Least active stake of a node, in base units."
            ],
            "type": "u64"
          },
          {
            "name": "bountyAmountPerRound",
            "docs": [
              "What is set aside for a cycle when it is opened, in base units."
            ],
            "type": "u64"
          },
          {
            "name": "claimWindow",
            "docs": [
              "Rounds in which payouts can be made for sure, after a list's acceptance or the last attempt at one."
            ],
            "type": "u64"
          },
          {
            "name": "idleRounds",
            "docs": [
              "Rounds without an act of a node after which its stake may be parked; 0: never."
            ],
            "type": "u64"
          },
          {
            "name": "allowedFailedDistributions",
            "docs": [
              "Attempts at a list that may fail before the cycle fails."
            ],
            "type": "u8"
          },
          {
            "name": "votingRule",
            "docs": [
              "How votes are weighed."
            ],
            "type": {
              "defined": {
                "name": "votingRule"
              }
            }
          },
          {
            "name": "equalShares",
            "docs": [
              "Whether the task pays each submission the same: those of a failed cycle are paid so, without a list."
            ],
            "type": "bool"
          },
          {
            "name": "quorumBps",
            "docs": [
              "Share of the electorate that must call a submission invalid for it to fall undecided, in basis",
              "points."
            ],
            "type": "u16"
          },
          {
            "name": "slashBps",
            "docs": [
              "Share of its stake that the author of an invalid subject loses, in basis points."
            ],
            "type": "u16"
          },
          {
            "name": "falseChallengeBps",
            "docs": [
              "Share of its stake that a false challenger loses, in basis points."
            ],
            "type": "u16"
          },
          {
            "name": "challengerBps",
            "docs": [
              "Share of a slash that goes to the party in the right, in basis points."
            ],
            "type": "u16"
          },
          {
            "name": "voterBps",
            "docs": [
              "Share of a slash that goes to the voters in the right, in basis points."
            ],
            "type": "u16"
          }
        ]
      }
    },
    {
      "name": "taskTexts",
      "docs": [
        "The texts of a task; see [`TaskMetadata`] for what each means and how long it may be."
      ],
      "type": {
        "kind": "struct",
        "fields": [
          {
            "name": "name",
            "docs": [
              "Name."
            ],
            "type": "string"
          },
          {
            "name": "description",
            "docs": [
              "Description."
            ],
            "type": "string"
          },
          {
            "name": "auditProgram",
            "docs": [
              "Where nodes find the task's program."
            ],
            "type": "string"
          },
          {
            "name": "metadata",
            "docs": [
              "Where more can be found."
            ],
            "type": "string"
          },
          {
            "name": "network",
            "docs": [
              "What executes the task."
            ],
            "type": "string"
          },
          {
            "name": "vars",
            "docs": [
              "Settings for the task's program."
            ],
            "type": "string"
          }
        ]
      }
    },
    {
      "name": "voteClosed",
      "docs": [
        "A vote was closed, and its share of a slash credited."
      ],
      "type": {
        "kind": "struct",
        "fields": [
          {
            "name": "task",
            "docs": [
              "The task."
            ],
            "type": "pubkey"
          },
          {
            "name": "subject",
            "docs": [
              "The submission or list voted on."
            ],
            "type": "pubkey"
          },
          {
            "name": "voter",
            "docs": [
              "The node that had voted."
            ],
            "type": "pubkey"
          },
          {
            "name": "share",
            "docs": [
              "What it was credited."
            ],
            "type": "u64"
          },
          {
            "name": "balanceBefore",
            "docs": [
              "The node's available balance before."
            ],
            "type": "u64"
          },
          {
            "name": "balanceAfter",
            "docs": [
              "The node's available balance after."
            ],
            "type": "u64"
          }
        ]
      }
    },
    {
      "name": "votingRule",
      "docs": [
        "How votes are weighed."
      ],
      "type": {
        "kind": "enum",
        "variants": [
          {
            "name": "perNode"
          },
          {
            "name": "byStake"
          }
        ]
      }
    },
    {
      "name": "withdrawn",
      "docs": [
        "A node withdrew stake."
      ],
      "type": {
        "kind": "struct",
        "fields": [
          {
            "name": "task",
            "docs": [
              "The task."
            ],
            "type": "pubkey"
          },
          {
            "name": "node",
            "docs": [
              "The node."
            ],
            "type": "pubkey"
          },
          {
            "name": "amount",
            "docs": [
              "What was withdrawn."
            ],
            "type": "u64"
          },
          {
            "name": "stakeBefore",
            "docs": [
              "The node's whole stake before."
            ],
            "type": "u64"
          },
          {
            "name": "stakeAfter",
            "docs": [
              "The node's whole stake after."
            ],
            "type": "u64"
          }
        ]
      }
    }
  ],
  "constants": [
    {
      "name": "bountyPotSeed",
      "docs": [
        "Seed of a task's bounty pot: `[BOUNTY_POT_SEED, task]`."
      ],
      "type": "bytes",
      "value": "[98, 111, 117, 110, 116, 121, 95, 112, 111, 116]"
    },
    {
      "name": "configSeed",
      "docs": [
        "Seed of the [`Config`](crate::state::Config): `[CONFIG_SEED]`."
      ],
      "type": "bytes",
      "value": "[99, 111, 110, 102, 105, 103]"
    },
    {
      "name": "cycleSeed",
      "docs": [
        "Seed of a [`Cycle`](crate::state::Cycle): `[CYCLE_SEED, task, number LE]`."
      ],
      "type": "bytes",
      "value": "[99, 121, 99, 108, 101]"
    },
    {
      "name": "listSeed",
      "docs": [
        "Seed of a [`DistributionList`](crate::state::DistributionList): `[LIST_SEED, cycle, attempt]`."
      ],
      "type": "bytes",
      "value": "[108, 105, 115, 116]"
    },
    {
      "name": "maxFailedDistributions",
      "docs": [
        "Most attempts at a list that a task may let fail."
      ],
      "type": "u8",
      "value": "15"
    },
    {
      "name": "maxManagers",
      "docs": [
        "Most managers that the config has room for."
      ],
      "type": "u64",
      "value": "16"
    },
    {
      "name": "maxNameLen",
      "docs": [
        "Longest name of a task, in bytes."
      ],
      "type": "u64",
      "value": "24"
    },
    {
      "name": "maxSubmissionLen",
      "docs": [
        "Longest value of a submission, in bytes."
      ],
      "type": "u64",
      "value": "512"
    },
    {
      "name": "maxTextLen",
      "docs": [
        "Longest of a task's other texts, of a node's endpoint and of a list's uri, in bytes."
      ],
      "type": "u64",
      "value": "64"
    },
    {
      "name": "metadataSeed",
      "docs": [
        "Seed of a [`TaskMetadata`](crate::state::TaskMetadata): `[METADATA_SEED, task]`."
      ],
      "type": "bytes",
      "value": "[109, 101, 116, 97, 100, 97, 116, 97]"
    },
    {
      "name": "stakePotSeed",
      "docs": [
        "Seed of a task's stake pot: `[STAKE_POT_SEED, task]`."
      ],
      "type": "bytes",
      "value": "[115, 116, 97, 107, 101, 95, 112, 111, 116]"
    },
    {
      "name": "stakeSeed",
      "docs": [
        "Seed of a [`NodeStake`](crate::state::NodeStake): `[STAKE_SEED, task, node]`."
      ],
      "type": "bytes",
      "value": "[115, 116, 97, 107, 101]"
    },
    {
      "name": "submissionSeed",
      "docs": [
        "Seed of a [`Submission`](crate::state::Submission): `[SUBMISSION_SEED, cycle, node]`."
      ],
      "type": "bytes",
      "value": "[115, 117, 98, 109, 105, 115, 115, 105, 111, 110]"
    },
    {
      "name": "taskSeed",
      "docs": [
        "Seed of a [`Task`](crate::state::Task): `[TASK_SEED, creator, task_id LE,",
        "terms hash]`."
      ],
      "type": "bytes",
      "value": "[116, 97, 115, 107]"
    },
    {
      "name": "voteSeed",
      "docs": [
        "Seed of an [`AuditVote`](crate::state::AuditVote): `[VOTE_SEED, subject, voter]`."
      ],
      "type": "bytes",
      "value": "[118, 111, 116, 101]"
    }
  ]
};
