export { readTorchHeader } from './torch-header.js';
