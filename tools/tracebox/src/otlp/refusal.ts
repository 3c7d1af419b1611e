/**
 * The sender's request cannot be taken, and would not be if it were sent again. The message is a
 * sentence for the sender and never repeats what was sent.
 */
export class Refusal extends Error {
  override readonly name = 'Refusal';
}
