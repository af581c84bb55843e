# One file, a target per tier: `docker build --target api .` and `docker build --target worker .`.
# The images hold a build and its production dependencies. Configuration and secrets come when they run.
# By digest: a tag may come to name another image.
ARG NODE_IMAGE=node:20.20.2-bookworm-slim@sha256:2cf067cfed83d5ea958367df9f966191a942351a2df77d6f0193e162b5febfc0

FROM ${NODE_IMAGE} AS build
WORKDIR /src
ENV CI=true
COPY package.json ./
RUN npm install --global "$(node -p 'require("./package.json").packageManager')"
COPY . .
# Installs only what the tiers need, from a store that is kept between builds.
RUN --mount=type=cache,id=pnpm,target=/root/.local/share/pnpm/store \
    pnpm install --frozen-lockfile --prefer-offline --filter x402-facilitator \
      --filter-prod "@x402-facilitator/api..." --filter-prod "@x402-facilitator/worker..."
RUN pnpm exec tsc -b apps/api apps/worker
RUN --mount=type=cache,id=pnpm,target=/root/.local/share/pnpm/store \
    pnpm --filter @x402-facilitator/api deploy --prod --prefer-offline --config.inject-workspace-packages=true out/api
RUN --mount=type=cache,id=pnpm,target=/root/.local/share/pnpm/store \
    pnpm --filter @x402-facilitator/worker deploy --prod --prefer-offline --config.inject-workspace-packages=true out/worker

FROM ${NODE_IMAGE} AS runtime
ARG VERSION=0.1.0
ARG COMMIT=unknown
LABEL org.opencontainers.image.title="x402 facilitator for Cardano" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${COMMIT}"
# Tools that only a build needs would only help an intruder.
RUN rm -rf /usr/local/lib/node_modules /usr/local/bin/npm /usr/local/bin/npx /usr/local/bin/corepack /opt/yarn* \
    /usr/local/bin/yarn /usr/local/bin/yarnpkg \
 && groupadd --gid 1001 x402 \
 && useradd --uid 1001 --gid 1001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin x402
ENV NODE_ENV=production \
    SOURCE_COMMIT=${COMMIT} \
    NODE_OPTIONS=--enable-source-maps
WORKDIR /app
COPY deploy/docker/healthcheck.mjs /usr/local/lib/x402/healthcheck.mjs
USER 1001:1001
STOPSIGNAL SIGTERM

FROM runtime AS api
COPY --from=build /src/out/api ./
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
  CMD ["node", "/usr/local/lib/x402/healthcheck.mjs", "http://127.0.0.1:3000/ready"]
CMD ["node", "dist/main.js"]

FROM runtime AS worker
# Ten thousand pending settlements need half of it (`npm run pending`); without a limit V8 collects garbage only when
# hundreds of megabytes of it have gathered.
ENV NODE_OPTIONS="--enable-source-maps --max-old-space-size=256"
COPY --from=build /src/out/worker ./
EXPOSE 9464
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
  CMD ["node", "/usr/local/lib/x402/healthcheck.mjs", "http://127.0.0.1:9464/health"]
CMD ["node", "dist/main.js"]
