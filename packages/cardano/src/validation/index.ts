export { type DescribedIssue, describeIssues, pathOf } from './describe-issues.js';
