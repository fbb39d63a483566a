export type {
  Attempt,
  Checkout,
  Payment,
  PaymentRefund,
  PaymentState,
  PaymentStatus,
  Refund,
  RefundState,
  SecurityNote,
  TimelineEntry,
} from "./answers.ts";
export {
  type Client,
  type ClientOptions,
  createClient,
  type StatusOptions,
  type WriteOptions,
} from "./create-client.ts";
export type { EncryptionOptions } from "./encryption.ts";
export { ConnectionError, type FieldError, ProblemError, type ProblemFields } from "./errors.ts";
export type { JwkSet } from "./gateway-keys.ts";
export type { InitiateRequest, PaymentMode, PaymentModeConfig, RefundRequest } from "./requests.ts";
export type { Fetch } from "./send.ts";
export {
  type RequestToSign,
  type SignedRequest,
  type SigningKey,
  type SigningMoment,
  signRequest,
} from "./sign-request.ts";
export {
  acceptSignature,
  type AnswerContext,
  type AnswerVerdict,
  type ReceivedAnswer,
  verifyAnswer,
} from "./verify-answer.ts";
export {
  NotificationError,
  type NotificationHeaders,
  type NotificationToVerify,
  verifyNotification,
  type VerifyOptions,
} from "./verify-notification.ts";
