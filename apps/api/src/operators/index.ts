export { type OperatorsOptions, operatorsPlugin } from './operators.js';
