/** What waits for PhonePe's schedule for half a minute, all of it side by side in one file. */
import "./waits/faults.ts";
import "./waits/patience.ts";
import "./waits/switches.ts";
