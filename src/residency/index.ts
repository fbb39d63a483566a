export { listAll, type RecordBucket } from "./record-bucket.ts";
export {
  ABROAD_MS_MAX,
  RESIDENT_LIVE_MS,
  residencyOff,
  residencyOn,
  type ResidencyReport,
} from "./report.ts";
export { moveHome, type Places, residentBucket } from "./resident-bucket.ts";
export { s3Bucket, type S3Ports } from "./s3-bucket.ts";
export { parseResidency, type ResidencySettings } from "./settings.ts";
