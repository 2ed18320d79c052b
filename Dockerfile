# Builds for amd64 and arm64 without emulation: whatever runs, runs in the stages of the building machine; the last stage
# only copies. See docs/production.md.
ARG NODE=docker.io/library/node:24.21.0-bookworm-slim
ARG DEBIAN=docker.io/library/debian:bookworm-slim

FROM --platform=$BUILDPLATFORM $NODE AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY instrumentation instrumentation
COPY src src
RUN npm run build

FROM --platform=$BUILDPLATFORM $NODE AS dependencies
ARG TARGETARCH
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# What only compilers and debuggers read stays out, and classic-level for other systems; licences and readmes stay. Of
# twilio only the products that are asked stay, of libphonenumber-js one of its five builds.
# The listings that follow fail where a native part for this architecture is missing.
RUN case "$TARGETARCH" in amd64) cpu=x64 ;; *) cpu=$TARGETARCH ;; esac \
  && npm ci --omit=dev --ignore-scripts --no-audit --no-fund --os=linux --cpu="$cpu" --libc=glibc \
  && find node_modules -type f \( -name '*.ts' -o -name '*.cts' -o -name '*.mts' -o -name '*.map' \) -delete \
  && find node_modules/classic-level/prebuilds -mindepth 1 -maxdepth 1 ! -name "linux-$cpu" -exec rm -r {} + \
  && rm -r node_modules/classic-level/deps node_modules/.package-lock.json \
  && find node_modules/twilio/lib/rest -mindepth 1 -maxdepth 1 -type d ! -name api ! -name oauth -exec rm -r {} + \
  && find node_modules/libphonenumber-js -mindepth 1 -maxdepth 1 \( -name '*build' -o -name bundle -o -name es6-modern -o -name 'm[io]*' \
    -o -name source -o -name 'examples.*' -o -name 'metadata.[fm][uio]*' \) -exec rm -r {} + \
  && ls node_modules/classic-level/prebuilds/linux-$cpu/*.node node_modules/@node-rs/crc32-linux-$cpu-gnu/*.node
# Group 0 may write, because platforms such as OpenShift choose the user but leave the group at 0.
RUN install -d -o 65532 -g 0 -m 0770 /volumes/data

FROM $NODE AS node

# Debian alone, with the node program: no npm, no compiler, nothing that the agent does not run.
FROM $DEBIAN
ARG VERSION=0.0.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="twilio-otel-agent" \
  org.opencontainers.image.description="Twilio webhook callbacks in, exact OpenTelemetry metrics out" \
  org.opencontainers.image.licenses="Apache-2.0" \
  org.opencontainers.image.version="$VERSION" \
  org.opencontainers.image.revision="$REVISION" \
  org.opencontainers.image.base.name="docker.io/library/debian:bookworm-slim"
# A container without a token must not become a trial that listens where nobody can reach it: it refuses to start.
ENV NODE_ENV=production STORAGE_DIR=/data TWILIO_REQUIRE_SIGNATURE=true
WORKDIR /app
COPY --from=node /usr/local/bin/node /usr/local/bin/node
COPY --from=dependencies /volumes /
COPY --from=dependencies /app/node_modules node_modules
COPY package.json LICENSE ./
COPY otel-config/agent.yaml otel-config/agent.yaml
COPY deploy/image/health.mjs health.mjs
COPY --from=build /app/dist dist
USER 65532:0
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --retries=3 CMD ["node", "/app/health.mjs"]
ENTRYPOINT ["node", "/app/dist/src/main.js"]
