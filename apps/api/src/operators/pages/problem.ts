import { html } from '../../html/index.js';
import { layout } from './layout.js';

/** The page for an error. */
export function renderProblemPage({
  status,
  message,
  operator,
}: {
  readonly status: number;
  readonly message: string;
  readonly operator?: string | undefined;
}): string {
  return layout({
    title: status === 404 ? 'Not found' : status === 503 ? 'Not available right now' : 'That did not work',
    operator,
    content: html`<p role="alert" class="bad"><bdi>${message}</bdi></p>
<p><a href="/admin">Overview</a></p>`,
  });
}
