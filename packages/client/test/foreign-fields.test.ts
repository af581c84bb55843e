import { CML, getAddressDetails } from '@lucid-evolution/lucid';
import { test } from 'vitest';
import { expectRefused } from './support/chain.js';
import { atTheDoor, type Door, FEE } from './support/door.js';
import { type Forged, inputOf, inputsOf, outputOf } from './support/forge.js';

const keyHash = (door: Door) => {
  const hash = getAddressDetails(door.wallet.address).stakeCredential?.hash;
  return CML.Ed25519KeyHash.from_hex(hash ?? '');
};
const stake = (door: Door) => CML.Credential.new_pub_key(keyHash(door));
const list = <List extends { add(item: Item): void }, Item>(made: List, item: Item): List => {
  made.add(item);
  return made;
};
const HASH28 = '11'.repeat(28);
const HASH32 = '22'.repeat(32);

function votes(): CML.VotingProcedures {
  const ballot = CML.MapGovActionIdToVotingProcedure.new();
  const action = CML.GovActionId.new(CML.TransactionHash.from_hex(HASH32), 0n);
  ballot.insert(action, CML.VotingProcedure.new(CML.Vote.Yes));
  const procedures = CML.VotingProcedures.new();
  procedures.insert(CML.Voter.new_d_rep_key_hash(CML.Ed25519KeyHash.from_hex(HASH28)), ballot);
  return procedures;
}

const FIELDS: [string, (door: Door) => (body: CML.TransactionBody) => void][] = [
  [
    'certs',
    (door) => (body) => {
      const certificate = CML.Certificate.new_stake_delegation(
        stake(door),
        CML.Ed25519KeyHash.from_hex(HASH28),
      );
      body.set_certs(list(CML.CertificateList.new(), certificate));
    },
  ],
  [
    'withdrawals',
    (door) => (body) => {
      const withdrawals = CML.MapRewardAccountToCoin.new();
      withdrawals.insert(CML.RewardAddress.new(0, stake(door)), 1_000_000n);
      body.set_withdrawals(withdrawals);
    },
  ],
  [
    'mint',
    () => (body) => {
      const mint = CML.Mint.new();
      mint.set(CML.ScriptHash.from_hex(HASH28), CML.AssetName.from_raw_bytes(new Uint8Array([1])), -1n);
      body.set_mint(mint);
    },
  ],
  [
    'collateral_inputs',
    ({ own }) =>
      (body) =>
        body.set_collateral_inputs(inputsOf(own.transaction, own.index)),
  ],
  [
    'collateral_return',
    ({ payTo }) =>
      (body) =>
        body.set_collateral_return(outputOf({ address: payTo, assets: { lovelace: 1_000_000n } })),
  ],
  ['total_collateral', () => (body) => body.set_total_collateral(19_000_000n)],
  [
    'required_signers',
    (door) => (body) => body.set_required_signers(list(CML.Ed25519KeyHashList.new(), keyHash(door))),
  ],
  [
    'reference_inputs',
    ({ own }) =>
      (body) =>
        body.set_reference_inputs(inputsOf(own.transaction, own.index)),
  ],
  ['voting_procedures', () => (body) => body.set_voting_procedures(votes())],
  [
    'proposal_procedures',
    () => (body) =>
      body.set_proposal_procedures(
        list(
          CML.ProposalProcedureList.new(),
          CML.ProposalProcedure.from_cbor_hex(`8400581de0${HASH28}8106826161${`5820${HASH32}`}`),
        ),
      ),
  ],
  ['current_treasury_value', () => (body) => body.set_current_treasury_value(1n)],
  ['donation', () => (body) => body.set_donation(1_000_000n)],
  ['script_data_hash', () => (body) => body.set_script_data_hash(CML.ScriptDataHash.from_hex(HASH32))],
  [
    'auxiliary_data_hash',
    () => (body) => body.set_auxiliary_data_hash(CML.AuxiliaryDataHash.from_hex(HASH32)),
  ],
  ['validity_interval_start', () => (body) => body.set_validity_interval_start(1n)],
  ['network_id', () => (body) => body.set_network_id(CML.NetworkId.testnet())],
];

test.each(FIELDS)('a payment that carries %s is not signed', async (field, changeOf) => {
  const door = await atTheDoor();
  const reason = `expected inputs, outputs, fee, ttl in the transaction and nothing else, found ${field}`;
  await expectRefused(door.sign({ ...door.plain, change: changeOf(door) }), reason, door.signatures);
});

test('nor one that comes with scripts, metadata, a datum, or the wish to fail', async () => {
  const door = await atTheDoor();
  const { plain, own, payTo } = door;
  const native = CML.NativeScript.new_script_pubkey(keyHash(door));
  const witnesses = CML.TransactionWitnessSet.new();
  witnesses.set_native_scripts(list(CML.NativeScriptList.new(), native));
  const metadata = CML.AuxiliaryData.new_shelley(CML.Metadata.new());
  const empty = () => CML.TransactionWitnessSet.new();
  const around: [NonNullable<Forged['around']>, string][] = [
    [
      (made) => CML.Transaction.new(made.body(), witnesses, true),
      'expected no witnesses yet, found native_scripts',
    ],
    [(made) => CML.Transaction.new(made.body(), empty(), true, metadata), 'expected no metadata, found some'],
    [
      (made) => CML.Transaction.new(made.body(), empty(), false),
      'expected a transaction that is meant to succeed',
    ],
    [
      (made) => {
        const value = made.body().outputs().get(0).amount();
        const address = CML.Address.from_bech32(payTo);
        const datum = CML.DatumHash.from_hex(HASH32);
        const outputs = list(
          CML.TransactionOutputList.new(),
          CML.TransactionOutput.new_alonzo_format_tx_out(CML.AlonzoFormatTxOut.new(address, value)),
        );
        const dated = CML.AlonzoFormatTxOut.new(address, value);
        dated.set_datum_hash(datum);
        outputs.add(CML.TransactionOutput.new_alonzo_format_tx_out(dated));
        const inputs = list(CML.TransactionInputList.new(), inputOf(own.transaction, own.index));
        const body = CML.TransactionBody.new(inputs, outputs, FEE);
        body.set_ttl(plain.ttl ?? 0n);
        return CML.Transaction.new(body, empty(), true);
      },
      'found a datum or a script in output 1',
    ],
  ];
  for (const [change, reason] of around)
    await expectRefused(door.sign({ ...plain, around: change }), reason, door.signatures);
});
