/**
 * Answers a node's questions: one JSON object a line, on standard input and output. Only answers may be printed there; what is
 * printed to standard error goes into the node's log.
 */

import { answer } from "./answer";
import { read, write } from "./lines";

for (let question = read(); question !== null; question = read()) {
  write(answer(question));
}
