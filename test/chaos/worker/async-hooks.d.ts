/** The one thing that the chaos worker takes of Node (compatibility flag `nodejs_als`). */
declare module "node:async_hooks" {
  export class AsyncLocalStorage<Store> {
    run<Result>(store: Store, work: () => Result): Result;
    getStore(): Store | undefined;
  }
}
