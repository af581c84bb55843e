import type { Messages } from './en.js';

export const de: Messages = {
  title: 'Zahlung nötig',
  at: 'Bei',
  network: 'Netz',
  mainnet: 'Cardano',
  preprod: 'Cardano Preprod (Testgeld)',
  preview: 'Cardano Preview (Testgeld)',
  priceChoice: 'Wie möchten Sie zahlen?',
  feeNote: 'Dazu kommt die Netzgebühr, etwa 0,2 ADA.',
  feeNoteToken: 'Dazu kommt die Netzgebühr, etwa 0,2 ADA. Ein Token nimmt etwa 1,2 ADA mit.',
  units: '{amount} Einheiten von {name}',
  notPayable: 'Diese Zahlung kann die Seite nicht ausführen. Ein Programm, das x402 spricht, kann es.',
  needsScript: 'Ohne JavaScript erreicht diese Seite Ihre Wallet nicht.',
  loading: 'Suche nach Wallets…',

  payWith: 'Mit Ihrer Wallet zahlen',
  payWithName: 'Mit {wallet} zahlen',
  payHint: 'Ihre Wallet zeigt die Zahlung, bevor Sie unterschreiben. Diese Seite sieht Ihre Schlüssel nie.',
  noWallet: 'Keine Cardano-Wallet gefunden',
  noWalletHint:
    'Installieren Sie in diesem Browser eine Wallet wie Eternl, Lace oder Vespr, oder öffnen Sie die Seite im Browser Ihrer Wallet-App.',
  lookAgain: 'Noch einmal suchen',

  connectingTitle: '{wallet} verbinden',
  connectingHint:
    'Ihre Wallet fragt, ob diese Seite Ihr Guthaben sehen darf. Ausgeben kann sie damit nichts.',
  signingTitle: 'In {wallet} bestätigen',
  signingHint: 'Prüfen Sie dort den Betrag, dann unterschreiben Sie. Vorher wird nichts bezahlt.',

  refusedConnect: 'Sie haben {wallet} nicht verbunden. Es wurde nichts bezahlt.',
  refusedSign: 'Sie haben nicht unterschrieben. Es wurde nichts bezahlt.',
  wrongNetwork:
    '{wallet} ist in einem anderen Netz. Wechseln Sie dort zu {network} und versuchen Sie es noch einmal. Es wurde nichts bezahlt.',
  tooLittle:
    'In {wallet} ist zu wenig Geld: Der Preis ist {price}, vorhanden ist {held}. Es wurde nichts bezahlt.',
  tooLittleFee:
    'In {wallet} liegt der Preis, aber zu wenig ADA für die Gebühr und für das, was in der Wallet bleiben muss. Es wurde nichts bezahlt.',
  walletBusy:
    '{wallet} zeigt noch nicht, dass Ihre letzte Zahlung durch ist. Warten Sie einen Moment und versuchen Sie es noch einmal. Es wurde nichts bezahlt.',
  priceChanged:
    'Der Preis hat sich geändert, seit die Seite geladen wurde. Laden Sie die Seite neu, um den neuen zu sehen. Es wurde nichts bezahlt.',
  walletFailed: '{wallet} konnte die Zahlung nicht ausführen: {reason}. Es wurde nichts bezahlt.',
  notSafe: 'Die Zahlung wurde angehalten, bevor Sie unterschrieben haben: {reason}. Es wurde nichts bezahlt.',
  noStorage:
    'Dieser Browser lässt die Seite nichts merken, deshalb könnte eine Zahlung verloren gehen. Erlauben Sie dieser Seite, Daten zu speichern, und versuchen Sie es noch einmal. Es wurde nichts bezahlt.',
  noAnswer: 'Der Anbieter antwortet nicht. Es wurde nichts bezahlt. Versuchen Sie es gleich noch einmal.',
  reload: 'Neu laden',

  progressTitle: 'Ihre Zahlung ist unterwegs',
  resumedTitle: 'Ihre Zahlung geht weiter',
  progressHint:
    'Sie können diese Seite schließen und wiederkommen. Sie macht mit dieser Zahlung weiter und nie eine zweite.',
  stepSigned: 'Von Ihnen unterschrieben',
  stepSent: 'Beim Anbieter',
  stepConfirmed: 'Auf Cardano bestätigt',
  stepDelivered: 'Geliefert',
  waitingBlock: 'Es fehlt noch der nächste Block. Das dauert etwa 20 Sekunden, manchmal einige Minuten.',
  slowChain: 'Die Chain ist gerade langsam. Ihre Zahlung ist sicher und geht von selbst weiter.',
  noConnection: 'Keine Antwort vom Anbieter. Dieselbe Zahlung wird ihm von selbst wieder gezeigt.',
  tryNow: 'Jetzt versuchen',
  transaction: 'Transaktion',
  elsewhere: 'Diese Zahlung läuft in einem anderen Tab',
  elsewhereHint: 'Diese Seite wartet darauf, damit Sie nicht zweimal zahlen.',

  paid: 'Bezahlt',
  doneTitle: 'Bezahlt. Hier ist es',
  doneHint: 'Eine Zeit lang können Sie es unter dieser Adresse wieder öffnen.',
  opening: 'Wird geöffnet…',
  open: 'Öffnen',
  save: 'Als Datei speichern',
  fileSize: '{type}, {size}',

  boughtTitle: 'Das haben Sie gekauft',
  boughtHint: 'Sie haben am {date} {price} bezahlt.',
  openAgain: 'Wieder öffnen',
  buyAgain: 'Oder noch einmal kaufen',
  notKept: 'Was Sie am {date} für {price} gekauft haben, hält der Anbieter nicht mehr bereit.',

  sellerRefused:
    'Der Anbieter hat die Zahlung abgelehnt: {reason}. Wenn Sie noch einmal zahlen, verwendet die neue Zahlung dasselbe Geld, sodass nur eine von beiden stattfinden kann.',
  undecidedTitle: 'Der Anbieter hat nicht geliefert',
  undecidedHint:
    'Ihre Zahlung kann auf der Chain sein: {reason}. Versuchen Sie es noch einmal, oder nennen Sie dem Anbieter die Transaktion unten. Zahlen Sie nicht noch einmal, bevor Sie im Verlauf Ihrer Wallet nachgesehen haben.',
  moneySpent: 'das Geld, das sie verwendet, ist ausgegeben',
  tryAgain: 'Noch einmal versuchen',
  payAnew: 'Noch einmal zahlen…',
  payAnewTitle: 'Ein zweites Mal zahlen?',
  payAnewHint:
    'Steht die Transaktion unten im Verlauf Ihrer Wallet, dann haben Sie schon bezahlt und würden doppelt zahlen.',
  payAnewEarly:
    'Die erste Zahlung kann noch bis {time} stattfinden. Erst danach können Sie noch einmal zahlen.',
  payAnewYes: 'Sie steht nicht da: noch einmal zahlen',
  back: 'Zurück',
};
