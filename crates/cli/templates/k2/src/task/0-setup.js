/** Before the first round. Nothing is asked before it is done. */
export async function setup() {
  console.log("my-task is set up");
}
