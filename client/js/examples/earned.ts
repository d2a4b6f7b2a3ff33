// What a node can claim in a task: node dist/examples/earned.js TASK NODE
import { address, createSolanaRpc } from '@solana/kit';
import { fetchMaybeNodeStake, fetchTask, findNodeStakePda, roundAt } from 'gradual-consensus';

const rpc = createSolanaRpc('http://127.0.0.1:8899');
const [task = '', node = ''] = process.argv.slice(2);

const { data: terms } = await fetchTask(rpc, address(task));
const round = roundAt(terms.schedule, await rpc.getSlot().send());
const [stake] = await findNodeStakePda({ task: address(task), node: address(node) });
const found = await fetchMaybeNodeStake(rpc, stake);

console.log(`round ${round ?? 'before the start'}`);
if (found.exists) console.log(`${found.data.availableBalance} base units to claim`);
else console.log('this node has never staked in this task');
