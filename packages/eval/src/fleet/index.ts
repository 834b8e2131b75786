export type { FleetOptions, FleetWorkerOptions } from './fleet.js';
export { openFleet, startFleetWorker } from './fleet.js';
export { fleetQueue } from './job.js';
