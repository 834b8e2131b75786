export type { AnswerDefaults } from './chat/read-request.js';
export type { ChatRequest } from './chat/request-schema.js';
export type { Completion, CompletionChunk, Extension } from './chat/response-schema.js';
export type { ApiErrorBody } from './http/api-error.js';
export type { ModelChoice } from './inference/protocol.js';
export type { ServerLimits } from './limits.js';
export { DEFAULT_LIMITS } from './limits.js';
export type { RunningServer, ServerOptions } from './start-server.js';
export { startServer } from './start-server.js';
