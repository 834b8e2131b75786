// The inference process: one model. It is forked by the server and speaks the messages of
// inference/protocol.ts.
import { serveParent } from './inference/serve-parent.js';

serveParent();
