export { openScreening, type Screening } from './screening.js';
