export { checkpointRevision } from './checkpoint-revision.js';
export type { Fleet, FleetAddress, FleetOptions } from './fleet.js';
export { FLEET_QUEUE, openFleet } from './fleet.js';
export { modelAnswerer } from './model-answerer.js';
export type { AnswerSettings, ModelOptions } from './settings.js';
export { modelOptions } from './settings.js';
export type { FleetWorkerOptions } from './worker.js';
export { startFleetWorker } from './worker.js';
