import type { ReferenceScript } from '@x402-facilitator/cardano';
import { nativeScriptJson, plutusDataJson } from '../../transaction/index.js';
import { type Answer, notFound, ok } from '../answer.js';
import { get, param, type Route } from '../route.js';

function ofScript(path: string, render: (script: ReferenceScript) => unknown): Route {
  return get(`/scripts/{script_hash}${path}`, (context): Answer => {
    const script = context.ledger.chain.script(param(context, 'script_hash').toLowerCase());
    return script === undefined ? notFound() : ok(render(script));
  });
}

function ofDatum(path: string, render: (datum: Uint8Array) => unknown): Route {
  return get(`/scripts/datum/{datum_hash}${path}`, (context): Answer => {
    const datum = context.ledger.chain.datum(param(context, 'datum_hash').toLowerCase());
    return datum === undefined ? notFound() : ok(render(datum));
  });
}

/** Whether the explorer shows a script as JSON (native) or as CBOR (Plutus). */
const isNative = ({ language }: ReferenceScript) => language === 'native';

export const scriptRoutes: readonly Route[] = [
  ofDatum('', (datum) => ({ json_value: plutusDataJson(datum) })),
  ofDatum('/cbor', (datum) => ({ cbor: Buffer.from(datum).toString('hex') })),
  ofScript('', (script) => ({
    script_hash: script.hash,
    type: isNative(script) ? 'timelock' : script.language,
    serialised_size: isNative(script) ? null : script.bytes.length / 2,
  })),
  ofScript('/json', (script) => ({ json: isNative(script) ? nativeScriptJson(script.bytes) : null })),
  ofScript('/cbor', (script) => ({ cbor: isNative(script) ? null : script.bytes })),
];
