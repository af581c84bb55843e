export {
  askForSponsorship,
  FEE_SPONSORSHIP,
  type FeeSponsorship,
  sponsorshipUrlOf,
} from './fee-sponsorship.js';
