// Resolves what NODE_ALIASES names to another package, so that one example runs with several versions of a library.
import { register } from 'node:module';

const hooks = `
const aliases = new Map(Object.entries(JSON.parse(process.env.NODE_ALIASES ?? '{}')));
export const resolve = (specifier, context, next) => next(aliases.get(specifier) ?? specifier, context);
`;
register(`data:text/javascript,${encodeURIComponent(hooks)}`);
