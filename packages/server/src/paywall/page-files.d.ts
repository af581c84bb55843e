/** Made by `scripts/build-page.mjs`, because a bundler makes it. */
declare module '#page-files' {
  /** The page's script and style, whole. */
  export const SCRIPT: string;
  export const STYLE: string;
}
