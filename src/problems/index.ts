export { type ProblemCode, PROBLEMS } from "./catalogue.ts";
export {
  type FieldError,
  Problem,
  type ProblemOptions,
  type ProblemPlace,
  problemBody,
} from "./problem.ts";
