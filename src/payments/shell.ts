import type { Clock } from "#base";
import type { PaymentEvent } from "./machine.ts";
import type { Payment } from "./model.ts";
import type { CheckoutPage, RequestIdentity } from "./presenter.ts";
import type { WaitingRoom } from "./waiting-room.ts";

/** What a command needs of the payment's object while it is in. */
export interface Shell {
  readonly storage: DurableObjectStorage;
  readonly nowMs: Clock;
  readonly answerBudgetMs: number;
  readonly room: WaitingRoom;
  /** The payment as it is now: read again after every wait. */
  readonly loaded: () => Payment;
  readonly checkout: () => CheckoutPage;
  /** Takes one step of the machine; it is written when this returns. */
  readonly apply: (event: PaymentEvent, by?: RequestIdentity) => void;
}
