import { checkNativeScript } from './script.js';
import { bytes, fields, type Item, list, map, part, record, refuse, unsigned } from './shape.js';

const AUXILIARY_TAG = 259n;
const MAX_STRING_BYTES = 64;

function checkMetadatum(item: Item): void {
  const { node } = item;
  switch (node.kind) {
    case 'int':
      return;
    case 'bytes':
      if (node.value.length > MAX_STRING_BYTES) refuse(item, `at most ${MAX_STRING_BYTES} bytes`);
      return;
    case 'text':
      if (new TextEncoder().encode(node.value).length > MAX_STRING_BYTES)
        refuse(item, `text of at most ${MAX_STRING_BYTES} bytes`);
      return;
    case 'array':
      for (const element of list(item)) checkMetadatum(element);
      return;
    case 'map':
      for (const [key, value] of node.entries) {
        checkMetadatum(part(item, key, ' key'));
        checkMetadatum(part(item, value, ' value'));
      }
      return;
    default:
      refuse(item, 'transaction metadata');
  }
}

function checkMetadata(item: Item): void {
  for (const value of map(item, (label) => unsigned(label)).values()) checkMetadatum(value);
}

/** Refuses anything but the three forms of auxiliary data (CDDL `auxiliary_data`). */
export function checkAuxiliaryData(item: Item): void {
  const { node } = item;
  if (node.kind === 'map') {
    checkMetadata(item);
    return;
  }
  if (node.kind === 'array') {
    const { metadata, scripts } = record(item, ['metadata', 'scripts']);
    checkMetadata(metadata);
    for (const element of list(scripts)) checkNativeScript(element);
    return;
  }
  if (node.kind !== 'tag' || node.tag !== AUXILIARY_TAG) refuse(item, 'auxiliary data');
  const found = fields(part(item, node.content, ''), {
    0: 'metadata',
    1: 'native_scripts',
    2: 'plutus_v1_scripts',
    3: 'plutus_v2_scripts',
    4: 'plutus_v3_scripts',
  });
  if (found.metadata) checkMetadata(found.metadata);
  if (found.native_scripts) for (const element of list(found.native_scripts)) checkNativeScript(element);
  for (const scripts of [found.plutus_v1_scripts, found.plutus_v2_scripts, found.plutus_v3_scripts]) {
    if (scripts) for (const script of list(scripts)) bytes(script);
  }
}
