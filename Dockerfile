# docs/operations.md says how to run this image.
FROM node:24-slim AS build
WORKDIR /build
COPY package.json package-lock.json ./
# Node 24 brings SQLite; scripts of packages have no business in a build.
RUN npm ci --no-audit --no-fund --ignore-scripts
COPY tsconfig.json tsconfig.build.json ./
COPY scripts/copy-pages.mjs ./scripts/
COPY src ./src
RUN npm run build && npm prune --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund

FROM node:24-slim
ENV NODE_ENV=production HOST=0.0.0.0 PORT=4141 UNDERSTUDY_CONFIG=/etc/understudy/understudy.yaml
WORKDIR /app
COPY --from=build /build/package.json ./
COPY --from=build /build/node_modules ./node_modules
COPY --from=build /build/dist ./dist
COPY bin ./bin
COPY understudy.schema.json LICENSE ./
# The configuration's `sqlite:./data/understudy.db` is relative to the working directory: /data/understudy.db here.
RUN mkdir /data && chown node:node /data && ln -s /data /app/data
USER node
VOLUME /data
EXPOSE 4141
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/health/ready`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "/app/bin/understudy.js"]
CMD ["serve"]
