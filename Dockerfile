# Built from the same lock file as the tests. The optional dependency, a Node of the project's own, is left out: the image
# brings Node itself.
FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY . .
RUN npm run build

FROM node:24-bookworm-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --omit=optional

FROM node:24-bookworm-slim
# The Admin API obeys whoever reaches it unless SLUICE_ADMIN_KEY is set: publish 8001 only where the network is trusted.
ENV NODE_ENV=production \
    KONG_ADMIN_LISTEN=0.0.0.0:8001 \
    SLUICE_DATA_FOLDER=/data
WORKDIR /app
COPY --from=dependencies /app/node_modules ./node_modules
COPY --from=build /app/package.json /app/LICENSE ./
COPY --from=build /app/dist ./dist
COPY --from=build /app/config ./config
RUN mkdir /data && chown node:node /data
USER node
EXPOSE 8000 8443 8001 8100
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=4s --start-period=10s CMD ["node", "dist/main.js", "health"]
# Node itself is process 1, so that it gets the signals: SIGTERM lets requests under way finish.
CMD ["node", "dist/main.js", "start", "--fallback", "config/kong.yaml"]
