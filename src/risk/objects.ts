/** The room's Durable Object: a door of its own, since the rest of the room also runs outside Workers. */
export {
  type MerchantQuestion,
  type MerchantStatistics,
  type ProfileAnswer,
  type ProfileDeps,
  ProfileObjectBase,
  profileObjectName,
} from "./profile-object.ts";
