import * as cbor from '../../support/cbor-writer.js';
import { LOCK_PRICE } from '../../support/masumi.js';
import { addressBytes, addressText } from '../../support/wallet.js';
import { AGENT, cases, commitment, cose, extra, R, STRANGER, scriptAddress, terms } from './case.js';

/** Requirements of the right form that do not hold together. */
export const REQUIREMENT_CASES = [
  ...cases(`${R}_commitment`, {
    'content that is not what the part’s digest is over': [
      'parts[0].digest',
      commitment(({ parts }) => ({
        parts: parts.map((part) => (part.name === 'body' ? { ...part, content: { days: 4 } } : part)),
      })),
    ],
    'raw content that is not unpadded base64url': [
      'unpadded base64url',
      commitment(() => ({
        parts: [{ name: 'raw', canonicalization: 'raw', content: 'AQID=', digest: '00'.repeat(32) }],
      })),
    ],
    'content without a canonical form': [
      'a canonical JSON form',
      commitment(() => ({
        parts: [{ name: 'body', canonicalization: 'jcs', content: '\ud800', digest: '00'.repeat(32) }],
      })),
    ],
    'a digest that is not the manifest’s': [
      'inputCommitment.digest: expected',
      {
        ...terms({ inputHash: 'ff'.repeat(32) }),
        ...commitment(() => ({ digest: 'ff'.repeat(32) })),
      },
    ],
    'parts in another order': [
      'inputCommitment.digest: expected',
      commitment(({ parts }) => ({ parts: parts.toReversed() })),
    ],
    'another media type than was committed to': [
      'inputCommitment.digest: expected',
      commitment(({ parts }) => ({
        parts: parts.map((part) => ({ ...part, mediaType: 'text/plain' })),
      })),
    ],
  }),
  ...cases(`${R}_deployment`, {
    'no deployment on a network without a canonical one': [
      'has no canonical one',
      {
        extra: ({ deployment: _one, ...rest }) => rest,
      },
    ],
    'a deployment that the operator does not allow': [
      'allowedDeployments',
      extra((usual) => ({
        deployment: { ...(usual.deployment as object), requiredAdmins: '1' },
      })),
    ],
    'the canonical admins in another order': [
      'allowedDeployments',
      extra((usual) => {
        const { adminVkeys, ...rest } = usual.deployment as { adminVkeys: readonly string[] };
        return { deployment: { ...rest, adminVkeys: adminVkeys.toReversed() } };
      }),
    ],
    'payTo is another script': ['paymentRequirements.payTo', { payTo: scriptAddress }],
    'payTo is the escrow with another’s stake': [
      'paymentRequirements.payTo',
      {
        payTo: addressText(
          addressBytes(
            0x10,
            cbor.hex('a15ce9d82d2f67645fc624e2edac03c6f1c106d0ad1af5815a3b14ad'),
            STRANGER.addressBytes(0).slice(1),
          ),
        ),
      },
    ],
  }),
  ...cases(`${R}_seller_signature`, {
    'the price was raised after signing': [
      'termsDigest',
      {
        extra: (usual) => usual,
        requirements: { amount: `${LOCK_PRICE - 1n}` },
      },
    ],
    'the time-out was changed after signing': ['termsDigest', { requirements: { maxTimeoutSeconds: 601 } }],
    'a term was changed after signing': [
      'termsDigest',
      extra((usual) => ({
        terms: { ...usual.terms, sellerNonce: '6e'.repeat(32) },
      })),
    ],
    'an empty agent identifier was left out after signing': [
      'termsDigest',
      {
        terms: { agentIdentifier: '' },
        extra: (usual) => {
          const { agentIdentifier: _empty, ...rest } = usual.terms;
          return { ...usual, terms: rest };
        },
      },
    ],
    'another key than the address’s has signed, and says so': [
      'the COSE_Key of the payment credential',
      cose(() => ({
        signer: STRANGER,
        keyFields: [
          [cbor.int(1), cbor.int(1)],
          [cbor.int(3), cbor.int(-8)],
          [cbor.int(-1), cbor.int(6)],
          [cbor.int(-2), cbor.bytes(STRANGER.publicKey)],
        ],
      })),
    ],
    'another key than the COSE_Key has signed': [
      'a valid Ed25519 signature',
      cose(() => ({ signer: STRANGER })),
    ],
    'the signature is for another address': [
      'the protected header address',
      cose((usual) => ({
        protectedHeaders: [
          ...usual.protectedHeaders.slice(0, 1),
          [cbor.text('address'), cbor.bytes(STRANGER.addressBytes(0))],
        ],
      })),
    ],
    'the payload is something else': ['termsDigest', cose(() => ({ payload: new Uint8Array(32) }))],
    'the payload was hashed': [
      'hashed false',
      cose(() => ({ unprotectedHeaders: [[cbor.text('hashed'), cbor.TRUE]] })),
    ],
    'it does not say that the payload is not hashed': [
      'hashed false',
      cose(() => ({ unprotectedHeaders: [] })),
    ],
    'the algorithm is not protected': [
      'the protected header alg',
      cose((usual) => ({
        protectedHeaders: usual.protectedHeaders.slice(1),
        unprotectedHeaders: [...usual.unprotectedHeaders, [cbor.int(1), cbor.int(-8)]],
      })),
    ],
    'a header is protected and unprotected': [
      'either protected or unprotected',
      cose((usual) => ({
        unprotectedHeaders: [...usual.unprotectedHeaders, [cbor.int(1), cbor.int(-8)]],
      })),
    ],
    'a critical header': [
      'no critical headers',
      cose((usual) => ({
        protectedHeaders: [...usual.protectedHeaders, [cbor.int(2), cbor.array([cbor.text('address')])]],
      })),
    ],
    'a key of another type': [
      'OKP',
      cose((usual) => ({
        keyFields: [[cbor.int(1), cbor.int(2)], ...usual.keyFields.slice(1)],
      })),
    ],
    'a key for another algorithm': [
      'a COSE_Key for EdDSA',
      cose((usual) => ({
        keyFields: usual.keyFields.map((field, at) => (at === 1 ? [cbor.int(3), cbor.int(-7)] : field)),
      })),
    ],
    'a key on another curve': [
      'Ed25519 (6)',
      cose((usual) => ({
        keyFields: usual.keyFields.map((field, at) => (at === 2 ? [cbor.int(-1), cbor.int(7)] : field)),
      })),
    ],
    'a key with its private half': [
      'without private material',
      cose((usual) => ({
        keyFields: [...usual.keyFields, [cbor.int(-4), cbor.bytes(new Uint8Array(32))]],
      })),
    ],
    'a label of the key that is there twice': [
      'once',
      cose((usual) => ({
        keyFields: [...usual.keyFields, [cbor.int(-1), cbor.int(6)]],
      })),
    ],
    'a kid that is not the key’s': [
      'the same kid',
      cose((usual) => ({
        keyFields: [...usual.keyFields, [cbor.int(2), cbor.bytes(cbor.hex('aa'))]],
        protectedHeaders: [...usual.protectedHeaders, [cbor.int(4), cbor.bytes(cbor.hex('bb'))]],
      })),
    ],
    'a key with trailing bytes': [
      'trailing bytes',
      {
        extra: (usual) => ({ ...usual, referenceKey: `${usual.referenceKey}00` }),
      },
    ],
    'a signature without protected headers': [
      'protected headers',
      extra(() => ({ referenceSignature: '8440a04040' })),
    ],
    'a signature over a payload that is not there': [
      'an attached payload',
      extra(() => ({ referenceSignature: '8443a10127a0f640' })),
    ],
    'no signature at all': ['a COSE_Sign1', extra(() => ({ referenceSignature: 'ff' }))],
  }),
  ...cases(`${R}_identifier`, {
    'the identifier of other terms': [
      'blockchainIdentifier: expected',
      {
        extra: (usual) => ({
          ...usual,
          // Its last bytes are padding and may be zeros already.
          blockchainIdentifier: String(usual.blockchainIdentifier).replace(/....$/, (end) =>
            end === '0000' ? '0001' : '0000',
          ),
        }),
      },
    ],
    'an identifier with something behind it': [
      'the compressed form',
      extra((usual) => ({
        blockchainIdentifier: `${String(usual.blockchainIdentifier)}0000`,
      })),
    ],
    'a bomb in place of an identifier': [
      'found something else',
      extra(() => ({ blockchainIdentifier: '0d7c'.repeat(8000) })),
    ],
  }),
  ...cases(`${R}_agent_identifier`, {
    'an agent of another registry': [
      'an asset of the Masumi V2 registry',
      terms({ agentIdentifier: `${'ab'.repeat(28)}${'10'.repeat(32)}` }),
    ],
    'an agent that is not in the registry': ['found none of this name', terms({ agentIdentifier: AGENT })],
  }),
];
