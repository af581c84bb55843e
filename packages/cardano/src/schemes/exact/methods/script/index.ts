export { scriptMethod } from './script-method.js';
