export { readSponsorshipExtension, SPONSORSHIP_EXTENSION } from './extension.js';
export { minAdaOfPayment } from './paying-output-min-ada.js';
export { sponsorable } from './rules/method.js';
export {
  SPONSORSHIP_RULES,
  sponsorshipOutputsStage,
  sponsorshipRequestStage,
  sponsorshipTransactionStage,
} from './stages.js';
