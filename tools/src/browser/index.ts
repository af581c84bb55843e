export { type BrowserProvision, provideChromium } from './provide-chromium.js';
