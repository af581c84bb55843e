/**
 * Every word of the page. `{name}` is filled in. A language is a table like this one, in a file next to it, listed in
 * `index.ts`.
 */
export const en = {
  title: 'Payment required',
  at: 'At',
  network: 'Network',
  mainnet: 'Cardano',
  preprod: 'Cardano Preprod (test money)',
  preview: 'Cardano Preview (test money)',
  priceChoice: 'Choose how to pay',
  feeNote: 'Plus the network fee, about 0.2 ADA.',
  feeNoteToken: 'Plus the network fee, about 0.2 ADA. A token takes about 1.2 ADA along.',
  units: '{amount} units of {name}',
  notPayable: 'This page cannot make this payment. A program that speaks x402 can.',
  needsScript: 'This page needs JavaScript to reach your wallet.',
  loading: 'Looking for wallets…',

  payWith: 'Pay with your wallet',
  payWithName: 'Pay with {wallet}',
  payHint: 'Your wallet shows the payment before you sign it. This page never sees your keys.',
  noWallet: 'No Cardano wallet found',
  noWalletHint:
    'Install a wallet such as Eternl, Lace or Vespr in this browser, or open this page in the browser of your wallet’s app.',
  lookAgain: 'Look again',

  connectingTitle: 'Connect {wallet}',
  connectingHint:
    'Your wallet asks whether this site may see your balance. It cannot spend anything by that.',
  signingTitle: 'Confirm in {wallet}',
  signingHint: 'Check the amount there, then sign. Nothing is paid before.',

  refusedConnect: 'You did not connect {wallet}. Nothing was paid.',
  refusedSign: 'You did not sign. Nothing was paid.',
  wrongNetwork: '{wallet} is on another network. Switch it to {network}, then try again. Nothing was paid.',
  tooLittle:
    'There is too little money in {wallet}: the price is {price}, and it holds {held}. Nothing was paid.',
  tooLittleFee:
    '{wallet} holds the price, but too little ADA in addition for the fee and for what must stay in the wallet. Nothing was paid.',
  walletBusy:
    '{wallet} does not show yet that your last payment went through. Wait a moment, then try again. Nothing was paid.',
  priceChanged:
    'The price has changed since this page was loaded. Load it again to see the new one. Nothing was paid.',
  walletFailed: '{wallet} could not make the payment: {reason}. Nothing was paid.',
  notSafe: 'The payment was stopped before you signed it: {reason}. Nothing was paid.',
  noStorage:
    'This browser lets the page keep nothing, so a payment could get lost. Allow storage for this site, then try again. Nothing was paid.',
  noAnswer: 'The shop does not answer. Nothing was paid. Try again in a moment.',
  reload: 'Load again',

  progressTitle: 'Your payment is on its way',
  resumedTitle: 'Going on with your payment',
  progressHint:
    'You may close this page and come back. It goes on with this payment and never makes another one.',
  stepSigned: 'Signed by you',
  stepSent: 'Sent to the shop',
  stepConfirmed: 'Confirmed on Cardano',
  stepDelivered: 'Delivered',
  waitingBlock: 'Waiting for the next block. That takes about 20 seconds, at times some minutes.',
  slowChain: 'The chain is slow at the moment. Your payment is safe and goes on by itself.',
  noConnection: 'No answer from the shop. The same payment is shown to it again by itself.',
  tryNow: 'Try now',
  transaction: 'Transaction',
  elsewhere: 'This payment goes on in another tab',
  elsewhereHint: 'This page waits for it, so that you do not pay twice.',

  paid: 'Paid',
  doneTitle: 'Paid. Here it is',
  doneHint: 'For a while you can open it again at this address.',
  opening: 'Opening…',
  open: 'Open',
  save: 'Save as a file',
  fileSize: '{type}, {size}',

  boughtTitle: 'You have bought this',
  boughtHint: 'You paid {price} on {date}.',
  openAgain: 'Open it again',
  buyAgain: 'Or buy it again',
  notKept: 'The shop no longer keeps what you bought for {price} on {date}.',

  sellerRefused:
    'The shop refused the payment: {reason}. If you pay again, the new payment uses the same money, so that only one of them can happen.',
  undecidedTitle: 'The shop has not delivered',
  undecidedHint:
    'Your payment may be on the chain: {reason}. Try again, or give the shop the transaction below. Do not pay again before you have looked into your wallet’s history.',
  moneySpent: 'the money that it used has been spent',
  tryAgain: 'Try again',
  payAnew: 'Pay again…',
  payAnewTitle: 'Pay a second time?',
  payAnewHint:
    'If the transaction below is in your wallet’s history, you have paid already, and would pay twice.',
  payAnewEarly: 'The first payment can still happen until {time}. Only after that can you pay again.',
  payAnewYes: 'It is not there: pay again',
  back: 'Back',
} as const satisfies Readonly<Record<string, string>>;

/** A language of the page: every message, by its key. */
export type Messages = Readonly<Record<keyof typeof en, string>>;
