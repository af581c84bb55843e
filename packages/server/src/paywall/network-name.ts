import type { Messages } from './messages/fill.js';

export function networkName(network: string, messages: Messages): string {
  switch (network) {
    case 'cardano:mainnet':
      return messages.mainnet;
    case 'cardano:preprod':
      return messages.preprod;
    case 'cardano:preview':
      return messages.preview;
    default:
      return network;
  }
}
