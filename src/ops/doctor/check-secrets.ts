/** The two secrets: do they parse? What is wrong is named by its place, never quoted. */
import { errorMessage } from "#base";
import { type Directory, parseDirectory, parseKeyring } from "#vault";
import { fail, type Finding, ok, warn } from "./finding.ts";

export function judgeMasterKeys(text: string | undefined): Finding {
  const check = "MASTER_KEYS";
  if (text === undefined) {
    return warn(check, "not given here, so not checked.", "put it into the environment.");
  }
  const fault = faultOf(check, () => parseKeyring(text));
  if (fault === undefined) return ok(check, "parses, and the current key is there.");
  return fail(
    check,
    `${fault}.`,
    'give {"current":"k1","keys":{"k1":"<base64 of 32 random bytes>"}}; `openssl rand -base64 32` makes one.',
  );
}

/** Also finds an id that stands twice, by the same parser that the gateway starts with. */
export function judgeBootstrap(text: string | undefined): {
  readonly finding: Finding;
  readonly directory?: Directory;
} {
  const check = "BOOTSTRAP";
  if (text === undefined) {
    return {
      finding: fail(
        check,
        "not given here: nothing about merchants can be checked.",
        "put it into the environment, or in development into .dev.vars.",
      ),
    };
  }
  let directory: Directory | undefined;
  const fault = faultOf(check, () => {
    directory = parseDirectory(text);
  });
  if (!directory) {
    const mend = "correct the named place; docs/deploy.md shows the whole form.";
    return { finding: fail(check, `${fault ?? "cannot be read"}.`, mend) };
  }
  const { merchants, apiKeys } = directory;
  if (merchants.size === 0) {
    return {
      finding: fail(check, "names no merchant.", "add one: docs/deploy.md shows the form."),
    };
  }
  const says = `parses: merchants ${merchants.size}, API keys ${apiKeys.size}, no id twice.`;
  return { finding: ok(check, says), directory };
}

/** The parsers name the secret they read first; any other error's text is not ours and stays unsaid. */
function faultOf(name: string, parse: () => unknown): string | undefined {
  try {
    parse();
    return undefined;
  } catch (error) {
    const message = errorMessage(error);
    return message.startsWith(name)
      ? message.slice(name.length).replace(/^:? /, "")
      : "cannot be read";
  }
}
