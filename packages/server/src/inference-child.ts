// The inference process: one model, one answer at a time. It is forked by the server and speaks the messages of
// inference/protocol.ts.
import { serveParent } from './inference/serve-parent.js';

serveParent();
