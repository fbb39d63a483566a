/** The app of a deployment that was started to be restored into. */
import { appWith } from "../../support/app.ts";

export const TOKEN = "restore-token-of-32-characters-ok";
export const RESTORE = "/api/admin/restore";
export const openApp = () => appWith([], { settings: { RESTORE_TOKEN: TOKEN } });
