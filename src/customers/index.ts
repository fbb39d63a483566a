export {
  type CustomerDeps,
  CustomerObjectBase,
  customerObjectName,
  type Erasure,
} from "./customer-object.ts";
export { paymentContext } from "./personal-key.ts";
